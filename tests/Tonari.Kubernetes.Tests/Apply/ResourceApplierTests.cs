using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Transform;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Apply;

public class ResourceApplierTests
{
    private const string Id = "abcdefghij";
    private readonly FakeKubernetesApi _api = new();
    private static readonly ApplyBounds Bounds = new() { Writer = "blue", AllowsNamespace = ns => ns == "shop" };
    private readonly TransformOptions _transform = new() { MirrorId = Id, StorageClassMapping = new Dictionary<string, string> { ["fast"] = "tonari" } };

    private static readonly PromotedVolume Volume = new(
        new CapturedVolume
        {
            Key = "shop/data",
            Namespace = "shop",
            Claim = "data",
            VolumeId = "pvc-1",
            SizeBytes = 4096,
            StorageClass = "fast",
            AccessModes = ["ReadWriteOnce"],
            FsType = "ext4",
            Labels = new Dictionary<string, string> { ["app"] = "db" },
        },
        "green-main", "green", 8192);

    public ResourceApplierTests() => _api.SeedYaml("""
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: tonari }
        provisioner: tonari.dev
        reclaimPolicy: Retain
        mountOptions: [discard]
        """);

    private const string Objects = """
        apiVersion: apps/v1
        kind: Deployment
        metadata: { name: web, namespace: shop }
        spec: { replicas: 2 }
        ---
        apiVersion: v1
        kind: Service
        metadata: { name: web, namespace: shop }
        spec: { ports: [ { port: 80 } ] }
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop }
        data: { a: "1" }
        ---
        apiVersion: v1
        kind: Namespace
        metadata: { name: shop }
        """;

    [Fact]
    public async Task Everything_comes_up_in_order_with_the_claim_before_what_mounts_it()
    {
        var report = await ApplyAsync(Objects, Volume);
        report.Succeeded.ShouldBeTrue(string.Join('\n', report.Problems));
        report.Results.Select(r => r.Subject).ShouldBe(
            ["Namespace shop", "ConfigMap shop/settings", "PersistentVolume pvc-1", "PersistentVolumeClaim shop/data", "Service shop/web", "Deployment shop/web"]);
        _api.All().Where(o => o.Kind() != "StorageClass").ShouldAllBe(o => o.Label(WellKnown.MirrorLabel) == Id);

        var volume = await _api.GetAsync<V1PersistentVolume>(null, "pvc-1", CancellationToken.None);
        volume.Spec.ClaimRef.Name.ShouldBe("data");
        volume.Spec.ClaimRef.NamespaceProperty.ShouldBe("shop");
        volume.Spec.PersistentVolumeReclaimPolicy.ShouldBe("Retain");
        volume.Spec.MountOptions.ShouldBe(["discard"]);
        volume.Spec.StorageClassName.ShouldBe("tonari");
        volume.Spec.Csi.VolumeAttributes["pool"].ShouldBe("green-main");
        volume.Spec.NodeAffinity.Required.NodeSelectorTerms[0].MatchExpressions[0].Values.ShouldBe(["green"]);
        volume.Spec.Capacity["storage"].ToInt64().ShouldBe(8192);
        var claim = await _api.GetAsync<V1PersistentVolumeClaim>("shop", "data", CancellationToken.None);
        claim.Spec.VolumeName.ShouldBe("pvc-1");
        claim.Metadata.Labels["app"].ShouldBe("db");
    }

    [Fact]
    public async Task Applying_again_changes_nothing()
    {
        await ApplyAsync(Objects, Volume);
        var before = _api.All().ToDictionary(o => $"{o.Kind()}/{o.Name()}", o => o.ResourceVersion());
        (await ApplyAsync(Objects, Volume)).Succeeded.ShouldBeTrue();
        _api.All().ToDictionary(o => $"{o.Kind()}/{o.Name()}", o => o.ResourceVersion()).ShouldBe(before, ignoreOrder: true);
    }

