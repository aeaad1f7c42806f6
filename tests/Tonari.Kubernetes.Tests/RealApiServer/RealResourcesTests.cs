using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Transform;
using Tonari.Kubernetes.Workloads;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.RealApiServer;

[Collection(UsesRealApiServer.Name)]
public class RealResourcesTests(ApiServerFixture server)
{
    private readonly KubernetesApi _api = server.Api;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_mirror_gets_its_defaults_and_keeps_its_status()
    {
        var mirror = YamlJson.Parse("""
            apiVersion: tonari.dev/v1alpha1
            kind: AppMirror
            metadata: { name: defaults, namespace: default }
            spec: { application: shop, peer: green }
            """);
        var made = await _api.CreateAsync(ResourceKind.Of<AppMirror>(), mirror, Ct);
        made.At("spec", "schedule").Text().ShouldBe("5m");
        made.At("spec", "retain")!.GetValue<int>().ShouldBe(3);
        made.At("spec", "onFenced").Text().ShouldBe("Stop");

        var typed = await _api.GetAsync<AppMirror>("default", "defaults", Ct);
        typed.Status = new AppMirrorStatus
        {
            Mirror = new MirrorStatus { Role = MirrorRole.Secondary, Epoch = 7, Operation = Operation() },
            State = MirrorState.Establishing,
            Conditions = Condition.Set(null, "Ready", true, "Fine", "All is well.", new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)),
        };
        var written = await _api.UpdateStatusAsync(typed, Ct);
        KubeJson.ToJson(written.Status).ToJsonString().ShouldBe(KubeJson.ToJson(typed.Status).ToJsonString());
        await Should.ThrowAsync<ResourceConflictException>(_api.UpdateStatusAsync(typed, Ct));
    }

    [Fact]
    public async Task What_a_newer_controller_writes_into_a_status_is_not_lost()
    {
        var pool = await _api.CreateAsync(new StoragePool { Metadata = new V1ObjectMeta { Name = "newer" } }, Ct);
        var patch = new JsonObject { ["status"] = new JsonObject { ["usable"] = true, ["fromTheFuture"] = new JsonObject { ["a"] = 1 } } };
        var changed = await _api.PatchAsync(ResourceKind.Of<StoragePool>(), null, pool.Name, new ObjectPatch.Merge(patch), "status", Ct);
        changed.At("status", "fromTheFuture", "a")!.GetValue<int>().ShouldBe(1);
    }

    [Theory]
    [InlineData("AppMirror", "{ peer: green }", "spec.application")]
    [InlineData("AppMirror", "{ application: shop, peer: green, retain: 0 }", "spec.retain")]
    [InlineData("AppMirror", "{ application: shop, peer: green, retain: 101 }", "spec.retain")]
    [InlineData("AppMirror", "{ application: shop, peer: green, schedule: often }", "spec.schedule")]
    [InlineData("AppMirror", "{ application: shop, peer: green, initialRole: Fenced }", "spec.initialRole")]
    [InlineData("AppMirror", "{ application: shop, peer: green, mirrorId: short }", "spec.mirrorId")]
    [InlineData("AppMirror", "{ application: shop, peer: green, operation: { id: a, type: Explode } }", "spec.operation.type")]
    [InlineData("ExecHook", "{ stages: [PreSnapshot], command: [] }", "spec.command")]
    [InlineData("ExecHook", "{ stages: [Never], command: [a] }", "spec.stages")]
    [InlineData("Application", "{ namespaces: [ { name: Not_A_Name } ] }", "spec.namespaces")]
    [InlineData("ClusterPeer", "{ endpoint: nowhere, fingerprint: abc }", "spec.fingerprint")]
    [InlineData("AppSnapshot", "{ }", "spec.application")]
    public async Task What_makes_no_sense_is_refused_by_the_server(string kindName, string spec, string where)
    {
        var kind = (await _api.DiscoverAsync(refresh: false, Ct)).Find(WellKnown.Group, kindName)!;
        var value = YamlJson.Parse($$"""
            apiVersion: tonari.dev/v1alpha1
            kind: {{kindName}}
            metadata: { name: bad{{(kind.Namespaced ? ", namespace: default" : "")}} }
            spec: {{spec}}
            """);
        var refusal = await Should.ThrowAsync<KubernetesApiException>(_api.CreateAsync(kind, value, Ct));
        refusal.Message.ShouldContain(where, Case.Insensitive, refusal.ToString());
        refusal.ShouldBeOfType<ResourceInvalidException>();
    }

    [Fact]
    public async Task A_namespace_captured_here_comes_up_there_and_again_the_same()
    {
        var custom = await SeedShopAsync();
        var application = new Application
        {
            Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop" },
            Spec = new ApplicationSpec { ClusterResources = [new ClusterResourceChoice { Group = "rbac.authorization.k8s.io", Kind = "ClusterRole", Name = "shop-reader" }] },
        };
        var captured = CapturedResources.FromBytes((await new ApplicationCapture(_api, TimeProvider.System).CaptureAsync(application, "blue", Ct)).Resources.ToBytes());
        captured.Volumes.Single().Key.ShouldBe("shop/data-db-0");

        var transform = new TransformOptions { MirrorId = "roundtrip0", NamespaceMapping = new Dictionary<string, string> { ["shop"] = "shop-copy" } };
        var volume = captured.Volumes.Single() with { VolumeId = "pvc-copy" };
        var request = new ApplyRequest(captured, transform, [new PromotedVolume(volume, "green-main", "green", volume.SizeBytes)])
        {
            Bounds = new ApplyBounds { Writer = "blue", AllowsNamespace = ns => ns == "shop-copy", ClusterKinds = ["ClusterRole.rbac.authorization.k8s.io"] },
        };
        var applier = new ResourceApplier(_api, TimeProvider.System);
        var report = await applier.ApplyAsync(request, Ct);
        report.Succeeded.ShouldBeTrue(string.Join('\n', report.Problems));

        // The same user-made things are there, as far as a capture can see them.
        var copy = new Application { Metadata = new V1ObjectMeta { Name = "shop", NamespaceProperty = "shop-copy" }, Spec = application.Spec };
        var again = (await new ApplicationCapture(_api, TimeProvider.System).CaptureAsync(copy, "green", Ct)).Resources;
        Comparable(again.Objects, new TransformOptions { MirrorId = "" }).ShouldBe(Comparable(captured.Objects, transform));
        (await _api.GetAsync(custom, "shop-copy", "main", Ct)).At("spec", "instances")!.GetValue<int>().ShouldBe(3);
        (await _api.GetAsync<V1StatefulSet>("shop-copy", "db", Ct)).Spec.Replicas.ShouldBe(2);

        var second = await applier.ApplyAsync(request, Ct);
        second.Succeeded.ShouldBeTrue(string.Join('\n', second.Problems));
        await StopAndRemoveAsync();
    }

    private async Task StopAndRemoveAsync()
    {
        var workloads = new ApplicationWorkloads(_api);
        var scope = new WorkloadScope(new ApplicationScope("shop", [new ApplicationNamespace { Name = "shop-copy" }], [], []), [("shop-copy", "data-db-0")]);
        (await workloads.StopAsync(scope, Ct)).IsFinished.ShouldBeTrue();
        (await _api.GetAsync<V1StatefulSet>("shop-copy", "db", Ct)).Spec.Replicas.ShouldBe(0);
        await workloads.StartAsync(scope, Ct);
        (await _api.GetAsync<V1StatefulSet>("shop-copy", "db", Ct)).Spec.Replicas.ShouldBe(2);
        await Eventually.TrueAsync(() => workloads.RemoveAsync("roundtrip0", Ct).GetAwaiter().GetResult() is { Waiting: var waiting }
            && waiting.All(w => w.Contains("PersistentVolume", StringComparison.Ordinal)), "everything but the protected volumes to be gone");
        // Nobody lifts the protection of volumes here: there is no controller. Their data is safe in any case.
        (await _api.GetAsync<V1PersistentVolume>(null, "pvc-copy", Ct)).Spec.PersistentVolumeReclaimPolicy.ShouldBe("Retain");
        (await _api.FindAsync<V1StatefulSet>("shop-copy", "db", Ct)).ShouldBeNull();
        (await _api.GetAsync<V1StatefulSet>("shop", "db", Ct)).Spec.Replicas.ShouldBe(0);
    }

    private async Task<ResourceKind> SeedShopAsync()
    {
        var discovery = await _api.DiscoverAsync(refresh: true, Ct);
        foreach (var value in YamlJson.ParseAll(ShopOnServer.Definition))
            await _api.CreateAsync(discovery.Find(value.Group(), value.Kind())!, value, Ct);
        var custom = new ResourceKind("pg.example", "v1", "Cluster", "clusters", true);
        await server.AwaitAsync(() => _api.ListAsync(custom, null, ListOptions.All, Ct), "the custom kind to be served");
        discovery = await _api.DiscoverAsync(refresh: true, Ct);
        foreach (var value in YamlJson.ParseAll(ShopOnServer.Objects))
            await _api.CreateAsync(discovery.Find(value.Group(), value.Kind())!, value, Ct);
        return custom;
    }

    private static IReadOnlyList<string> Comparable(IEnumerable<JsonObject> objects, TransformOptions options) =>
    [
        .. ResourceTransform.Apply(objects, options).Where(o => o.Namespace() is not null).Select(o =>
        {
            (o.Metadata()["labels"] as JsonObject)?.Remove(WellKnown.MirrorLabel);
            return $"{o.Kind()} {o.Name()} {Sorted(o)!.ToJsonString()}";
        }).Order(StringComparer.Ordinal),
    ];

    private static JsonNode? Sorted(JsonNode? node) => node switch
    {
        JsonObject value => new JsonObject(value.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => KeyValuePair.Create(p.Key, Sorted(p.Value)))),
        JsonArray list => new JsonArray([.. list.Select(Sorted)]),
        _ => node?.DeepClone(),
    };

    private static MirrorOperation Operation() => new()
    {
        Request = new MirrorOperationRequest("1", MirrorOperationType.Reverse),
        Stage = MirrorOperationStage.Holding,
        StartedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero),
        StageStartedAt = new DateTimeOffset(2026, 1, 1, 0, 0, 1, TimeSpan.Zero),
    };
}
