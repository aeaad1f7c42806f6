using Google.Protobuf;
using Grpc.Core;
using Tonari.Engine;
using Tonari.Kubernetes.Identity;
using Tonari.Rpc.Agent;

namespace Tonari.Node.Tests.Agent;

/// <summary>Two agents over real TLS, each on a real pool; one pulls from the other as from a neighbour's gateway.</summary>
public sealed class AgentTests : TwoAgents
{
    private const string Snapshot = "m-aaaaaaaaaa-e1-s1";
    private const long Size = 64 << 20;

    [Fact]
    public async Task Strangers_are_refused_on_both_sides()
    {
        var stranger = ClusterIdentity.Make("test", TimeProvider.System.GetUtcNow());
        await Should.ThrowAsync<RpcException>(_source.Client(identity: stranger).ListVolumesAsync(new ListVolumesRequest()).ResponseAsync);
        await Should.ThrowAsync<RpcException>(_source.Client(fingerprint: stranger.Fingerprint).ListVolumesAsync(new ListVolumesRequest()).ResponseAsync);
        (await _source.Client().ListVolumesAsync(new ListVolumesRequest())).Volumes.ShouldBeEmpty();
        ClusterIdentity.FromPem(
            System.Text.Encoding.UTF8.GetString(_identity.ToSecret("ns").Data["tls.crt"]), System.Text.Encoding.UTF8.GetString(_identity.ToSecret("ns").Data["tls.key"]))
            .Fingerprint.ShouldBe(_identity.Fingerprint);
    }

