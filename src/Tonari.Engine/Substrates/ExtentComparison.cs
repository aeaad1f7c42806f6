using Tonari.Engine.Interop;

namespace Tonari.Engine.Substrates;

/// <summary>Compares two extent maps: where both map a logical range to the same physical blocks, the bytes are the same, because neither file has
/// been written since it was made. Everything else may differ.</summary>
internal static class ExtentComparison
{
    public static void Compare(IEnumerable<Extent> older, IEnumerable<Extent> newer, ChangeList changes, CancellationToken ct)
    {
        using var old = older.GetEnumerator();
        using var current = newer.GetEnumerator();
        var left = Next(old);
        var right = Next(current);
        long position = 0;
        while (left is not null || right is not null)
        {
            ct.ThrowIfCancellationRequested();
            var start = Math.Max(position, Math.Min(left?.Start ?? long.MaxValue, right?.Start ?? long.MaxValue));
            var end = Math.Min(Boundary(left, start), Boundary(right, start));
            var inLeft = left is { } l && l.Start <= start;
            var inRight = right is { } r && r.Start <= start;
            if (!inRight)
                changes.Add(start, end, RangeKind.Hole);
            else if (!inLeft || !Same(left!.Value, right!.Value, start))
                changes.Add(start, end, RangeKind.Data);
            position = end;
            left = Advance(left, end, old);
            right = Advance(right, end, current);
        }
    }

    /// <summary>The next offset after <paramref name="start"/> where this map begins or ends an extent.</summary>
    private static long Boundary(Extent? extent, long start) => extent switch
    {
        null => long.MaxValue,
        { } e when e.Start > start => e.Start,
        { } e => e.End,
    };

    private static bool Same(Extent left, Extent right, long offset) =>
        left.Comparable && right.Comparable && left.Physical + (offset - left.Start) == right.Physical + (offset - right.Start);

    private static Extent? Advance(Extent? extent, long end, IEnumerator<Extent> source) => extent is { } e && e.End <= end ? Next(source) : extent;

    private static Extent? Next(IEnumerator<Extent> source) => source.MoveNext() ? source.Current : null;
}
