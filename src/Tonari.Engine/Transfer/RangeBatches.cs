namespace Tonari.Engine.Transfer;

/// <summary>Cuts a change list into pieces of work: at most one frame's worth of data each, nothing below the resume point.</summary>
internal static class RangeBatches
{
    /// <summary>Ranges in one batch; bounds the frame headers in its output buffer.</summary>
    public const int MaxRanges = 256;

    public static IEnumerable<IReadOnlyList<ChangedRange>> Cut(IReadOnlyList<ChangedRange> changes, long resumeAt)
    {
        var batch = new List<ChangedRange>();
        long data = 0;
        foreach (var piece in changes.SelectMany(c => Pieces(c, resumeAt)))
        {
            var size = piece.Kind == RangeKind.Data ? piece.Range.Length.Value : 0;
            if (batch.Count == MaxRanges || (batch.Count > 0 && data + size > EngineLimits.MaxFrameData))
            {
                yield return batch;
                batch = [];
                data = 0;
            }
            batch.Add(piece);
            data += size;
        }
        if (batch.Count > 0)
            yield return batch;
    }

    /// <summary>Data bytes of a list, and how many of them lie below the resume point.</summary>
    public static (long Total, long Skipped) CountData(IReadOnlyList<ChangedRange> changes, long resumeAt)
    {
        long total = 0;
        long skipped = 0;
        foreach (var change in changes.Where(c => c.Kind == RangeKind.Data))
        {
            total += change.Range.Length.Value;
            skipped += Math.Clamp(resumeAt - change.Range.Offset.Value, 0, change.Range.Length.Value);
        }
        return (total, skipped);
    }

    private static IEnumerable<ChangedRange> Pieces(ChangedRange change, long resumeAt)
    {
        var start = Math.Max(change.Range.Offset.Value, resumeAt);
        var end = change.Range.End.Value;
        var step = change.Kind == RangeKind.Data ? EngineLimits.MaxFrameData : long.MaxValue;
        while (start < end)
        {
            var next = end - start <= step ? end : start + step;
            yield return new ChangedRange(ByteRange.Between(start, next), change.Kind);
            start = next;
        }
    }
}
