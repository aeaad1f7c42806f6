using System.Diagnostics;

namespace Tonari.Engine.Substrates;

/// <summary>Collects changed ranges into a sorted, disjoint list of whole blocks within an image. Bounded: when there are too many, close
/// neighbours become one range, which sends a little too much but never too little.</summary>
internal sealed class ChangeList(long imageSize, int maxRanges = EngineLimits.MaxChangedRanges)
{
    private readonly List<Piece> _pieces = [];
    private long _mergeGap;
    private bool _sorted = true;

    public void Add(long start, long end, RangeKind kind)
    {
        const long mask = EngineLimits.BlockSize - 1;
        start &= ~mask;
        end = Math.Min((end + mask) & ~mask, imageSize);
        if (start >= end)
            return;
        if (_pieces.Count > 0 && TryExtendLast(start, end, kind))
            return;
        _sorted &= _pieces.Count == 0 || start >= _pieces[^1].End;
        _pieces.Add(new Piece(start, end, kind));
        if (_pieces.Count > maxRanges)
            Compact();
    }

    public IReadOnlyList<ChangedRange> Build()
    {
        Normalize();
        var result = new ChangedRange[_pieces.Count];
        for (var i = 0; i < result.Length; i++)
            result[i] = new ChangedRange(ByteRange.Between(_pieces[i].Start, _pieces[i].End), _pieces[i].Kind);
        return result;
    }

    private bool TryExtendLast(long start, long end, RangeKind kind)
    {
        var last = _pieces[^1];
        if (start < last.Start || start > last.End + _mergeGap)
            return false;
        if (start > last.End || kind != last.Kind)
        {
            if (_mergeGap == 0)
                return false;
            kind = RangeKind.Data;
        }
        _pieces[^1] = new Piece(last.Start, Math.Max(last.End, end), kind);
        return true;
    }

    private void Compact()
    {
        while (true)
        {
            Normalize();
            if (_pieces.Count <= maxRanges / 2)
                return;
            _mergeGap = Math.Max(EngineLimits.BlockSize, _mergeGap * 2);
            Merge(_mergeGap);
        }
    }

    private void Normalize()
    {
        if (!_sorted)
            _pieces.Sort((a, b) => a.Start.CompareTo(b.Start));
        _sorted = true;
        Merge(0);
    }

    /// <summary>Sorted in, disjoint out. Where a hole and data overlap, data wins: it is read, and zeros are found then.</summary>
    private void Merge(long gap)
    {
        var kept = 0;
        foreach (var piece in _pieces.ToArray())
        {
            if (kept == 0)
            {
                _pieces[kept++] = piece;
                continue;
            }
            var last = _pieces[kept - 1];
            if (piece.Start > last.End + gap || (piece.Start >= last.End && piece.Kind != last.Kind && gap == 0))
            {
                _pieces[kept++] = piece;
                continue;
            }
            var kind = piece.Kind == last.Kind && piece.Start <= last.End ? piece.Kind : RangeKind.Data;
            _pieces[kept - 1] = new Piece(last.Start, Math.Max(last.End, piece.End), kind);
        }
        _pieces.RemoveRange(kept, _pieces.Count - kept);
        Debug.Assert(_pieces.Count == kept, "The list was cut to what was kept.");
    }

    private readonly record struct Piece(long Start, long End, RangeKind Kind);
}
