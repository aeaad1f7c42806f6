using k8s.Models;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Preflight;

public sealed class PreflightGathererTests : IPools, IPeerDirectory
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private readonly FakeKubernetesApi _api = new();
    private readonly PreflightGatherer _preflight;

    public PreflightGathererTests()
    {
        var mirrors = new MirrorStore(_api, () => [.. Stored<AppMirror>()]);
        _preflight = new PreflightGatherer(
            _api, new ApplicationCapture(_api, TimeProvider.System), mirrors, this, this, new PeerSelf("blue", "b:1", "0.1.0", ""), TimeProvider.System);
        _api.SeedPool("blue-main", TimeProvider.System);
        _api.Seed(new ClusterPeer
        {
            Metadata = new V1ObjectMeta { Name = "green" },
            Status = new ClusterPeerStatus { Reachable = true, Version = "0.1.0", ClockSkewMs = 3 },
        });
    }

    IReadOnlyList<StoragePool> IPools.All => [.. Stored<StoragePool>()];

    IReadOnlyList<ClusterPeer> IPeerDirectory.All => [.. Stored<ClusterPeer>()];

    private static AppMirrorSpec Spec(MirrorRole role) => new()
    {
        Application = "shop",
        Peer = "green",
        MirrorId = "aaaaaaaaaa",
        InitialRole = role,
        NamespaceMapping = new Dictionary<string, string> { ["shop"] = "dr" },
    };

    [Fact]
    public async Task A_sound_primary_has_no_problem_and_names_its_volumes()
    {
        _api.SeedShop();
        _api.SeedVolume("data");

        var result = await _preflight.RunAsync(new(Spec(MirrorRole.Primary), "shop", []), Ct);

        result.Problems.ShouldBeEmpty();
        result.Volumes.ShouldBe([new WantedVolume("shop/data", 1L << 30, "tonari")]);
    }

    [Fact]
    public async Task A_primary_names_the_volume_of_another_driver()
    {
        _api.SeedShop();
        _api.SeedVolume("data");
        _api.SeedVolume("logs", driver: "ebs.csi.aws.com");

        (await _preflight.RunAsync(new(Spec(MirrorRole.Primary), "shop", []), Ct)).Problems.ShouldHaveSingleItem().Message.ShouldContain("shop/logs");
    }

    [Fact]
    public async Task A_secondary_looks_into_the_mapped_namespace_and_leaves_its_own_alone()
    {
        SeedClass();
        _api.SeedYaml("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: dr }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: ours, namespace: dr, labels: { tonari.dev/mirror: aaaaaaaaaa } }
            """);
        var wanted = new[] { new WantedVolume("shop/data", 1L << 30, "tonari") };
        (await _preflight.RunAsync(new(Spec(MirrorRole.Secondary), "dr", wanted), Ct)).Problems.ShouldBeEmpty();

        _api.SeedYaml("""
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: theirs, namespace: dr }
            """);

        (await _preflight.RunAsync(new(Spec(MirrorRole.Secondary), "dr", wanted), Ct)).Problems.ShouldHaveSingleItem().Message.ShouldContain("StatefulSet/theirs");
    }

    [Fact]
    public async Task A_second_mirror_of_the_same_application_is_refused_before_its_first_sync()
    {
        _api.SeedShop();
        _api.SeedVolume("data");
        _api.Seed(new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = "first", NamespaceProperty = "shop" },
            Spec = Spec(MirrorRole.Primary) with { MirrorId = "bbbbbbbbbb" },
        });

        (await _preflight.RunAsync(new(Spec(MirrorRole.Primary), "shop", []), Ct)).Problems.ShouldHaveSingleItem().Reason.ShouldBe("VolumesMirroredTwice");
    }

    [Fact]
    public async Task A_pool_that_the_neighbour_may_not_use_does_not_count()
    {
        SeedClass();
        _api.Seed(new ClusterPeer
        {
            Metadata = new V1ObjectMeta { Name = "green" },
            Spec = new ClusterPeerSpec { AllowedPools = ["blue-small"] },
            Status = new ClusterPeerStatus { Reachable = true, Version = "0.1.0" },
        });

        var result = await _preflight.RunAsync(new(Spec(MirrorRole.Secondary), "dr", [new WantedVolume("shop/data", 1, "tonari")]), Ct);

        result.Problems.ShouldHaveSingleItem().Reason.ShouldBe("NoPool");
    }

    [Fact]
    public async Task A_namespace_that_the_neighbour_may_not_use_is_not_looked_into_for_it()
    {
        SeedClass();
        _api.SeedYaml("""
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: secret, namespace: dr }
            """);
        _api.Seed(new ClusterPeer
        {
            Metadata = new V1ObjectMeta { Name = "green" },
            Spec = new ClusterPeerSpec { AllowedNamespaces = ["other"] },
            Status = new ClusterPeerStatus { Reachable = true, Version = "0.1.0" },
        });

        var result = await _preflight.RunAsync(new(Spec(MirrorRole.Secondary), "dr", [new WantedVolume("shop/data", 1, "tonari")]), Ct);

        result.Problems.ShouldHaveSingleItem().Reason.ShouldBe("NamespaceNotAllowed");
    }

    [Fact]
    public async Task A_secondary_offers_its_own_classes_and_the_pools_that_can_receive()
    {
        SeedClass();
        _api.SeedYaml("""
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: { name: gold }
            provisioner: ebs.csi.aws.com
            """);
        _api.SeedPool("blue-unmanaged", TimeProvider.System, managed: false);

        var result = await _preflight.RunAsync(new(Spec(MirrorRole.Secondary), "dr", []), Ct);

        result.StorageClasses.ShouldBe(["tonari"]);
        result.Pools.ShouldHaveSingleItem().Name.ShouldBe("blue-main");
    }

    [Fact]
    public async Task An_application_that_is_to_be_defined_is_judged_as_if_it_were()
    {
        _api.SeedVolume("data");
        _api.SeedYaml("""
            apiVersion: v1
            kind: Namespace
            metadata: { name: shop }
            """);
        var question = new PreflightQuestion(Spec(MirrorRole.Primary), "shop", []);

        (await _preflight.RunAsync(question, Ct)).Problems.ShouldHaveSingleItem().Reason.ShouldBe("ApplicationMissing");
        var defined = await _preflight.RunAsync(question with { Define = true }, Ct);

        defined.Problems.ShouldBeEmpty();
        defined.Volumes.ShouldHaveSingleItem().Key.ShouldBe("shop/data");
        _api.Requests.ShouldNotContain(r => r.Writes);
    }

    private void SeedClass() => _api.SeedYaml("""
        apiVersion: storage.k8s.io/v1
        kind: StorageClass
        metadata: { name: tonari }
        provisioner: tonari.dev
        """);

    private IEnumerable<T> Stored<T>()
        where T : k8s.IKubernetesObject<V1ObjectMeta> =>
        _api.All().Where(o => ResourceKind.Of<T>().Is(o.Group(), o.Kind())).Select(KubeJson.FromJson<T>);
}
