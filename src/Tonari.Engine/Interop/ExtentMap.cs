using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Engine.Interop;

/// <summary>Where a stretch of a file lies on the device.</summary>
/// <param name="Start">Offset in the file.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Physical">Offset on the device.</param>
/// <param name="Comparable">Same physical place means same bytes.</param>
internal readonly record struct Extent(long Start, long Length, long Physical, bool Comparable)
{
    public long End => Start + Length;
}

/// <summary>FIEMAP (kernel documentation, filesystems/fiemap): the extents that hold data, in order; holes and unwritten extents are left out.</summary>
internal static unsafe class ExtentMap
{
    private const nuint Fiemap = 0xC020660B;
    private const uint SyncFirst = 1;
    private const int HeaderSize = 32;
    private const int ExtentSize = 56;
    private const uint Last = 0x1;
    private const uint Unwritten = 0x800;
    // Unknown, delayed, encoded, encrypted, not aligned, inline, tail: the place says nothing certain about the bytes.
    private const uint Incomparable = 0x2 | 0x4 | 0x8 | 0x80 | 0x100 | 0x200 | 0x400;

    public static IEnumerable<Extent> Read(SafeFileHandle file, string path) => Read(file, path, 0, long.MaxValue);

    /// <summary>The extents between two offsets, cut to them.</summary>
    public static IEnumerable<Extent> Read(SafeFileHandle file, string path, long from, long to)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(HeaderSize + (EngineLimits.ExtentsPerRequest * ExtentSize));
        try
        {
            var start = from;
            while (start < to)
            {
                var count = Fetch(file, path, buffer, start, to, EngineLimits.ExtentsPerRequest);
                if (count == 0)
                    yield break;
                for (var i = 0; i < count; i++)
                {
                    var (extent, flags) = Decode(buffer, i);
                    start = extent.End;
                    if ((flags & Unwritten) == 0 && extent.End > from && extent.Start < to)
                        yield return Cut(extent, from, to);
                    if ((flags & Last) != 0)
                        yield break;
                }
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>How many extents there are. The kernel walks the map, no memory is needed.</summary>
    public static long Count(SafeFileHandle file, string path) => Fetch(file, path, new byte[HeaderSize], 0, long.MaxValue, 0);

    private static uint Fetch(SafeFileHandle file, string path, byte[] buffer, long start, long end, int capacity)
    {
        fixed (byte* argument = buffer)
        {
            new Span<byte>(argument, HeaderSize).Clear();
            ((ulong*)argument)[0] = (ulong)start;
            ((ulong*)argument)[1] = (ulong)(end - start);
            ((uint*)argument)[4] = SyncFirst;
            ((uint*)argument)[6] = (uint)capacity;
            var pointer = argument;
            Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(file, Fiemap, pointer)), $"read the extent map of '{path}'");
            return ((uint*)argument)[5];
        }
    }

    private static Extent Cut(Extent extent, long from, long to)
    {
        var start = Math.Max(extent.Start, from);
        return new Extent(start, Math.Min(extent.End, to) - start, extent.Physical + (start - extent.Start), extent.Comparable);
    }

    private static (Extent Extent, uint Flags) Decode(byte[] buffer, int index)
    {
        var words = buffer.AsSpan(HeaderSize + (index * ExtentSize), ExtentSize);
        var flags = BitConverter.ToUInt32(words[40..]);
        var extent = new Extent(
            BitConverter.ToInt64(words), BitConverter.ToInt64(words[16..]), BitConverter.ToInt64(words[8..]), (flags & Incomparable) == 0);
        return (extent, flags);
    }
}
