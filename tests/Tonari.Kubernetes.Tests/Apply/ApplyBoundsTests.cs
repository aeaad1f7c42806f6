using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Transform;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Apply;

/// <summary>What a hostile cluster puts into a capture does not get further than its ClusterPeer lets it.</summary>
public class ApplyBoundsTests
{
    private const string Id = "abcdefghij";
    private readonly FakeKubernetesApi _api = new();

    private const string Good = """
        apiVersion: v1
        kind: ConfigMap
        metadata: { name: settings, namespace: shop }
        data: { a: "1" }
        """;

    [Theory]
    [InlineData("{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: mine } }", "belong to the whole cluster")]
    [InlineData("{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: mine, namespace: shop } }", "belongs to the cluster")]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: x, namespace: kube-system } }", "kube-system")]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: x, namespace: other } }", "may not write into the namespace other")]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: x } }", "names no namespace")]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: '..', namespace: shop } }", "no name that an object can have")]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: '../../kube-system/secrets/x', namespace: shop } }", "no name that an object can have")]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: x, namespace: '..' } }", "no name of a namespace")]
    [InlineData("{ apiVersion: v1, kind: Namespace, metadata: { name: kube-system } }", "kube-system")]
    [InlineData("{ apiVersion: v1, kind: PersistentVolume, metadata: { name: pvc-9 } }", "never belong to a capture")]
    [InlineData("{ apiVersion: v1, kind: PersistentVolumeClaim, metadata: { name: x, namespace: shop } }", "never belong to a capture")]
    [InlineData("{ apiVersion: tonari.dev/v1alpha1, kind: ClusterPeer, metadata: { name: green } }", "never belong to a capture")]
    [InlineData("{ apiVersion: tonari.dev/v1alpha1, kind: AppMirror, metadata: { name: x, namespace: shop } }", "never belong to a capture")]
    [InlineData("{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: clusterpeers.tonari.dev }, spec: { group: tonari.dev } }", "cannot come from another cluster")]
    [InlineData("{ apiVersion: apiextensions.k8s.io/v1, kind: CustomResourceDefinition, metadata: { name: x.example.org }, spec: { group: scheduling.k8s.io } }", "cannot come from another cluster")]
    [InlineData("{ apiVersion: admissionregistration.k8s.io/v1, kind: MutatingWebhookConfiguration, metadata: { name: x } }", "belong to the whole cluster")]
    [InlineData("{ apiVersion: v1, metadata: { name: x, namespace: shop } }", "no kind")]
    public async Task An_object_out_of_bounds_is_refused_and_nothing_of_the_capture_is_written(string hostile, string because)
    {
        var report = await ApplyAsync($"{Good}\n---\n{hostile}");

        report.Succeeded.ShouldBeFalse();
        report.IsWaiting.ShouldBeFalse();
        report.Problems.ShouldHaveSingleItem().ShouldContain(because);
        _api.All().ShouldBeEmpty();
    }

    [Fact]
    public async Task A_claim_in_a_namespace_that_is_not_allowed_is_refused_before_anything_is_written()
    {
        var volume = new CapturedVolume { Key = "other/data", Namespace = "other", Claim = "data", VolumeId = "pvc-1", SizeBytes = 4096, AccessModes = ["ReadWriteOnce"] };

        var report = await ApplyAsync(Good, new PromotedVolume(volume, "green-main", "green", 4096));

        report.Problems.ShouldHaveSingleItem().ShouldContain("may not write into the namespace other");
        _api.All().ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_another_mirrors_stays_as_it_is()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: settings, namespace: shop, labels: { tonari.dev/mirror: zzzzzzzzzz } }
            data: { a: theirs }
            """);

        (await ApplyAsync(Good)).Problems.ShouldHaveSingleItem().ShouldContain("belongs to the mirror with id zzzzzzzzzz");

        _api.All().ShouldHaveSingleItem().At("data", "a").Text().ShouldBe("theirs");
    }

    [Fact]
    public async Task A_kind_of_the_cluster_that_the_administrator_allows_comes_along()
    {
        const string role = "{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRole, metadata: { name: reader } }";

        (await ApplyAsync(role)).Succeeded.ShouldBeFalse();
        var report = await ApplyAsync(role, kinds: ["ClusterRole.rbac.authorization.k8s.io"]);

        report.Succeeded.ShouldBeTrue(string.Join('\n', report.Problems));
    }

    [Fact]
    public async Task Looking_says_the_same_and_writes_nothing()
    {
        var captured = new CapturedResources
        {
            Objects = YamlJson.ParseAll($"{Good}\n---\n{{ apiVersion: v1, kind: Secret, metadata: {{ name: x, namespace: other }} }}"),
            Volumes = [new CapturedVolume { Key = "far/data", Namespace = "far", Claim = "data", VolumeId = "pvc-1" }],
        };

        var problems = await new ResourceApplier(_api, new FakeTimeProvider()).LookAsync(captured, new TransformOptions { MirrorId = Id }, Bounds([]), CancellationToken.None);

        problems.Count.ShouldBe(2);
        _api.All().ShouldBeEmpty();
    }

    private Task<ApplyReport> ApplyAsync(string objects, params PromotedVolume[] volumes) => ApplyAsync(objects, [], volumes);

    private Task<ApplyReport> ApplyAsync(string objects, IReadOnlyList<string> kinds, params PromotedVolume[] volumes)
    {
        var captured = new CapturedResources { Objects = YamlJson.ParseAll(objects) };
        var request = new ApplyRequest(captured, new TransformOptions { MirrorId = Id }, volumes) { Bounds = Bounds(kinds), Prune = false };
        return new ResourceApplier(_api, new FakeTimeProvider()).ApplyAsync(request, CancellationToken.None);
    }

    private static ApplyBounds Bounds(IReadOnlyList<string> kinds) => new() { Writer = "blue", AllowsNamespace = ns => ns == "shop", ClusterKinds = kinds };
}
