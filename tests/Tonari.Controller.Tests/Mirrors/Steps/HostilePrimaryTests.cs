using Google.Protobuf.WellKnownTypes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Peer;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>A primary in wrong hands answers this secondary's questions. Nothing of another application is touched, and nothing grows without bound.</summary>
public sealed class HostilePrimaryTests
{
    private const string Name = "m-abcdefghij-e1-s2";
    private static readonly DateTimeOffset TakenAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static TheoryData<string, Action<SnapshotManifest>> BadManifests => new()
    {
        { "no point in time", m => m.TakenAt = null },
        { "no point in time", m => m.TakenAt = new Timestamp { Seconds = long.MaxValue } },
        { "volumes", m => m.Volumes.Add(Enumerable.Range(0, 300).Select(i => new ManifestVolume { Key = $"shop/v{i}", VolumeId = $"pvc-v{i}", SizeBytes = 4096 })) },
        { "bytes", m => m.Volumes[0].SizeBytes = -4096 },
        { "bytes", m => m.Volumes[0].SizeBytes = long.MaxValue },
        { "namespace and name of a claim", m => m.Volumes[0].Key = "shop/../../etc" },
        { "namespace and name of a claim", m => m.Volumes[0].Key = new string('k', 10_000) },
        { "no id of a volume", m => m.Volumes[0].VolumeId = "../../other" },
        { "no id of a volume", m => m.Volumes[0].VolumeId = "" },
        { "names a volume twice", m => m.Volumes.Add(new ManifestVolume { Key = "shop/twin", VolumeId = "pvc-1", SizeBytes = 4096 }) },
        { "names a claim twice", m => m.Volumes.Add(new ManifestVolume { Key = "shop/data", VolumeId = "pvc-2", SizeBytes = 4096 }) },
        { "storage class", m => m.Volumes[0].StorageClass = "a\nb" },
    };

    [Theory]
    [MemberData(nameof(BadManifests))]
    public async Task A_group_that_is_none_is_not_received(string because, Action<SnapshotManifest> spoil)
    {
        using var stage = Stage();
        spoil(stage.Peer.Manifest);

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain(because);

        Untouched(stage);
    }

    [Fact]
    public async Task Another_applications_live_volume_is_not_written()
    {
        using var stage = Stage();
        stage.Agents["green-main"].Add("pvc-1", live: true);
        await RefusedAsync(stage);
    }

    [Theory]
    [InlineData("m-zzzzzzzzzz-e1-s1")]
    [InlineData("diverged-zzzzzzzzzz-e1-1")]
    [InlineData("before-upgrade")]
    public async Task Another_mirrors_replica_or_snapshots_are_not_written(string theirs)
    {
        using var stage = Stage();
        stage.Agents["green-main"].Add("pvc-1", live: false, theirs);
        await RefusedAsync(stage);
    }

    [Fact]
    public async Task A_volume_that_another_mirror_is_receiving_is_not_written()
    {
        using var stage = Stage();
        stage.Agents["green-main"].Add("pvc-1").Staging = new Staging { To = "m-zzzzzzzzzz-e1-s1" };
        await RefusedAsync(stage);
    }

    [Theory]
    [InlineData("{ apiVersion: v1, kind: Secret, metadata: { name: x, namespace: kube-system } }", "kube-system")]
    [InlineData("{ apiVersion: rbac.authorization.k8s.io/v1, kind: ClusterRoleBinding, metadata: { name: mine } }", "allowedClusterKinds")]
    [InlineData("{ apiVersion: tonari.dev/v1alpha1, kind: ClusterPeer, metadata: { name: blue } }", "never belong")]
    public async Task Resources_that_could_not_be_applied_are_refused_before_anything_is_received(string hostile, string because)
    {
        using var stage = Stage();
        stage.Peer.Resources = new CapturedResources { SourceCluster = "green", Objects = YamlJson.ParseAll(hostile) }.ToBytes();

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain(because);

        Untouched(stage);
    }

