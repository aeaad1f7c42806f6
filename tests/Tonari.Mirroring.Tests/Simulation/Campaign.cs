using System.Collections.Concurrent;
using System.Diagnostics;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>Many histories on all cores. Which ones are played depends on the seeds alone, not on the number of cores.</summary>
internal sealed class Campaign(Protocol rules, int firstSeed, int count)
{
    private static readonly TimeSpan ProgressPause = TimeSpan.FromSeconds(5);

    private readonly Figures figures = new();
    private readonly Stopwatch watch = Stopwatch.StartNew();

    /// <summary>Where a line of progress goes every few seconds; null: nowhere.</summary>
    public Action<string>? Progress { get; init; }

    /// <summary>What the histories consisted of.</summary>
    public Figures Figures => figures;

    public TimeSpan Elapsed => watch.Elapsed;

    /// <summary>The failure with the lowest seed, or null. Nothing higher is begun once there is one.</summary>
    public Failure? Run()
    {
        Failure? found = null;
        var told = TimeSpan.Zero;
        var ranges = Partitioner.Create(firstSeed, firstSeed + count, Math.Clamp(count / 64, 1, 100));
        Parallel.ForEach(ranges, (range, state, _) =>
        {
            var (failure, mine) = Play(range.Item1, range.Item2);
            if (failure is not null) state.Break();
            lock (figures)
            {
                if (failure is not null && !(found?.Plan.Seed < failure.Plan.Seed)) found = failure;
                figures.Add(mine);
                if (watch.Elapsed - told < ProgressPause) return;
                told = watch.Elapsed;
                Progress?.Invoke(Line());
            }
        });
        watch.Stop();
        return found;
    }

    private (Failure? Failure, Figures Figures) Play(int from, int to)
    {
        var mine = new Figures();
        for (var seed = from; seed < to; seed++)
        {
            if (History.Play(Plan.Of(seed), rules, mine) is { } failure) return (failure, mine);
        }

        return (null, mine);
    }

    /// <summary>How far it is, how fast, and how long it will still take.</summary>
    public string Line()
    {
        var rate = figures.Histories / Math.Max(0.001, watch.Elapsed.TotalSeconds);
        var left = TimeSpan.FromSeconds(Math.Max(0, count - figures.Histories) / Math.Max(0.001, rate));
        return string.Create(
            System.Globalization.CultureInfo.InvariantCulture,
            $"{figures.Histories:N0} of {count:N0} histories, {rate:N0} a second, {left:h\\:mm\\:ss} left");
    }
}
