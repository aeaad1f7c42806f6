using Tonari.Cli.Rendering;
using Tonari.Cli.Terminal;
using Tonari.Kubernetes.Api;

namespace Tonari.Cli.Waiting;

/// <summary>One look at what is waited for.</summary>
/// <param name="Moment">What to show.</param>
/// <param name="Finished">There is nothing more to wait for.</param>
internal sealed record Look(ProgressMoment Moment, bool Finished);

/// <summary>
/// Looks again and again until it is finished. Reading twice a second rather than watching: a watch that ends silently looks like nothing happening,
/// and one small read is no burden. A lost connection is told once and waited out; what was asked for goes on without us.
/// </summary>
internal static class Polling
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(500);

    // While the API server cannot be reached there is no point in asking at full speed.
    private static readonly TimeSpan IntervalWhileLost = TimeSpan.FromSeconds(2);

    /// <returns>Whether it finished within the time.</returns>
    public static async Task<bool> UntilFinishedAsync(
        Func<CancellationToken, Task<Look>> look, IProgressDisplay display, TimeProvider clock, TimeSpan? timeout, CancellationToken ct)
    {
        var started = clock.GetTimestamp();
        var lost = false;
        while (true)
        {
            var pause = Interval;
            try
            {
                var seen = await look(ct);
                if (lost)
                {
                    display.Show(seen.Moment with { Changes = [new Line("The API server answers again."), .. seen.Moment.Changes] });
                }
                else
                {
                    display.Show(seen.Moment);
                }

                lost = false;
                if (seen.Finished)
                {
                    return true;
                }
            }
            catch (ApiUnavailableException)
            {
                if (!lost)
                {
                    var line = new Line(new Span("The API server does not answer; waiting for it. What was asked for goes on meanwhile.", Tone.Warning));
                    display.Show(new ProgressMoment([line], [line]));
                }

                lost = true;
                pause = IntervalWhileLost;
            }

            if (timeout is { } limit && clock.GetElapsedTime(started) + pause > limit)
            {
                return false;
            }

            await Task.Delay(pause, clock, ct);
        }
    }
}
