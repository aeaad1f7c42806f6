using Grpc.Core;
using Tonari.Engine;
using Tonari.Rpc.Agent;

namespace Tonari.Node.Tests.Agent;

/// <summary>Two agents over real TLS: digests of the same snapshot are compared, and a damaged replica is mended from the other.</summary>
public sealed class ProofTests : TwoAgents
{
    private const string Snapshot = "m-aaaaaaaaaa-e1-s1";
    private const long Size = 1L << 40;
    private const long RegionBytes = EngineLimits.RegionSize;
    private static readonly long[] s_written = [0, 1, 700, 200_000];

    private protected override async Task PrepareAsync()
    {
        await _source.Pool.Volumes.CreateAsync(new VolumeId(Volume), new ByteCount(Size), Ct);
        using (var live = File.OpenHandle(Path.Combine(_workshop.Root, Live), FileMode.Open, FileAccess.Write))
        {
            foreach (var region in s_written)
                RandomAccess.Write(live, Noise((int)region), region * RegionBytes);
        }

        await _source.Pool.Groups.TakeAsync(new SnapshotName(Snapshot), [new VolumeId(Volume)], new GroupSnapshotOptions(), Ct);
        await _target.Client().EnsureReplicaAsync(new EnsureReplicaRequest { Pool = "green-main", VolumeId = Volume, SizeBytes = Size });
        await PullAsync(Pulling(Snapshot));
        await _target.Client().CommitGroupAsync(new CommitGroupRequest { Pool = "green-main", Name = Snapshot, VolumeIds = { Volume } });
    }

    [Fact]
    public async Task Damage_is_found_by_digests_alone_and_healed_over_the_wire()
    {
        var (there, told) = await DigestsAsync(_source);
        there.Keys.Order().ToArray().ShouldBe(s_written, "holes are not mentioned");
        told.SizeBytes.ShouldBe(Size);
        told.Digest.ShouldBe(told.Recorded);
        (await DigestsAsync(_target)).Digests.ShouldBe(there);

        Damage(200_000 * RegionBytes + 17);
        Damage(900 * RegionBytes);
        var (here, found) = await DigestsAsync(_target);
        found.Digest.ShouldNotBe(found.Recorded);
        here.Keys.Union(there.Keys).Where(i => here.GetValueOrDefault(i) != there.GetValueOrDefault(i)).Order().ShouldBe([900, 200_000]);

        var healed = await _target.Client().HealAsync(Request(900, 200_000));
        healed.Healed.ShouldBe([Snapshot]);
        healed.WireBytes.ShouldBeLessThan(2 * RegionBytes);
        (await DigestsAsync(_target)).Digests.ShouldBe(there);
    }

    [Fact]
    public async Task What_cannot_be_compared_or_healed_is_said()
    {
        (await RefusalAsync(() => DigestsAsync(_target, snapshot: "m-aaaaaaaaaa-e1-s9"))).StatusCode.ShouldBe(StatusCode.NotFound);
        (await RefusalAsync(() => DigestsAsync(_target, regionBytes: 4096))).StatusCode.ShouldBe(StatusCode.FailedPrecondition);
        var nobody = Request(0);
        nobody.PeerEndpoint = "127.0.0.1:1";
        (await RefusalAsync(() => _target.Client().HealAsync(nobody).ResponseAsync)).StatusCode.ShouldBe(StatusCode.Unavailable);
        var many = Request(Enumerable.Range(0, 5000).Select(i => 2L * i).ToArray());
        (await RefusalAsync(() => _target.Client().HealAsync(many).ResponseAsync)).StatusCode.ShouldBe(StatusCode.InvalidArgument);
        var primary = Request(0);
        primary.Pool = "blue-main";
        (await RefusalAsync(() => _source.Client().HealAsync(primary).ResponseAsync)).StatusCode
            .ShouldBe(StatusCode.FailedPrecondition, "the source has a live image");

        Damage(700 * RegionBytes);
        (await RefusalAsync(() => _target.Client().HealAsync(Request(1)).ResponseAsync)).StatusCode.ShouldBe(StatusCode.DataLoss, "another region is damaged");
    }

    private static string Live => $"blue-main/volumes/{Volume}/images/live/image";

    private static byte[] Noise(int seed)
    {
        var bytes = new byte[100_000];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private void Damage(long offset)
    {
        var folder = Path.Combine(_workshop.Root, $"green-main/volumes/{Volume}/images/s-{Snapshot}");
        Shell.Run("btrfs", "property", "set", folder, "ro", "false");
        using (var file = File.OpenHandle(Path.Combine(folder, "image"), FileMode.Open, FileAccess.Write))
            RandomAccess.Write(file, [0xA5, 0x5A], offset);
        Shell.Run("btrfs", "property", "set", folder, "ro", "true");
    }

    private static async Task<(Dictionary<long, UInt128> Digests, Rpc.Regions.RegionSummary Summary)> DigestsAsync(
        TestAgent agent, string snapshot = Snapshot, long regionBytes = RegionBytes)
    {
        var request = new DigestRegionsRequest { Pool = agent.PoolName, VolumeId = Volume, Snapshot = snapshot, RegionBytes = regionBytes };
        using var call = agent.Client().DigestRegions(request, cancellationToken: Ct);
        var digests = new Dictionary<long, UInt128>();
        Rpc.Regions.RegionSummary? summary = null;
        await foreach (var message in call.ResponseStream.ReadAllAsync(Ct))
        {
            summary.ShouldBeNull("nothing follows the summary");
            summary = message.Summary;
            for (var i = 0; i < message.Digests.Length / 16; i++)
            {
                var digest = System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(message.Digests.Span[(i * 16)..]);
                if (digest != 0)
                    digests.Add(message.First + i, digest);
            }
        }

        return (digests, summary.ShouldNotBeNull());
    }

    private static async Task<RpcException> RefusalAsync<T>(Func<Task<T>> call) => await Should.ThrowAsync<RpcException>(call);

    private HealRequest Request(params long[] regions) => new()
    {
        Pool = "green-main",
        VolumeId = Volume,
        Snapshot = Snapshot,
        Stretches = { regions.Select(i => new ByteStretch { Offset = i * RegionBytes, Length = RegionBytes }) },
        PeerEndpoint = _source.Endpoint,
        PeerFingerprint = _identity.Fingerprint,
        DeltaPath = $"/v1/volumes/{Volume}/delta",
    };
}
