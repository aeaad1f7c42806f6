using System.Text;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Capture;

public class ApplicationCaptureTests
{
    private readonly FakeKubernetesApi _api = new();

    public ApplicationCaptureTests()
    {
        _api.Serve("pg.example", "v1", "Cluster", namespaced: true);
        _api.SeedYaml(ShopNamespace.Yaml);
    }

    [Fact]
    public async Task Everything_the_user_made_is_captured_and_nothing_the_cluster_makes_by_itself()
    {
        var captured = await CaptureAsync(new ApplicationSpec());
        Names(captured).ShouldBe(
        [
            "Application shop", "Cluster main", "ConfigMap settings", "CustomResourceDefinition clusters.pg.example", "Deployment web", "ExecHook checkpoint",
            "Job import", "Namespace shop", "Secret db-password", "Service web", "ServiceAccount web", "StatefulSet db",
        ]);
        captured.Resources.Objects.ShouldAllBe(o => !o.ContainsKey("status") && !o.Metadata().ContainsKey("managedFields"));
    }

    [Fact]
    public async Task A_service_whose_owner_is_not_captured_is_captured_itself()
    {
        var captured = await CaptureAsync(new ApplicationSpec { Excludes = [new ResourceExclude { Group = "pg.example", Kind = "Cluster" }] });
        Names(captured).ShouldContain("Service main-rw");
        Names(captured).ShouldNotContain("CustomResourceDefinition clusters.pg.example");
    }

    [Fact]
    public async Task A_label_selector_takes_its_objects_and_the_claims_they_mount()
    {
        var selector = new V1LabelSelector { MatchLabels = new Dictionary<string, string> { ["app"] = "web" } };
        var captured = await CaptureAsync(new ApplicationSpec { Namespaces = [new ApplicationNamespace { Name = "shop", Selector = selector }] });
        Names(captured).ShouldBe(["Deployment web", "Namespace shop"]);
        captured.Volumes.Select(v => v.Claim).ShouldBe(["uploads"]);
    }

    [Fact]
    public async Task Cluster_scoped_objects_are_taken_only_when_chosen()
    {
        var byName = await CaptureAsync(new ApplicationSpec
        {
            ClusterResources = [new ClusterResourceChoice { Group = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "shop-reader" }],
        });
        Names(byName).Where(n => n.StartsWith("ClusterRole", StringComparison.Ordinal)).ShouldBe(["ClusterRole shop-reader"]);
    }

    [Fact]
    public async Task Every_claim_is_described_and_the_replicable_ones_are_captured()
    {
        var captured = await CaptureAsync(new ApplicationSpec());
        captured.Volumes.Select(v => (v.Claim, v.Replicable, v.SizeBytes)).ShouldBe(
            [("data-db-0", true, 1L << 30), ("uploads", false, 2L << 30), ("waiting", false, 0L)]);
        captured.Volumes[0].Node.ShouldBe("blue");
        captured.Volumes[1].Reason!.ShouldContain("slow");
        var volume = captured.Resources.Volumes.ShouldHaveSingleItem();
        volume.Key.ShouldBe("shop/data-db-0");
        volume.VolumeId.ShouldBe("pvc-pvc-1");
        volume.FsType.ShouldBe("ext4");
        volume.Annotations.Keys.ShouldBe(["keep"]);
    }

    [Fact]
    public async Task A_kind_that_cannot_be_read_fails_the_capture_instead_of_leaving_a_hole()
    {
        _api.OnRequest = request =>
        {
            if (request is { Verb: "list", Kind.Kind: "Secret" })
                throw new ApiForbiddenException("secrets is forbidden", System.Net.HttpStatusCode.Forbidden);
        };
        await Should.ThrowAsync<ApiForbiddenException>(CaptureAsync(new ApplicationSpec()));
    }

    [Fact]
    public async Task The_document_reads_back_as_written()
    {
        var captured = (await CaptureAsync(new ApplicationSpec())).Resources;
        var bytes = captured.ToBytes();
        bytes.AsSpan(0, 2).ToArray().ShouldBe([0x1f, 0x8b]);
        var back = CapturedResources.FromBytes(bytes);
        back.SourceCluster.ShouldBe("blue");
        back.CapturedAt.ShouldBe(captured.CapturedAt);
        back.Objects.Select(o => o.ToJsonString()).ShouldBe(captured.Objects.Select(o => o.ToJsonString()));
        back.Volumes.Single().SizeBytes.ShouldBe(1L << 30);
    }

    [Fact]
    public void A_damaged_or_newer_document_is_refused_in_words()
    {
        Should.Throw<CapturedResourcesException>(() => CapturedResources.FromBytes(Encoding.UTF8.GetBytes("nonsense")));
        var newer = new CapturedResources { SchemaVersion = 2 }.ToBytes();
        Should.Throw<CapturedResourcesException>(() => CapturedResources.FromBytes(newer)).Message.ShouldContain("Upgrade Tonari");
        var cut = new CapturedResources { SourceCluster = new string('x', 10000) }.ToBytes().AsMemory(0, 30);
        Should.Throw<CapturedResourcesException>(() => CapturedResources.FromBytes(cut));
    }

    private Task<CapturedApplication> CaptureAsync(ApplicationSpec spec)
    {
        var application = new Application { Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" }, Spec = spec };
        return new ApplicationCapture(_api, new FakeTimeProvider()).CaptureAsync(application, "blue", CancellationToken.None);
    }

    private static IEnumerable<string> Names(CapturedApplication captured) =>
        captured.Resources.Objects.Select(o => $"{o.Kind()} {o.Name()}").Order(StringComparer.Ordinal);
}