    [Fact]
    public async Task A_volume_is_pulled_committed_promoted_and_demoted()
    {
        await FillSourceAsync();
        var source = _source.Client();
        var group = await source.TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = Snapshot, VolumeIds = { Volume } });
        group.Members.ShouldHaveSingleItem().SizeBytes.ShouldBe(Size);
        (await source.TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = Snapshot, VolumeIds = { Volume } })).TakenAt.ShouldBe(group.TakenAt);
        (await ListedAsync(new ListVolumesRequest { Pool = "blue-main", VolumeIds = { Volume, "pvc-none" } })).ShouldBe([Volume]);
        (await ListedAsync(new ListVolumesRequest { Pool = "blue-main", SnapshotPrefixes = { "m-aaaaaaaaaa-" } })).ShouldBe([Volume]);
        (await ListedAsync(new ListVolumesRequest { Pool = "blue-main", SnapshotPrefixes = { "m-bbbbbbbbbb-" } })).ShouldBeEmpty();

        var target = _target.Client();
        for (var i = 0; i < 2; i++)
            (await target.EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "green-main", VolumeId = Volume, SizeBytes = Size })).HasLive.ShouldBeFalse();
        var progress = await PullAsync(PullRequest());
        progress[^1].Done.ShouldBeTrue();
        progress[^1].Digest.ShouldStartWith("tb1:");
        (await PullAsync(PullRequest()))[^1].Done.ShouldBeTrue("again is nothing");

        var resources = new byte[(2 << 20) + 17];
        new Random(1).NextBytes(resources);
        using (var put = target.PutResources(cancellationToken: Ct))
        {
            foreach (var piece in resources.Chunk(1 << 20))
                await put.RequestStream.WriteAsync(new ResourcesPiece { Pool = "green-main", Name = Snapshot, Data = ByteString.CopyFrom(piece) }, Ct);
            await put.RequestStream.CompleteAsync();
            await put;
        }

        (await target.CommitGroupAsync(new CommitGroupRequest { Pool = "green-main", Name = Snapshot, VolumeIds = { Volume } })).Members.ShouldHaveSingleItem();
        (await ReadResourcesAsync(target)).ShouldBe(resources);
        (await _target.Pool.Source.GetDigestAsync(new VolumeId(Volume), new SnapshotName(Snapshot), Ct))
            .ShouldBe(await _source.Pool.Source.GetDigestAsync(new VolumeId(Volume), new SnapshotName(Snapshot), Ct));

        for (var i = 0; i < 2; i++)
            (await target.MakeLiveAsync(new MakeLiveRequest { Pool = "green-main", VolumeId = Volume, From = Snapshot })).HasLive.ShouldBeTrue();
        await target.DeleteVolumeAsync(new DeleteVolumeRequest { Pool = "green-main", VolumeId = "missing" });
        var aside = await target.SetLiveAsideAsync(new SetLiveAsideRequest { Pool = "green-main", VolumeId = Volume, KeepAs = "diverged-aaaaaaaaaa-e1-1" });
        aside.HasLive.ShouldBeFalse();
        aside.Snapshots.Select(s => s.Name).ShouldBe([Snapshot, "diverged-aaaaaaaaaa-e1-1"], ignoreOrder: true);
        (await target.DeleteSnapshotsAsync(new DeleteSnapshotsRequest { Pool = "green-main", VolumeIds = { Volume }, NamePrefix = "m-aaaaaaaaaa-", Except = { Snapshot } })).Deleted.ShouldBe(0);
        (await target.DeleteSnapshotsAsync(new DeleteSnapshotsRequest { Pool = "green-main", VolumeIds = { Volume }, NamePrefix = "m-aaaaaaaaaa-" })).Deleted.ShouldBe(1);
        await target.DeleteVolumeAsync(new DeleteVolumeRequest { Pool = "green-main", VolumeId = Volume });
        (await target.ListVolumesAsync(new ListVolumesRequest { Pool = "green-main" })).Volumes.ShouldBeEmpty();
    }

    private async Task<IEnumerable<string>> ListedAsync(ListVolumesRequest request) =>
        (await _source.Client().ListVolumesAsync(request)).Volumes.Select(volume => volume.VolumeId);

    [Fact]
    public async Task What_cannot_be_pulled_is_said()
    {
        await FillSourceAsync();
        await _target.Client().EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "green-main", VolumeId = Volume, SizeBytes = Size });
        (await RefusalAsync(PullRequest())).StatusCode.ShouldBe(StatusCode.NotFound);
        var unpinned = PullRequest();
        unpinned.PeerFingerprint = new string('0', 64);
        (await RefusalAsync(unpinned)).StatusCode.ShouldBe(StatusCode.Unavailable);
        var nobody = PullRequest();
        nobody.PeerEndpoint = "127.0.0.1:1";
        (await RefusalAsync(nobody)).StatusCode.ShouldBe(StatusCode.Unavailable);
        var elsewhere = PullRequest();
        elsewhere.Pool = "missing";
        (await RefusalAsync(elsewhere)).StatusCode.ShouldBe(StatusCode.Unavailable);
        (await Should.ThrowAsync<RpcException>(_target.Client().DeleteSnapshotsAsync(new DeleteSnapshotsRequest { Pool = "green-main", VolumeIds = { Volume } }).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.InvalidArgument);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_base_that_is_damaged_at_either_end_costs_a_whole_transfer_and_no_more(bool onTheSource)
    {
        const string second = "m-aaaaaaaaaa-e1-s2";
        await FillSourceAsync();
        foreach (var name in (string[])[Snapshot, second])
            await _source.Client().TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = name, VolumeIds = { Volume } });
        var target = _target.Client();
        await target.EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "green-main", VolumeId = Volume, SizeBytes = Size });
        await PullAsync(PullRequest());
        await target.CommitGroupAsync(new CommitGroupRequest { Pool = "green-main", Name = Snapshot, VolumeIds = { Volume } });
        var (pool, holder) = onTheSource ? ("blue-main", _source) : ("green-main", _target);
        await File.WriteAllTextAsync(Path.Combine(_workshop.Root, pool, "volumes", Volume, "snapshots", Snapshot + ".json"), "{", Ct);

        var seen = await holder.Client().GetVolumeAsync(new GetVolumeRequest { Pool = pool, VolumeId = Volume });
        seen.Snapshots.ShouldNotContain(snapshot => snapshot.Name == Snapshot);
        seen.DamagedSnapshots.ShouldBe([Snapshot]);
        (await Should.ThrowAsync<RpcException>(holder.Client().GetGroupSnapshotAsync(new GetGroupSnapshotRequest { Pool = pool, Name = Snapshot }).ResponseAsync))
            .StatusCode.ShouldBe(StatusCode.DataLoss);

        // What the controller asks for: the base where the replica has it.
        var next = PullRequest();
        (next.From, next.To) = (onTheSource ? Snapshot : "", second);
        (await PullAsync(next))[^1].Done.ShouldBeTrue();
        await target.CommitGroupAsync(new CommitGroupRequest { Pool = "green-main", Name = second, VolumeIds = { Volume } });
        (await _target.Pool.Source.GetDigestAsync(new VolumeId(Volume), new SnapshotName(second), Ct))
            .ShouldBe(await _source.Pool.Source.GetDigestAsync(new VolumeId(Volume), new SnapshotName(second), Ct));

        // Whoever wants to be rid of it is.
        await holder.Client().DeleteGroupSnapshotAsync(new DeleteGroupSnapshotRequest { Pool = pool, Name = Snapshot });
        (await holder.Pool.FindDamageAsync(Ct)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_volume_that_cannot_be_used_is_refused_and_leaves_the_others_alone()
    {
        await FillSourceAsync();
        await _source.Pool.Volumes.CreateAsync(new VolumeId("pvc-other"), new ByteCount(Size), Ct);
        var document = Path.Combine(_workshop.Root, "blue-main", "volumes", "pvc-other", "volume.json");
        await File.WriteAllTextAsync(document, "", Ct);
        var client = _source.Client();

        (await client.ListVolumesAsync(new ListVolumesRequest { Pool = "blue-main" })).Volumes.ShouldHaveSingleItem().VolumeId.ShouldBe(Volume);
        foreach (var attempt in (Task[])
        [
            client.ListVolumesAsync(new ListVolumesRequest { Pool = "blue-main", VolumeIds = { "pvc-other" } }).ResponseAsync,
            client.EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "blue-main", VolumeId = "pvc-other", SizeBytes = Size }).ResponseAsync,
            client.DeleteVolumeAsync(new DeleteVolumeRequest { Pool = "blue-main", VolumeId = "pvc-other" }).ResponseAsync,
        ])
        {
            var refused = await Should.ThrowAsync<RpcException>(attempt);
            refused.StatusCode.ShouldBe(StatusCode.DataLoss);
            refused.Status.Detail.ShouldContain(document);
        }
        await client.TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = Snapshot, VolumeIds = { Volume } });
    }

    [Fact]
    public async Task A_cancelled_pull_lets_the_volume_go_and_the_next_one_ends()
    {
        await FillSourceAsync();
        await _source.Client().TakeGroupSnapshotAsync(new TakeGroupSnapshotRequest { Pool = "blue-main", Name = Snapshot, VolumeIds = { Volume } });
        await _target.Client().EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "green-main", VolumeId = Volume, SizeBytes = Size });
        var slow = PullRequest();
        slow.RateLimitBytesPerSecond = 1 << 20;
        using (var call = _target.Client().Pull(slow, cancellationToken: Ct))
        {
            (await call.ResponseStream.MoveNext(Ct)).ShouldBeTrue();
            call.ResponseStream.Current.Done.ShouldBeFalse();
        }

        (await PullAsync(PullRequest()))[^1].Done.ShouldBeTrue();
    }

    private async Task FillSourceAsync()
    {
        await _source.Pool.Volumes.CreateAsync(new VolumeId(Volume), new ByteCount(Size), Ct);
        var device = (await _source.Pool.Attachments.AttachAsync(new VolumeId(Volume), readOnly: false, Ct)).DevicePath;
        Shell.Run("dd", "if=/dev/urandom", $"of={device}", "bs=1M", "count=16", "seek=5", "conv=fsync", "status=none");
        await _source.Pool.Attachments.DetachAsync(new VolumeId(Volume), Ct);
    }

    private PullRequest PullRequest() => Pulling(Snapshot);

    private async Task<RpcException> RefusalAsync(PullRequest request) => await Should.ThrowAsync<RpcException>(PullAsync(request));

    private static async Task<byte[]> ReadResourcesAsync(Rpc.Agent.Agent.AgentClient client)
    {
        using var call = client.GetResources(new GetResourcesRequest { Pool = "green-main", Name = Snapshot }, cancellationToken: Ct);
        using var bytes = new MemoryStream();
        await foreach (var piece in call.ResponseStream.ReadAllAsync(Ct))
            piece.Data.WriteTo(bytes);
        return bytes.ToArray();
    }
}
