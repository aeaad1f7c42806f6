using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Transfer;

/// <summary>Knows, or finds out, the digests of snapshots, and keeps them beside the snapshots.</summary>
internal sealed class DigestLedger(PoolStore store)
{
    public TransferBuffers Buffers { get; } = new();

    /// <summary>The stored digest, else that of the whole image.</summary>
    public ImageDigest Get(VolumeId id, SnapshotDocument snapshot, CancellationToken ct)
    {
        if (store.ReadDigest(id, snapshot) is { } known)
            return known;
        var digest = BlockDigest.ToDigest(Whole(store.Paths.SnapshotImage(id, new SnapshotName(snapshot.Name)), ct));
        store.WriteDigest(id, snapshot, digest);
        return digest;
    }

    /// <summary>As <see cref="Get"/>, but follows the changes where the older snapshot's digest is known.</summary>
    public ImageDigest Follow(
        VolumeId id, SnapshotDocument? from, SnapshotDocument to, IReadOnlyList<ChangedRange> changes, CancellationToken ct)
    {
        if (from is null || store.ReadDigest(id, to) is not null || store.ReadDigest(id, from) is not { } known)
            return Get(id, to, ct);
        using var older = PoolFiles.OpenImage(store.Paths.SnapshotImage(id, new SnapshotName(from.Name)), writable: false);
        using var newer = PoolFiles.OpenImage(store.Paths.SnapshotImage(id, new SnapshotName(to.Name)), writable: false);
        var sum = BlockDigest.Parse(known) - BlockDigest.OfSize(from.Size) + BlockDigest.OfSize(to.Size);
        foreach (var change in changes)
        {
            var (start, end) = (change.Range.Offset.Value, change.Range.End.Value);
            sum -= BlockDigest.OfRange(older, start, end, Buffers, ct);
            if (change.Kind == RangeKind.Data)
                sum += BlockDigest.OfRange(newer, start, end, Buffers, ct);
        }
        sum -= BlockDigest.OfRange(older, to.Size, from.Size, Buffers, ct);
        var digest = BlockDigest.ToDigest(sum);
        store.WriteDigest(id, to, digest);
        return digest;
    }

    /// <summary>Reads everything that is allocated.</summary>
    public UInt128 Whole(string image, CancellationToken ct)
    {
        using var file = PoolFiles.OpenImage(image, writable: false);
        var size = RandomAccess.GetLength(file);
        return BlockDigest.OfSize(size) + BlockDigest.OfRange(file, 0, size, Buffers, ct);
    }
}
