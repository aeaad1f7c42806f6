using System.Diagnostics;

namespace Tonari.Lab.Running;

/// <summary>Waits for conditions, never for time: every wait has a deadline and says what it still missed when that passed.</summary>
public static class Eventually
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Asks again and again until nothing is missing.</summary>
    /// <param name="what">What is awaited, as the end of "Waited … for".</param>
    /// <param name="limit">The deadline, counted from now.</param>
    /// <param name="missing">What is still missing, in words; null once the condition holds. Errors of the network count as missing.</param>
    /// <param name="ct">Ends the wait.</param>
    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">The deadline passed.</exception>
    public static async Task<TimeSpan> TrueAsync(string what, TimeSpan limit, Func<CancellationToken, Task<string?>> missing, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            var left = await AskAsync(missing, ct);
            var elapsed = Stopwatch.GetElapsedTime(started);
            if (left is null) return elapsed;
            if (elapsed > limit) throw new TimeoutException($"Waited {limit.TotalSeconds:0} s for {what}; {left}");
            await Task.Delay(Pause, TimeProvider.System, ct);
        }
    }

    private static async Task<string?> AskAsync(Func<CancellationToken, Task<string?>> missing, CancellationToken ct)
    {
        try
        {
            return await missing(ct);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ProgramFailedException || (e is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return e.Message;
        }
    }
}
