using Tonari.Engine.Transfer;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Proof;

/// <summary>Region digests of a snapshot, for comparing it with the same one elsewhere.</summary>
internal sealed class ReplicaProof(PoolStore store, DigestLedger digests, ReplicaHealing healing) : IReplicaProof
{
    public async Task<RegionSummary> DigestAsync(
        VolumeId id, SnapshotName name, ByteCount regionSize, Func<RegionDigest, ValueTask> report, ReadPace pace, CancellationToken ct)
    {
        if (regionSize.Value < EngineLimits.SmallestRegion || regionSize.Value > EngineLimits.LargestRegion || regionSize.Value % EngineLimits.BlockSize != 0)
        {
            throw new VolumeConflictException(
                $"Regions of {regionSize} cannot be digested; they are whole blocks of {EngineLimits.BlockSize} bytes, from {EngineLimits.SmallestRegion} to {EngineLimits.LargestRegion} bytes.");
        }
        using var pinned = await PinnedSnapshots.TakeAsync(store, id, null, name, ct);
        var recorded = store.ReadDigest(id, pinned.To);
        var reader = new RegionReader(digests.Buffers);
        var found = await Task.Run(() => reader.ReadAsync(store.Paths.SnapshotImage(id, name), regionSize.Value, report, pace, ct), ct);
        return new RegionSummary(
            new ByteCount(found.Size),
            new ByteCount(found.Read),
            found.Sum is { } sum ? BlockDigest.ToDigest(sum) : null,
            recorded);
    }

    public Task<HealedVolume> HealAsync(
        VolumeId id, SnapshotName name, IReadOnlyList<ByteRange> ranges, OpenRanges open, ReadPace pace, CancellationToken ct) =>
        healing.HealAsync(id, name, ranges, open, pace, ct);
}
