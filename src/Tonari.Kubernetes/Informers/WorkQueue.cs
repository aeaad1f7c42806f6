using Microsoft.Extensions.Logging;

namespace Tonari.Kubernetes.Informers;

/// <summary>
/// Keys to look at, each once however often it was added, never two workers on the same key. A key that fails comes back with growing pauses.
/// Bounded by the number of different keys, which is the number of objects.
/// </summary>
/// <typeparam name="TKey">Type of the keys.</typeparam>
#pragma warning disable CA1711 // It is what every Kubernetes controller calls it.
public sealed partial class WorkQueue<TKey>(TimeProvider time, ILogger logger)
#pragma warning restore CA1711
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, Entry> _entries = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>First pause after a failure; doubles up to <see cref="LongestPause"/>.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>See <see cref="FirstPause"/>.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Keys that wait or are being worked on.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _entries.Count;
        }
    }

    /// <summary>Looks at the key as soon as a worker is free, also when it waits for a later time. While it is being worked on: once more after that.</summary>
    public void Add(TKey key) => AddAfter(key, TimeSpan.Zero);

    /// <summary>Looks at the key after this time, or earlier if something else asks for that.</summary>
    public void AddAfter(TKey key, TimeSpan delay)
    {
        var due = time.GetUtcNow() + delay;
        lock (_lock)
        {
            if (!_entries.TryGetValue(key, out var entry))
                _entries[key] = entry = new Entry();
            if (entry.Due is null || due < entry.Due)
                entry.Due = due;
            Pulse();
        }
    }

    /// <summary>
    /// Works on keys until cancelled, then waits for the workers to end. The work says after which time it wants the key again (null: when something
    /// adds it). An exception is logged and the key comes back with growing pauses.
    /// </summary>
    public Task RunAsync(Func<TKey, CancellationToken, Task<TimeSpan?>> work, int workers, CancellationToken ct) =>
        Task.WhenAll(Enumerable.Range(0, workers).Select(_ => WorkAsync(work, ct)));

    private async Task WorkAsync(Func<TKey, CancellationToken, Task<TimeSpan?>> work, CancellationToken ct)
    {
        // The work starts on the pool, not on whoever called RunAsync.
        await Task.Yield();
        while (await TakeAsync(ct) is { } taken)
        {
            try
            {
                var again = await work(taken.Key, ct);
                Done(taken.Key, failed: false, again);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                Done(taken.Key, failed: false, TimeSpan.Zero);
                return;
            }
#pragma warning disable CA1031 // Whatever goes wrong with one key, it is said, tried again, and the others go on.
            catch (Exception e)
#pragma warning restore CA1031
            {
                LogFailure(logger, taken.Key.ToString(), e);
                Done(taken.Key, failed: true, null);
            }
        }
    }

    private async Task<Taken?> TakeAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            Task changed;
            var wait = Timeout.InfiniteTimeSpan;
            lock (_lock)
            {
                if (Next() is { } next)
                {
                    wait = next.Entry.Due!.Value - time.GetUtcNow();
                    if (wait <= TimeSpan.Zero)
                    {
                        next.Entry.Due = null;
                        next.Entry.Working = true;
                        return new Taken(next.Key);
                    }
                }
                changed = _changed.Task;
            }
            using var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            await Task.WhenAny(changed, Task.Delay(wait, time, end.Token));
            await end.CancelAsync();
        }
        return null;
    }

    private (TKey Key, Entry Entry)? Next()
    {
        (TKey Key, Entry Entry)? next = null;
        foreach (var (key, entry) in _entries)
        {
            if (entry is { Working: false, Due: { } due } && (next is null || due < next.Value.Entry.Due))
                next = (key, entry);
        }
        return next;
    }

    private void Done(TKey key, bool failed, TimeSpan? again)
    {
        lock (_lock)
        {
            var entry = _entries[key];
            entry.Working = false;
            if (failed)
                again = BackOff.Pause(entry.Failures++, FirstPause, LongestPause);
            else
                entry.Failures = 0;
            if (again is { } delay)
            {
                var due = time.GetUtcNow() + delay;
                // A change that came in while a failing key was worked on does not shorten its pause.
                if (failed || entry.Due is null || due < entry.Due)
                    entry.Due = due;
            }
            if (entry.Due is null)
                _entries.Remove(key);
            Pulse();
        }
    }

    private void Pulse()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.TrySetResult();
    }

    private sealed class Entry
    {
        public DateTimeOffset? Due { get; set; }

        public bool Working { get; set; }

        public int Failures { get; set; }
    }

    private sealed record Taken(TKey Key);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Key} failed and is tried again.")]
    private static partial void LogFailure(ILogger logger, string? key, Exception exception);
}
