using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Substrates;

/// <summary>btrfs: an image is a subvolume, a snapshot a read-only subvolume snapshot, changes come from the kernel's comparison of the two trees.</summary>
internal sealed class BtrfsSubstrate(PoolFiles files) : IPoolSubstrate
{
    private const int OwnerOnly = 0x180;

    // A write into the middle of an extent (up to 128 MiB) splits it, and the kernel reports the rest of it as changed, too. From this size on, asking
    // where the blocks really lie costs less than sending them.
    private const int RefineFrom = 16 * 1024;

    public string Name => "btrfs";

    public void Create(string image, long size)
    {
        files.Step($"create {image}");
        BtrfsCalls.CreateSubvolume(image);
        files.Step($"size {image}");
        using var file = Kernel.Open(PoolPaths.FileIn(image), Kernel.ReadWrite | Kernel.CreateFlag | Kernel.Exclusive, OwnerOnly);
        PoolFiles.Guard($"create '{image}'", () => RandomAccess.SetLength(file, size));
        // A new subvolume exists on disk only once its transaction is committed.
        FileCalls.SyncFileSystem(file, image);
    }

    public void Snapshot(string source, string target)
    {
        files.Step($"snapshot {source}");
        BtrfsCalls.Snapshot(source, target, readOnly: true);
    }

    public void Harden(string image)
    {
        // The kernel commits the transaction before the ioctl returns.
    }

    public void Clone(string source, string target)
    {
        files.Step($"clone {source}");
        BtrfsCalls.Snapshot(source, target, readOnly: false);
    }

    public void Seal(string image)
    {
        if (BtrfsCalls.IsReadOnly(image))
            return;
        files.Step($"seal {image}");
        FileCalls.SyncFileSystem(image);
        BtrfsCalls.MakeReadOnly(image);
        FileCalls.SyncFileSystem(image);
    }

    public bool IsSealed(string image) => Directory.Exists(image) && BtrfsCalls.IsReadOnly(image);

    public void Delete(string image)
    {
        if (!Directory.Exists(image))
            return;
        files.Step($"delete {image}");
        BtrfsCalls.DeleteSubvolume(image);
        FileCalls.SyncFileSystem(Path.GetDirectoryName(image)!);
    }

    public IReadOnlyList<ChangedRange> GetChanges(string from, string to, CancellationToken ct)
    {
        using var older = PoolFiles.OpenImage(from, writable: false);
        using var newer = PoolFiles.OpenImage(to, writable: false);
        var list = new ChangeList(RandomAccess.GetLength(newer));
        var related = BtrfsSend.Compare(from, to, (start, length) => Classify(newer, start, length, list), ct);
        if (!related)
            return AllocatedRanges.OfEither(older, newer, ct);
        var exact = new ChangeList(RandomAccess.GetLength(newer));
        foreach (var candidate in list.Build())
        {
            ct.ThrowIfCancellationRequested();
            var (start, end) = (candidate.Range.Offset.Value, candidate.Range.End.Value);
            if (candidate.Kind == RangeKind.Data && end - start >= RefineFrom)
                ExtentComparison.Compare(ExtentMap.Read(older, from, start, end), ExtentMap.Read(newer, to, start, end), exact, ct);
            else
                exact.Add(start, end, candidate.Kind);
        }
        return exact.Build();
    }

    public TimeSpan EstimateSnapshot(string image) => TimeSpan.Zero;

    /// <summary>Data or hole, as the newer image has it. The kernel gives the length of a hole in 32 bits, so a hole of 4 GiB or more comes with
    /// a wrong length: a stretch that ends in a hole is taken to reach as far as that hole does.</summary>
    private static void Classify(SafeFileHandle newer, long start, long length, ChangeList list)
    {
        var end = start + length;
        var position = start;
        foreach (var (dataStart, dataEnd) in AllocatedRanges.Between(newer, start, end))
        {
            list.Add(position, dataStart, RangeKind.Hole);
            list.Add(dataStart, dataEnd, RangeKind.Data);
            position = dataEnd;
        }
        if (position < end || length == 0)
            list.Add(position, FileCalls.NextData(newer, position) ?? long.MaxValue - EngineLimits.BlockSize, RangeKind.Hole);
    }
}
