using Microsoft.Extensions.Time.Testing;

namespace Tonari.Testing;

/// <summary>Waits for conditions with a deadline, instead of sleeping.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(2);

    /// <summary>Returns when the condition holds.</summary>
    /// <exception cref="TimeoutException">It never did.</exception>
    public static Task TrueAsync(Func<bool> condition, string what, TimeSpan? deadline = null) =>
        WaitAsync(condition, what, () => { }, deadline ?? Deadline);

    /// <summary>Returns when the condition holds, while a fake clock goes on in steps.</summary>
    /// <exception cref="TimeoutException">It never did.</exception>
    public static Task TrueAsync(Func<bool> condition, string what, FakeTimeProvider time, TimeSpan step) =>
        WaitAsync(condition, what, () => time.Advance(step), Deadline);

    /// <summary>Lets everything that is ready run for a moment: for saying that something did not happen.</summary>
    public static async Task QuietAsync()
    {
        for (var i = 0; i < 20; i++)
            await Task.Delay(Look, TimeProvider.System);
    }

    private static async Task WaitAsync(Func<bool> condition, string what, Action between, TimeSpan limit)
    {
        var started = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            if (TimeProvider.System.GetElapsedTime(started) > limit)
                throw new TimeoutException($"Waited in vain: {what}");
            between();
            await Task.Delay(Look, TimeProvider.System);
        }
    }
}
