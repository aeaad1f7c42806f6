namespace Tonari.Cli.Tests.Fixtures;

/// <summary>
/// A clock on which nobody waits: whoever pauses makes the time jump, and the next step of the script happens.
/// A pause after the script has ended is a test that would wait for ever, so it fails.
/// </summary>
internal sealed class ScriptedClock(DateTimeOffset start) : TimeProvider
{
    private readonly Queue<Action> script = new();
    private DateTimeOffset now = start;

    /// <summary>When set, pauses go on after the script's end; for tests of time-outs.</summary>
    public bool Endless { get; set; }

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public ScriptedClock Then(Action step)
    {
        script.Enqueue(step);
        return this;
    }

    public override DateTimeOffset GetUtcNow() => now;

    public override long GetTimestamp() => now.UtcTicks;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        if (dueTime == Timeout.InfiniteTimeSpan)
        {
            return new SpentTimer();
        }

        now += dueTime;
        if (script.TryDequeue(out var step))
        {
            step();
        }
        else if (!Endless)
        {
            throw new InvalidOperationException("The program waits for something that never happens.");
        }

        ThreadPool.QueueUserWorkItem(_ => callback(state));
        return new SpentTimer();
    }

    private sealed class SpentTimer : ITimer
    {
        public bool Change(TimeSpan dueTime, TimeSpan period) => true;

        public void Dispose()
        {
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
