namespace Tonari.Mirroring;

/// <summary>Regions that differ, collected in ascending order. Bounded: where there are too many runs, close ones become one, which names a little too
/// much and never too little.</summary>
/// <param name="mostRuns">1 or more.</param>
public sealed class RegionList(int mostRuns)
{
    private List<RegionRun> _runs = [];
    private long _gap;

    /// <summary>Regions that were added.</summary>
    public long Count { get; private set; }

    /// <summary>Where they are.</summary>
    public IReadOnlyList<RegionRun> Runs => _runs;

    /// <summary>Adds a region behind the last one.</summary>
    public void Add(long index)
    {
        Count++;
        if (_runs is [.., var last] && index <= last.First + last.Count + _gap)
            _runs[^1] = last with { Count = index - last.First + 1 };
        else
            _runs.Add(new RegionRun(index, 1));
        while (_runs.Count > mostRuns)
        {
            _gap = Math.Max(1, _gap * 2);
            _runs = Join(_runs, _gap);
        }
    }

    /// <summary>The same regions in fewer runs.</summary>
    public static IReadOnlyList<RegionRun> Limit(IReadOnlyList<RegionRun> runs, int mostRuns)
    {
        var joined = runs.ToList();
        for (long gap = 1; joined.Count > mostRuns; gap *= 2) joined = Join(joined, gap);
        return joined;
    }

    private static List<RegionRun> Join(List<RegionRun> runs, long gap)
    {
        var joined = new List<RegionRun>();
        foreach (var run in runs)
        {
            if (joined is [.., var last] && run.First <= last.First + last.Count + gap)
                joined[^1] = last with { Count = run.First + run.Count - last.First };
            else
                joined.Add(run);
        }

        return joined;
    }
}
