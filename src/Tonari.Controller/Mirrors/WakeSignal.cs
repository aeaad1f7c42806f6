namespace Tonari.Controller.Mirrors;

/// <summary>
/// Says that there is something to look at. Any number of wakes before the next look count as one, so nothing queues up.
/// Whoever waits calls <see cref="Reset"/> first and looks afterwards: a wake in between is not lost.
/// </summary>
internal sealed class WakeSignal
{
    private TaskCompletionSource _set = New();

    public void Set() => Volatile.Read(ref _set).TrySetResult();

    public void Reset()
    {
        if (Volatile.Read(ref _set).Task.IsCompleted) Volatile.Write(ref _set, New());
    }

    /// <summary>Returns when set, or when the time is over.</summary>
    public async Task WaitAsync(TimeSpan atMost, TimeProvider time, CancellationToken ct)
    {
        if (atMost <= TimeSpan.Zero) return;
        try
        {
            await Volatile.Read(ref _set).Task.WaitAsync(atMost, time, ct);
        }
        catch (TimeoutException)
        {
            // The time is over: look again.
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
