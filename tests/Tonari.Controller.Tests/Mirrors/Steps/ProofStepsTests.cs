using Google.Protobuf;
using Grpc.Core;
using Tonari.Controller.Peers;
using Tonari.Mirroring;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Tests.Mirrors.Steps;

public sealed class ProofStepsTests
{
    private const string Name = "m-abcdefghij-e1-s2";
    private const long Region = MirrorLimits.RegionBytes;

    [Fact]
    public async Task Equal_copies_are_proven_whatever_the_messages_are_cut_into()
    {
        using var stage = Stage();
        Here(stage, "pvc-1", Run(0, 1, 2, 0, 4), End("a", "a", read: 3 * Region));
        There(stage, "shop/data", Run(0, 1, 2), Run(3, 4), End("a", "a"));
        Here(stage, "pvc-2", End("b", "b"));
        There(stage, "shop/wal", End("b", "b"));

        var result = (await CompareAsync(stage)).ShouldBeOfType<StepResult.Compared>();
        result.Damaged.ShouldBeEmpty();
        result.BytesCompared.ShouldBe(3 * Region);
        stage.Compared.ShouldBe(new(16 * Region, 16 * Region), "all of both volumes");
        stage.Peer.Asked.ShouldBe([$"digests shop/data {Name}", $"digests shop/wal {Name}"]);
    }

    [Fact]
    public async Task What_differs_is_named_by_region_with_whose_copy_is_wrong()
    {
        using var stage = Stage();
        Here(stage, "pvc-1", Run(0, 1, 2, 9, 4), Unreadable(Run(6, 0), 6), End("", "a"));
        There(stage, "shop/data", Run(0, 1, 2, 3, 4), Run(6, 6), Run(7, 8), End("a", "a"));
        Here(stage, "pvc-2", Run(1, 5), End("b", "b"));
        There(stage, "shop/wal", Run(1, 6), End("c", "b"));

        var result = (await CompareAsync(stage)).ShouldBeOfType<StepResult.Compared>();
        result.Damaged.Select(volume => (volume.Key, volume.VolumeId, volume.Copy, volume.Regions)).ShouldBe(
            [("shop/data", "pvc-1", DamagedCopy.Secondary, 3), ("shop/wal", "pvc-2", DamagedCopy.Primary, 1)]);
        result.Damaged[0].Runs.ShouldBe([new RegionRun(2, 1), new RegionRun(6, 2)]);
    }

    [Theory]
    [InlineData("goes back")]
    [InlineData("beyond the image")]
    [InlineData("never ends")]
    [InlineData("goes on after its end")]
    [InlineData("half a digest")]
    [InlineData("counts backwards")]
    public async Task Digests_that_make_no_sense_prove_nothing(string what)
    {
        using var stage = Stage();
        Here(stage, "pvc-1", Run(0, 1, 2), End("a", "a"));
        RegionDigests[] odd = what switch
        {
            "goes back" => [Run(0, 1, 2), Run(1, 2), End("a", "a")],
            "beyond the image" => [Run(0, 1, 2), Run(1L << 50, 1), End("a", "a")],
            "never ends" => [Run(0, 1, 2)],
            "goes on after its end" => [Run(0, 1, 2), End("a", "a"), Run(3, 1)],
            "half a digest" => [new RegionDigests { Digests = ByteString.CopyFrom(new byte[8]) }, End("a", "a")],
            _ => [new RegionDigests { BytesRead = 5 }, Run(0, 1, 2), End("a", "a")],
        };
        There(stage, "shop/data", odd);

        (await CompareAsync(stage)).ShouldBeOfType<StepResult.Failed>();
    }

    [Fact]
    public async Task A_group_that_is_gone_on_either_side_is_refused_and_a_silent_neighbour_asked_again()
    {
        using var stage = Stage();
        Here(stage, "pvc-1", End("a", "a"));
        stage.Peer.Error = new PeerNotFoundException("There is no such snapshot on blue.");
        (await CompareAsync(stage)).ShouldBe(new StepResult.Refused("There is no such snapshot on blue."));
        stage.Peer.Error = new PeerUnreachableException("blue cannot be reached.");
        (await CompareAsync(stage)).ShouldBe(new StepResult.Failed("blue cannot be reached."));
        stage.Agents["green-main"].Groups.Clear();
        (await CompareAsync(stage)).ShouldBeOfType<StepResult.Refused>();
    }

