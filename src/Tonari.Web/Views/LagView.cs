using Tonari.Web.Changes;

namespace Tonari.Web.Views;

/// <summary>How far behind a mirror was over a time. Between two samples its lag grows or falls in a straight line.</summary>
/// <param name="From">Begin of the time.</param>
/// <param name="To">Its end: now.</param>
/// <param name="WantedSeconds">How old the newest group snapshot may become, seconds.</param>
/// <param name="CurrentSeconds">The lag now, seconds; null: no group snapshot is complete on the other side.</param>
/// <param name="WorstSeconds">The greatest lag in that time, seconds; null: none is known.</param>
/// <param name="LateSeconds">How much of that time it was greater than wanted, seconds.</param>
/// <param name="Samples">The corners of the line, oldest first; two of the same moment where a sync made it fall.</param>
public sealed record LagView(
    DateTimeOffset From, DateTimeOffset To, double WantedSeconds, double? CurrentSeconds, double? WorstSeconds, double LateSeconds,
    IReadOnlyList<LagSample> Samples)
{
    /// <summary>Derives the view.</summary>
    /// <param name="points">What is known, oldest first.</param>
    /// <param name="wantedSeconds">How old it may become, seconds.</param>
    /// <param name="now">End of the time.</param>
    /// <param name="window">Length of the time.</param>
    internal static LagView Of(IReadOnlyList<LagPoint> points, double wantedSeconds, DateTimeOffset now, TimeSpan window)
    {
        var from = now - window;
        var samples = new List<LagSample>();
        var late = 0.0;
        for (var i = 0; i < points.Count; i++)
        {
            var (begin, end) = (Later(points[i].At, from), i + 1 < points.Count ? points[i + 1].At : now);
            if (end <= from || begin > now)
                continue;
            samples.Add(new LagSample(begin, Lag(points[i], begin)));
            samples.Add(new LagSample(end, Lag(points[i], end)));
            if (points[i].ProtectedAt is { } at)
                late += Math.Max(0, (end - Later(begin, at.AddSeconds(wantedSeconds))).TotalSeconds);
        }
        return new LagView(
            from, now, wantedSeconds, points.Count > 0 ? Lag(points[^1], now) : null, samples.Max(s => s.LagSeconds), late, samples);
    }

    private static double? Lag(LagPoint point, DateTimeOffset at) => point.ProtectedAt is { } p ? Math.Max(0, (at - p).TotalSeconds) : null;

    private static DateTimeOffset Later(DateTimeOffset a, DateTimeOffset b) => a > b ? a : b;
}

/// <summary>A corner of the line.</summary>
/// <param name="At">The moment.</param>
/// <param name="LagSeconds">The lag at it, seconds; null: no group snapshot was complete on the other side.</param>
public sealed record LagSample(DateTimeOffset At, double? LagSeconds);
