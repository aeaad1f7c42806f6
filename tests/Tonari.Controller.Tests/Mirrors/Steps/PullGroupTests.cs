using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Tests.Mirrors.Steps;

public sealed class PullGroupTests
{
    private const string Base = "m-abcdefghij-e1-s1";
    private const string Name = "m-abcdefghij-e1-s2";
    private static readonly byte[] Resources = new CapturedResources { SourceCluster = "blue" }.ToBytes();
    private static readonly DateTimeOffset TakenAt = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Every_volume_and_the_resources_are_pulled_into_the_roomiest_allowed_pool()
    {
        using var stage = Stage();
        var roomy = stage.Pool("green-big", free: 1 << 30);
        stage.Pool("green-huge", free: 1L << 40, managed: false);
        stage.Pool("green-private", free: 1L << 40);
        stage.Peers[0].Spec = stage.Peers[0].Spec with { AllowedPools = ["green-main", "green-big", "green-huge"] };

        var result = (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Pulled>();

        result.Volumes.ShouldBe([new MirrorVolume("shop/data", "pvc-1", "green-big", 4096, "fast"), new MirrorVolume("shop/wal", "pvc-2", "green-big", 8192, null)]);
        result.WireBytes.ShouldBe(7 + 7 + Resources.Length);
        roomy.Resources[Name].ShouldBe(Resources);
        roomy.Pulls.Select(pull => pull.DeltaPath).Order().ShouldBe(
            ["/v1/mirrors/abcdefghij/volumes/shop%2Fdata/delta", "/v1/mirrors/abcdefghij/volumes/shop%2Fwal/delta"]);
        roomy.Pulls.ShouldAllBe(pull => pull.From == "" && pull.To == Name && pull.PeerEndpoint == "blue:7443");
        stage.Progress.ShouldBe([new MirrorTransfer("shop/data", 10, 10, 7), new MirrorTransfer("shop/wal", 10, 10, 7)]);
    }

    [Fact]
    public async Task Only_the_difference_travels_except_for_a_volume_that_has_just_joined()
    {
        using var stage = Stage();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-1", live: false, Base);
        stage.Pool("green-big", free: 1 << 30);

        await stage.RunAsync(new PullGroup(Name, Base));

        agent.Pulls.ToDictionary(pull => pull.VolumeId, pull => pull.From).ShouldBe(
            new Dictionary<string, string> { ["pvc-1"] = Base, ["pvc-2"] = "" }, ignoreOrder: true);
    }

    [Fact]
    public async Task A_rate_limit_holds_for_all_volumes_together()
    {
        using var stage = Stage();
        stage.Spec = stage.Spec with { RateLimitBytesPerSecond = 1000 };

        await stage.RunAsync(new PullGroup(Name, null));

        stage.Agents["green-main"].Pulls.Sum(pull => pull.RateLimitBytesPerSecond).ShouldBe(1000);
    }

    [Fact]
    public async Task A_group_that_was_taken_anew_under_its_name_is_not_mixed_with_the_first()
    {
        using var stage = Stage();
        stage.Peer.Manifest.TakenAt = TakenAt.AddSeconds(1).ToTimestamp();

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Refused>().Message.ShouldContain("taken anew");
        stage.Agents["green-main"].Pulls.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_last_group_of_a_swap_is_never_one_of_a_running_application()
    {
        using var stage = Stage();
        stage.Status = stage.Status with { Sync = stage.Status.Sync! with { Final = true } };

        await stage.RunAsync(new PullGroup(Name, null));

        stage.Peer.Asked.ShouldContain($"snapshot {Name} stopped");
    }

    [Theory]
    [InlineData(StatusCode.NotFound, true)]
    [InlineData(StatusCode.DataLoss, false)]
    [InlineData(StatusCode.Unavailable, false)]
    [InlineData(StatusCode.FailedPrecondition, false)]
    public async Task Only_a_snapshot_that_is_gone_ends_the_sync(StatusCode code, bool refused)
    {
        using var stage = Stage();
        stage.Agents["green-main"].PullError = new RpcException(new Status(code, "What the agent says."));

        var result = await stage.RunAsync(new PullGroup(Name, null));

        result.ShouldBe(
            refused ? new StepResult.Refused("What the agent says.")
            : code == StatusCode.DataLoss ? new StepResult.Spoilt("What the agent says.")
            : new StepResult.Failed("What the agent says."));
    }

    [Fact]
    public async Task A_pool_that_is_not_open_is_waited_for()
    {
        using var stage = Stage();
        stage.Status = stage.Status with { Volumes = [new MirrorVolume("shop/data", "pvc-1", "green-main", 4096, null)] };
        stage.Agents["green-main"].PoolIsOpen = false;

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("not open");
    }

    [Fact]
    public async Task A_pull_that_ends_without_having_verified_is_no_success()
    {
        using var stage = Stage();
        stage.Agents["green-main"].PullEndsEarly = true;

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBeOfType<StepResult.Failed>().Message.ShouldContain("before it was verified");
    }

    [Fact]
    public async Task A_silent_neighbour_is_asked_again_later()
    {
        using var stage = Stage();
        stage.Peer.Error = new PeerUnreachableException("blue cannot be reached.");

        (await stage.RunAsync(new PullGroup(Name, null))).ShouldBe(new StepResult.Failed("blue cannot be reached."));
    }

    private static StepStage Stage()
    {
        var manifest = new SnapshotManifest { Name = Name, TakenAt = TakenAt.ToTimestamp(), FrozenFor = new Duration() };
        manifest.Volumes.Add(new ManifestVolume { Key = "shop/data", VolumeId = "pvc-1", SizeBytes = 4096, StorageClass = "fast" });
        manifest.Volumes.Add(new ManifestVolume { Key = "shop/wal", VolumeId = "pvc-2", SizeBytes = 8192 });
        var stage = new StepStage();
        stage.Peer.Manifest = manifest;
        stage.Peer.Resources = Resources;
        stage.Status = stage.Status with
        {
            Sync = new MirrorSync { Name = Name, Stage = MirrorSyncStage.Pulling, StartedAt = TakenAt, TakenAt = TakenAt },
        };
        return stage;
    }
}
