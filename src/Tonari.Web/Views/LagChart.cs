using System.Globalization;
using System.Text;

namespace Tonari.Web.Views;

/// <summary>A lag over time as lines and areas, in a field of <see cref="Width"/> by <see cref="Height"/> units whose origin is at the top left.</summary>
/// <param name="Line">Path of the lag.</param>
/// <param name="Above">Path of what is above the target: the area between line and target.</param>
/// <param name="TargetY">Where the target is, units from the top.</param>
/// <param name="Lags">Marks of the upright axis.</param>
/// <param name="Ages">Marks of the lower axis.</param>
public sealed record LagChart(string Line, string Above, double TargetY, IReadOnlyList<ChartMark> Lags, IReadOnlyList<ChartMark> Ages)
{
    /// <summary>Width of the field, units.</summary>
    public const double Width = 1000;

    /// <summary>Height of the field, units.</summary>
    public const double Height = 200;

    // Steps that people count time in, seconds.
    private static readonly double[] Steps =
        [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400, 172800, 604800, 1209600, 2592000];

    /// <summary>Draws it.</summary>
    public static LagChart Of(LagView lag)
    {
        var window = (lag.To - lag.From).TotalSeconds;
        var top = 1.15 * Math.Max(lag.WantedSeconds * 1.1, lag.WorstSeconds ?? 0);
        double X(DateTimeOffset at) => Width * (at - lag.From).TotalSeconds / window;
        double Y(double seconds) => Height - (Height * seconds / top);
        return new LagChart(
            Path(lag.Samples, X, Y),
            Area(lag, X, Y),
            Y(lag.WantedSeconds),
            [.. Marks(top, 4).Select(s => new ChartMark(Y(s), s))],
            [.. Marks(window, 4).Select(s => new ChartMark(Width - (Width * s / window), s))]);
    }

    private static IEnumerable<double> Marks(double end, int most)
    {
        var step = Steps.FirstOrDefault(s => end / s <= most, Math.Ceiling(end / most / 86400) * 86400);
        for (var at = 0.0; at <= end; at += step)
            yield return at;
    }

    // Pairs of samples are straight lines; a new pair begins where the last one ended, or after a gap.
    private static string Path(IReadOnlyList<LagSample> samples, Func<DateTimeOffset, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        LagSample? last = null;
        foreach (var sample in samples)
        {
            if (sample.LagSeconds is { } lag)
                path.Append(CultureInfo.InvariantCulture, $"{(last?.LagSeconds is null ? 'M' : 'L')}{x(sample.At):0.##} {y(lag):0.##}");
            last = sample;
        }
        return path.ToString();
    }

    // Each rise of the saw that goes over the target is a figure of its own: from where it crosses, up, and down again.
    private static string Area(LagView lag, Func<DateTimeOffset, double> x, Func<double, double> y)
    {
        var path = new StringBuilder();
        for (var i = 0; i + 1 < lag.Samples.Count; i += 2)
        {
            if ((lag.Samples[i], lag.Samples[i + 1]) is not ({ LagSeconds: { } from } begin, { LagSeconds: { } to } end) || to <= lag.WantedSeconds)
                continue;
            var crosses = from >= lag.WantedSeconds ? begin.At : end.At.AddSeconds(lag.WantedSeconds - to);
            path.Append(
                CultureInfo.InvariantCulture,
                $"M{x(crosses):0.##} {y(lag.WantedSeconds):0.##}V{y(Math.Max(from, lag.WantedSeconds)):0.##}L{x(end.At):0.##} {y(to):0.##}V{y(lag.WantedSeconds):0.##}Z");
        }
        return path.ToString();
    }
}

/// <summary>A mark of an axis.</summary>
/// <param name="At">Where, units from the left or the top.</param>
/// <param name="Seconds">What it stands for, seconds.</param>
public sealed record ChartMark(double At, double Seconds);
