using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Proof;

/// <param name="Size">Of the file, bytes.</param>
/// <param name="Read">Bytes of the regions that hold data.</param>
/// <param name="Sum">Of the whole image, its size included; null where some of it cannot be read.</param>
internal sealed record RegionsRead(long Size, long Read, UInt128? Sum);

/// <summary>Reads an image region by region, from the disk and not from memory, at a common pace; holes are passed over.</summary>
internal sealed class RegionReader(TransferBuffers buffers)
{
    public async Task<RegionsRead> ReadAsync(
        string image, long regionSize, Func<RegionDigest, ValueTask>? report, ReadPace pace, CancellationToken ct)
    {
        using var file = PoolFiles.OpenImage(image, writable: false);
        var size = RandomAccess.GetLength(file);
        UInt128? total = BlockDigest.OfSize(size);
        long read = 0;
        for (var start = NextRegion(file, 0, regionSize); start < size; start = NextRegion(file, start + regionSize, regionSize))
        {
            var end = Math.Min(start + regionSize, size);
            await pace.PayAsync(end - start, ct);
            var sum = TrySum(file, start, end, ct);
            total += sum;
            read += end - start;
            if (report is not null)
                await report(new RegionDigest(start / regionSize, sum ?? 0, sum is not null));
        }
        return new RegionsRead(size, read, total);
    }

    /// <summary>The start of the next region with data; beyond the end where there is none.</summary>
    private static long NextRegion(SafeFileHandle file, long from, long regionSize) =>
        FileCalls.NextData(file, from) is { } data ? data / regionSize * regionSize : long.MaxValue;

    private UInt128? TrySum(SafeFileHandle file, long start, long end, CancellationToken ct)
    {
        // What is still in memory from when it was written says nothing about the disk.
        FileCalls.DropCache(file, start, end - start);
        try
        {
            return BlockDigest.OfRange(file, start, end, buffers, ct);
        }
        catch (IOException)
        {
            // A filesystem with checksums of its own (btrfs) gives an error where the disk has forgotten.
            return null;
        }
    }
}