    [Fact]
    public async Task A_claim_bound_to_another_volume_is_refused_and_no_workload_is_started()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: data, namespace: shop }
            spec: { volumeName: someone-elses }
            """);
        var report = await ApplyAsync(Objects, Volume);
        report.Succeeded.ShouldBeFalse();
        report.IsWaiting.ShouldBeFalse();
        report.Problems.ShouldHaveSingleItem().ShouldContain("someone-elses");
        _api.All().Select(o => o.Kind()).ShouldNotContain("PersistentVolume");
        _api.All().Select(o => o.Kind()).ShouldNotContain("Deployment");
        (await _api.GetAsync<V1PersistentVolumeClaim>("shop", "data", CancellationToken.None)).Spec.VolumeName.ShouldBe("someone-elses");
    }

    [Fact]
    public async Task A_volume_that_comes_home_is_left_as_it_is()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: data, namespace: shop, uid: old }
            spec: { volumeName: pvc-1 }
            ---
            apiVersion: v1
            kind: PersistentVolume
            metadata: { name: pvc-1 }
            spec:
              claimRef: { namespace: shop, name: data, uid: old }
              csi: { driver: tonari.dev, volumeHandle: pvc-1, volumeAttributes: { pool: green-main } }
            """);
        var report = await ApplyAsync(Objects, Volume);
        report.Succeeded.ShouldBeTrue();
        report.Results.Count(r => r.Outcome == ApplyOutcome.Left).ShouldBe(2);
        (await _api.GetAsync<V1PersistentVolume>(null, "pvc-1", CancellationToken.None)).Metadata.Labels.ShouldBeNull();
    }

    [Fact]
    public async Task A_volume_whose_claim_is_gone_is_freed_for_the_new_claim()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: PersistentVolume
            metadata: { name: pvc-1 }
            spec:
              claimRef: { namespace: shop, name: data, uid: gone, resourceVersion: "5" }
              csi: { driver: tonari.dev, volumeHandle: pvc-1, volumeAttributes: { pool: green-main } }
            """);
        (await ApplyAsync(Objects, Volume)).Succeeded.ShouldBeTrue();
        var volume = await _api.GetAsync<V1PersistentVolume>(null, "pvc-1", CancellationToken.None);
        volume.Spec.ClaimRef.Uid.ShouldBeNull();
        volume.Spec.ClaimRef.Name.ShouldBe("data");
    }

    [Theory]
    [InlineData("{ driver: other.example, volumeHandle: pvc-1 }", "shop", "not kept by Tonari")]
    [InlineData("{ driver: tonari.dev, volumeHandle: pvc-1, volumeAttributes: { pool: green-main } }", "bank", "bound to the claim bank/data")]
    [InlineData("{ driver: tonari.dev, volumeHandle: pvc-1, volumeAttributes: { pool: green-old } }", "shop", "green-old")]
    public async Task A_volume_object_that_is_something_elses_is_refused(string csi, string ns, string why)
    {
        _api.SeedYaml($$"""
            apiVersion: v1
            kind: PersistentVolume
            metadata: { name: pvc-1 }
            spec: { claimRef: { namespace: {{ns}}, name: data }, csi: {{csi}} }
            """);
        var writes = _api.Requests.Count(r => r.Writes && r.Kind.Kind == "PersistentVolume");
        var report = await ApplyAsync(Objects, Volume);
        report.Problems.ShouldHaveSingleItem().ShouldContain(why);
        _api.Requests.Count(r => r.Writes && r.Kind.Kind is "PersistentVolume" or "PersistentVolumeClaim").ShouldBe(writes);
    }

    [Fact]
    public async Task A_missing_storage_class_is_said()
    {
        var report = await ApplyAsync(Objects, Volume with { Volume = Volume.Volume with { StorageClass = "unknown" } });
        report.Problems.ShouldHaveSingleItem().ShouldContain("storage class unknown");
    }

    [Fact]
    public async Task One_refused_object_does_not_hide_the_others()
    {
        _api.OnRequest = request =>
        {
            if (request is { Verb: "patch", Name: "settings" })
                throw new ResourceInvalidException("settings is invalid", System.Net.HttpStatusCode.UnprocessableEntity, "Invalid");
        };
        var report = await ApplyAsync(Objects);
        report.Problems.ShouldHaveSingleItem().ShouldContain("settings is invalid");
        _api.OnRequest = null;
        (await ApplyAsync(Objects)).Succeeded.ShouldBeTrue();
    }

    [Fact]
    public async Task An_unknown_kind_is_said()
    {
        var report = await ApplyAsync("""
            apiVersion: pg.example/v1
            kind: Cluster
            metadata: { name: main, namespace: shop }
            """);
        report.Problems.ShouldHaveSingleItem().ShouldContain("does not know the kind Cluster");
    }

    [Fact]
    public async Task What_is_no_longer_captured_goes_but_neither_volumes_nor_what_is_not_ours()
    {
        await ApplyAsync(Objects, Volume);
        _api.SeedYaml("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: theirs, namespace: shop }
            ---
            apiVersion: v1
            kind: Endpoints
            metadata: { name: web, namespace: shop, labels: { tonari.dev/mirror: abcdefghij } }
            """);
        var report = await ApplyAsync("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: shop }
            """);
        report.Results.Where(r => r.Outcome == ApplyOutcome.Pruned).Select(r => r.Subject).ShouldBe(
            ["Deployment shop/web", "Service shop/web", "ConfigMap shop/settings"], ignoreOrder: true);
        _api.All().Select(o => $"{o.Kind()} {o.Name()}").ShouldBe(
            ["Namespace shop", "PersistentVolume pvc-1", "PersistentVolumeClaim data", "ConfigMap theirs", "Endpoints web", "StorageClass tonari"], ignoreOrder: true);
    }

    [Fact]
    public async Task What_was_there_before_does_not_become_ours()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: shop }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings, namespace: shop }
            data: { a: "0" }
            """);
        await ApplyAsync(Objects);
        var settings = await _api.GetAsync<V1ConfigMap>("shop", "settings", CancellationToken.None);
        settings.Data["a"].ShouldBe("1");
        settings.Metadata.Labels.ShouldSatisfyAllConditions(labels => (labels?.ContainsKey(WellKnown.MirrorLabel) ?? false).ShouldBeFalse());
        (await _api.GetAsync<V1Namespace>(null, "shop", CancellationToken.None)).Metadata.Labels.ShouldBeNull();
    }

    [Fact]
    public async Task A_claim_is_made_when_its_volume_is_available_and_a_workload_when_its_claim_is_bound()
    {
        var story = new List<string>();
        _api.OnRequest = request =>
        {
            // The binding controller sees each of them a moment after the API server has it.
            if (request is { Verb: "get", Kind.Kind: "PersistentVolume", Name: { } volume }) Advance("PersistentVolume", volume, "Pending", "Available");
            if (request is { Verb: "get", Kind.Kind: "PersistentVolumeClaim", Name: { } claim }) Advance("PersistentVolumeClaim", claim, "Pending", "Bound");
            if (request is { Writes: true, Kind.Kind: "PersistentVolumeClaim" }) story.Add($"claim made, volume {Phase("PersistentVolume", "pvc-1")}");
            if (request is { Writes: true, Kind.Kind: "Deployment" }) story.Add($"workload made, claim {Phase("PersistentVolumeClaim", "data")}");
        };

        (await ApplyAsync(Objects, TimeProvider.System, Volume)).Succeeded.ShouldBeTrue();

        story.ShouldBe(["claim made, volume Available", "workload made, claim Bound"]);

        void Advance(string kind, string name, string first, string then)
        {
            if (_api.All().FirstOrDefault(value => value.Kind() == kind && value.Name() == name) is not { } value) return;
            value["status"] = new JsonObject { ["phase"] = Phase(kind, name) is null ? first : then };
            _api.Seed(value);
        }

        string? Phase(string kind, string name) =>
            _api.All().First(value => value.Kind() == kind && value.Name() == name).At("status", "phase").Text();
    }

    [Fact]
    public async Task A_claim_that_the_binding_controller_lets_lie_is_brought_to_its_mind()
    {
        var reminded = false;
        _api.OnRequest = request =>
        {
            if (request.Kind.Kind != "PersistentVolumeClaim") return;
            reminded |= request.Verb == "patch";
            if (request.Verb != "get" || _api.All().FirstOrDefault(value => value.Kind() == "PersistentVolumeClaim") is not { } claim) return;
            claim["status"] = new JsonObject { ["phase"] = reminded ? "Bound" : "Pending" };
            _api.Seed(claim);
        };

        var started = TimeProvider.System.GetTimestamp();
        (await ApplyAsync(Objects, TimeProvider.System, Volume)).Succeeded.ShouldBeTrue();

        TimeProvider.System.GetElapsedTime(started).ShouldBeLessThan(TimeSpan.FromSeconds(5), "not by waiting for its next resync");
        var bound = await _api.GetAsync<V1PersistentVolumeClaim>("shop", "data", CancellationToken.None);
        (bound.Metadata.Annotations ?? new Dictionary<string, string>()).ShouldBeEmpty("the reminder is taken away");
    }

    private Task<ApplyReport> ApplyAsync(string objects, params PromotedVolume[] volumes) => ApplyAsync(objects, new FakeTimeProvider(), volumes);

    private Task<ApplyReport> ApplyAsync(string objects, TimeProvider time, params PromotedVolume[] volumes)
    {
        var captured = new CapturedResources { Objects = YamlJson.ParseAll(objects) };
        return new ResourceApplier(_api, time).ApplyAsync(new ApplyRequest(captured, _transform, volumes) { Bounds = Bounds }, CancellationToken.None);
    }
}
