using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Proof;

/// <summary>Carries what healing has changed over to another image: where that holds the damaged block, it gets the healed one. Whether the result is
/// right, its digest says afterwards.</summary>
internal static class BlockMending
{
    private const int Stretch = EngineLimits.MaxFrameData;

    public static void Run(
        PoolFiles files, TransferBuffers buffers, string damagedImage, string healedImage, string targetImage, IReadOnlyList<ByteRange> ranges, CancellationToken ct)
    {
        using var damaged = PoolFiles.OpenImage(damagedImage, writable: false);
        using var healed = PoolFiles.OpenImage(healedImage, writable: false);
        using var target = PoolFiles.OpenImage(targetImage, writable: true);
        using var old = buffers.Rent(Stretch);
        using var right = buffers.Rent(Stretch);
        using var own = buffers.Rent(Stretch);
        files.Step($"write {targetImage}");
        foreach (var range in ranges)
        {
            var end = Math.Min(range.End.Value, RandomAccess.GetLength(target));
            for (var start = range.Offset.Value; start < end; start += Stretch)
            {
                ct.ThrowIfCancellationRequested();
                var length = (int)Math.Min(Stretch, end - start);
                ImageIo.ReadExactly(healed, right.Span[..length], start);
                var unreadableOld = ReadBlocks(damaged, old.Span[..length], start);
                var unreadableOwn = ReadBlocks(target, own.Span[..length], start);
                for (var at = 0; at < length; at += EngineLimits.BlockSize)
                {
                    var block = at / EngineLimits.BlockSize;
                    var same = unreadableOld.Contains(block)
                        ? unreadableOwn.Contains(block)
                        : !unreadableOwn.Contains(block) && Block(old, at).SequenceEqual(Block(own, at)) && !Block(old, at).SequenceEqual(Block(right, at));
                    if (same)
                        ImageIo.Write(target, right.Memory.Slice(at, EngineLimits.BlockSize), start + at, targetImage);
                }
            }
        }
        files.Step($"sync {targetImage}");
        FileCalls.Sync(target, targetImage);
    }

    private static Span<byte> Block(TransferBuffers.Lease lease, int at) => lease.Span.Slice(at, EngineLimits.BlockSize);

    /// <returns>The blocks of the stretch that the disk does not give.</returns>
    private static HashSet<int> ReadBlocks(SafeFileHandle file, Span<byte> span, long offset)
    {
        var unreadable = new HashSet<int>();
        try
        {
            ImageIo.ReadExactly(file, span, offset);
            return unreadable;
        }
        catch (IOException)
        {
            // Some of it; block by block then.
        }
        for (var at = 0; at < span.Length; at += EngineLimits.BlockSize)
        {
            try
            {
                ImageIo.ReadExactly(file, span.Slice(at, EngineLimits.BlockSize), offset + at);
            }
            catch (IOException)
            {
                span.Slice(at, EngineLimits.BlockSize).Clear();
                unreadable.Add(at / EngineLimits.BlockSize);
            }
        }
        return unreadable;
    }
}