    [Fact]
    public async Task Resources_that_lie_in_the_pool_already_are_judged_again_when_they_are_applied()
    {
        using var stage = Stage();
        var captured = new CapturedResources
        {
            Objects = YamlJson.ParseAll("{ apiVersion: v1, kind: Secret, metadata: { name: x, namespace: bank } }"),
            Volumes = [new CapturedVolume { Key = "bank/data", Namespace = "bank", Claim = "data", VolumeId = "pvc-1", AccessModes = ["ReadWriteOnce"] }],
        };
        stage.Agents["green-main"].AddGroup(Name, captured.ToBytes(), "pvc-1");
        stage.Peers[0].Spec = stage.Peers[0].Spec with { AllowedNamespaces = ["shop-dr"] };

        (await stage.RunAsync(new ApplyResources(Name))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("may not write into the namespace bank");

        stage.Api.All().ShouldBeEmpty();
    }

    [Fact]
    public async Task Without_its_ClusterPeer_a_fail_over_goes_where_the_relationship_was_made_for_and_nowhere_else()
    {
        using var stage = Stage();
        stage.Peers.Clear();
        var captured = new CapturedResources { Objects = YamlJson.ParseAll("{ apiVersion: v1, kind: ConfigMap, metadata: { name: x, namespace: shop } }") };
        stage.Agents["green-main"].AddGroup(Name, captured.ToBytes());
        (await stage.RunAsync(new ApplyResources(Name))).ShouldBeOfType<StepResult.Done>();
        stage.Api.All().Single().Namespace().ShouldBe("shop-dr");

        captured = new CapturedResources { Objects = YamlJson.ParseAll("{ apiVersion: v1, kind: ConfigMap, metadata: { name: x, namespace: bank } }") };
        stage.Agents["green-main"].AddGroup(Name, captured.ToBytes());
        (await stage.RunAsync(new ApplyResources(Name))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("bank");
    }

    [Fact]
    public async Task A_pool_that_it_may_not_use_any_more_receives_nothing()
    {
        using var stage = Stage();
        stage.Status = stage.Status with { Volumes = [new MirrorVolume("shop/data", "pvc-1", "green-main", 4096, null)] };
        stage.Peers[0].Spec = stage.Peers[0].Spec with { AllowedPools = ["green-other"] };

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("allowedPools");

        Untouched(stage);
    }

    [Theory]
    [InlineData(8192, true)]
    [InlineData(8191, false)]
    public async Task Its_quota_counts_what_all_its_mirrors_keep_here(long quota, bool fits)
    {
        using var stage = Stage();
        stage.Peers[0].Spec = stage.Peers[0].Spec with { QuotaBytes = quota };
        stage.OtherMirrors.Add(Other("blue", MirrorRole.Secondary));
        stage.OtherMirrors.Add(Other("blue", MirrorRole.Primary));
        stage.OtherMirrors.Add(Other("red", MirrorRole.Secondary));

        var result = await stage.RunAsync(new PullGroup(Name, null));

        if (fits)
            result.ShouldBeOfType<StepResult.Pulled>();
        else
            result.ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("quotaBytes");
    }

    private static AppMirror Other(string peer, MirrorRole role) => new()
    {
        Metadata = new V1ObjectMeta { Name = "other", NamespaceProperty = "other", Uid = $"{peer}-{role}" },
        Spec = new AppMirrorSpec { Application = "other", Peer = peer, MirrorId = "zzzzzzzzzz" },
        Status = new AppMirrorStatus { Mirror = new MirrorStatus { Role = role, Volumes = [new MirrorVolume("other/data", "pvc-9", "green-main", 4096, null)] } },
    };

    private static async Task RefusedAsync(StepStage stage)
    {
        var before = stage.Agents["green-main"].Volumes["pvc-1"].Clone();

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("does not belong to this mirror");

        stage.Agents["green-main"].Volumes["pvc-1"].ShouldBe(before);
        stage.Agents["green-main"].Pulls.ShouldBeEmpty();
    }

    private static void Untouched(StepStage stage)
    {
        stage.Agents["green-main"].Volumes.ShouldBeEmpty();
        stage.Agents["green-main"].Pulls.ShouldBeEmpty();
        stage.Agents["green-main"].Resources.ShouldBeEmpty();
        stage.Api.All().ShouldBeEmpty();
    }

    private static StepStage Stage()
    {
        var manifest = new SnapshotManifest { Name = Name, TakenAt = TakenAt.ToTimestamp(), FrozenFor = new Duration() };
        manifest.Volumes.Add(new ManifestVolume { Key = "shop/data", VolumeId = "pvc-1", SizeBytes = 4096 });
        var stage = new StepStage();
        stage.Peer.Manifest = manifest;
        stage.Peer.Resources = new CapturedResources { SourceCluster = "blue" }.ToBytes();
        stage.Status = stage.Status with { Sync = new MirrorSync { Name = Name, Stage = MirrorSyncStage.Pulling, StartedAt = TakenAt, TakenAt = TakenAt } };
        return stage;
    }
}
