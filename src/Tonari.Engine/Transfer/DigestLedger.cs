using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Substrates;
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
        var sum = Changed(known, older, newer, changes, ct);
        var digest = BlockDigest.ToDigest(sum);
        store.WriteDigest(id, to, digest);
        return digest;
    }

    /// <summary>The digest sum of an image being received, from what lies on the disk now: all that differs from the snapshot it was cloned from is read.</summary>
    public UInt128 Since(VolumeId id, SnapshotDocument from, ImageDigest known, SnapshotName staged, CancellationToken ct)
    {
        var (olderImage, newerImage) = (store.Paths.SnapshotImage(id, new SnapshotName(from.Name)), store.Paths.SnapshotImage(id, staged));
        using var older = PoolFiles.OpenImage(olderImage, writable: false);
        using var newer = PoolFiles.OpenImage(newerImage, writable: false);
        var size = RandomAccess.GetLength(newer);
        FileCalls.DropCache(newer, 0, size);
        // By extents on every filesystem: the kernel compares two trees only when neither can be written.
        var changes = new ChangeList(size);
        ExtentComparison.Compare(ExtentMap.Read(older, olderImage), ExtentMap.Read(newer, newerImage), changes, ct);
        return Changed(known, older, newer, changes.Build(), ct);
    }

    private UInt128 Changed(ImageDigest known, SafeFileHandle older, SafeFileHandle newer, IReadOnlyList<ChangedRange> changes, CancellationToken ct)
    {
        var (oldSize, newSize) = (RandomAccess.GetLength(older), RandomAccess.GetLength(newer));
        var sum = BlockDigest.Parse(known) - BlockDigest.OfSize(oldSize) + BlockDigest.OfSize(newSize);
        foreach (var change in changes)
        {
            var (start, end) = (change.Range.Offset.Value, change.Range.End.Value);
            sum -= BlockDigest.OfRange(older, start, end, Buffers, ct);
            if (change.Kind == RangeKind.Data)
                sum += BlockDigest.OfRange(newer, start, end, Buffers, ct);
        }
        return sum - BlockDigest.OfRange(older, newSize, oldSize, Buffers, ct);
    }

    /// <summary>Reads everything that is allocated.</summary>
    public UInt128 Whole(string image, CancellationToken ct)
    {
        using var file = PoolFiles.OpenImage(image, writable: false);
        var size = RandomAccess.GetLength(file);
        return BlockDigest.OfSize(size) + BlockDigest.OfRange(file, 0, size, Buffers, ct);
    }
}