    [Fact]
    public async Task Just_the_regions_that_differ_are_fetched_again_and_what_was_staged_from_them_is_dropped()
    {
        using var stage = Stage();
        var agent = stage.Agents["green-main"];
        agent.Volumes["pvc-1"].Staging = new Rpc.Agent.Staging { From = Name, To = "m-abcdefghij-e1-s3" };
        agent.Unhealed.Add("m-abcdefghij-e1-s1");
        var damaged = new DamagedVolume("shop/data", "pvc-1", DamagedCopy.Secondary, 2, [new RegionRun(2, 1), new RegionRun(7, 1)]);

        var result = (await stage.RunAsync(new HealReplica(Name, [damaged]))).ShouldBeOfType<StepResult.Healed>();

        result.WireBytes.ShouldBe(11);
        result.Unhealed.ShouldBe(["m-abcdefghij-e1-s1"]);
        var request = agent.Heals.ShouldHaveSingleItem();
        request.Stretches.Select(s => (s.Offset, s.Length)).ShouldBe([(2 * Region, Region), (7 * Region, Region)]);
        (request.VolumeId, request.Snapshot, request.PeerEndpoint, request.DeltaPath)
            .ShouldBe(("pvc-1", Name, "blue:7443", "/v1/mirrors/abcdefghij/volumes/shop%2Fdata/delta"));
        agent.Volumes["pvc-1"].Staging.ShouldBeNull();
    }

    [Theory]
    [InlineData(StatusCode.DataLoss, true)]
    [InlineData(StatusCode.NotFound, true)]
    [InlineData(StatusCode.Unavailable, false)]
    public async Task What_cannot_be_healed_is_not_tried_for_ever(StatusCode code, bool refused)
    {
        using var stage = Stage();
        stage.Agents["green-main"].HealError = new RpcException(new Status(code, "What the agent says."));
        var damaged = new DamagedVolume("shop/data", "pvc-1", DamagedCopy.Secondary, 1, [new RegionRun(2, 1)]);

        (await stage.RunAsync(new HealReplica(Name, [damaged]))).ShouldBe(
            refused ? new StepResult.Refused("What the agent says.") : new StepResult.Failed("What the agent says."));
    }

    private static Task<StepResult> CompareAsync(StepStage stage) => stage.RunAsync(new CompareReplica(Name));

    private static StepStage Stage()
    {
        var stage = new StepStage();
        var agent = stage.Agents["green-main"];
        agent.Add("pvc-1", live: false, Name);
        agent.Add("pvc-2", live: false, Name);
        agent.AddGroup(Name, [], "pvc-1", "pvc-2");
        foreach (var member in agent.Groups[Name].Members) member.SizeBytes = 8 * Region;
        stage.Status = stage.Status with
        {
            Volumes = [new MirrorVolume("shop/data", "pvc-1", "green-main", 8 * Region, null), new MirrorVolume("shop/wal", "pvc-2", "green-main", 8 * Region, null)],
        };
        return stage;
    }

    private static void Here(StepStage stage, string volume, params RegionDigests[] messages) => stage.Agents["green-main"].Digests[volume] = [.. messages];

    private static void There(StepStage stage, string key, params RegionDigests[] messages) => stage.Peer.Digests[key] = [.. messages];

    private static RegionDigests Run(long first, params byte[] digests)
    {
        var bytes = new byte[digests.Length * 16];
        for (var i = 0; i < digests.Length; i++) bytes[i * 16] = digests[i];
        return new RegionDigests { First = first, Digests = ByteString.CopyFrom(bytes) };
    }

    private static RegionDigests Unreadable(RegionDigests message, long region)
    {
        message.Unreadable.Add(region);
        return message;
    }

    private static RegionDigests End(string digest, string recorded, long read = 0) =>
        new() { BytesRead = read, Summary = new RegionSummary { SizeBytes = 8 * Region, Digest = digest, Recorded = recorded } };
}
