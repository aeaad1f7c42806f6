using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;

namespace Tonari.Engine.Substrates;

/// <summary>Which parts of a file hold data at all, by SEEK_DATA and SEEK_HOLE.</summary>
internal static class AllocatedRanges
{
    /// <summary>Data between two offsets, in order, as (start, end).</summary>
    public static IEnumerable<(long Start, long End)> Between(SafeFileHandle file, long start, long end)
    {
        while (start < end)
        {
            if (FileCalls.NextData(file, start) is not { } data || data >= end)
                yield break;
            var hole = Math.Min(FileCalls.NextHole(file, data) ?? end, end);
            yield return (data, hole);
            start = hole;
        }
    }

    public static IReadOnlyList<ChangedRange> Of(SafeFileHandle file, CancellationToken ct)
    {
        var size = RandomAccess.GetLength(file);
        var list = new ChangeList(size);
        foreach (var (start, end) in Between(file, 0, size))
        {
            ct.ThrowIfCancellationRequested();
            list.Add(start, end, RangeKind.Data);
        }
        return list.Build();
    }

    /// <summary>What these stretches hold, data and holes, all of it.</summary>
    public static IReadOnlyList<ChangedRange> Within(SafeFileHandle file, IReadOnlyList<ByteRange> ranges, CancellationToken ct)
    {
        var list = new ChangeList(RandomAccess.GetLength(file));
        foreach (var range in ranges)
        {
            ct.ThrowIfCancellationRequested();
            var position = range.Offset.Value;
            foreach (var (start, end) in Between(file, position, range.End.Value))
            {
                list.Add(position, start, RangeKind.Hole);
                list.Add(start, end, RangeKind.Data);
                position = end;
            }
            list.Add(position, range.End.Value, RangeKind.Hole);
        }
        return list.Build();
    }

    /// <summary>Without knowing how two images are related: whatever is allocated in either may differ.</summary>
    public static IReadOnlyList<ChangedRange> OfEither(SafeFileHandle from, SafeFileHandle to, CancellationToken ct)
    {
        var size = RandomAccess.GetLength(to);
        var list = new ChangeList(size);
        long position = 0;
        foreach (var (start, end) in Between(to, 0, size).Append((size, size)))
        {
            ct.ThrowIfCancellationRequested();
            // Between two pieces of new data lies a hole: old data there has become zero.
            foreach (var (oldStart, oldEnd) in Between(from, position, Math.Min(start, RandomAccess.GetLength(from))))
                list.Add(oldStart, oldEnd, RangeKind.Hole);
            list.Add(start, end, RangeKind.Data);
            position = end;
        }
        return list.Build();
    }
}
