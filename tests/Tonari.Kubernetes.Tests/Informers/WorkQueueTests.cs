using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Informers;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Informers;

public sealed class WorkQueueTests : IAsyncDisposable
{
    private readonly FakeTimeProvider _time = new();
    private readonly WorkQueue<string> _queue;
    private readonly CancellationTokenSource _end = new();
    private Task _running = Task.CompletedTask;

    public WorkQueueTests() => _queue = new WorkQueue<string>(_time, NullLogger.Instance);

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _running;
        _end.Dispose();
    }

    [Fact]
    public async Task A_key_added_many_times_is_worked_on_once()
    {
        var worked = new ConcurrentQueue<string>();
        for (var i = 0; i < 100; i++)
            _queue.Add("a");
        Run(key => { worked.Enqueue(key); return Task.FromResult<TimeSpan?>(null); });
        await Eventually.TrueAsync(() => _queue.Count == 0, "the queue is empty");
        worked.ShouldBe(["a"]);
    }

    [Fact]
    public async Task A_key_added_while_it_is_worked_on_is_worked_on_once_more_and_never_twice_at_a_time()
    {
        var release = new TaskCompletionSource();
        int runs = 0, atATime = 0, most = 0;
        Run(async _ =>
        {
            most = Math.Max(most, Interlocked.Increment(ref atATime));
            Interlocked.Increment(ref runs);
            await release.Task;
            Interlocked.Decrement(ref atATime);
            return null;
        });
        _queue.Add("a");
        await Eventually.TrueAsync(() => runs == 1, "the first run");
        _queue.Add("a");
        _queue.Add("a");
        await Eventually.QuietAsync();
        runs.ShouldBe(1);
        release.SetResult();
        await Eventually.TrueAsync(() => _queue.Count == 0, "the queue is empty");
        runs.ShouldBe(2);
        most.ShouldBe(1);
    }

    [Fact]
    public async Task A_failing_key_comes_back_with_growing_pauses_and_does_not_hold_up_others()
    {
        var tries = new ConcurrentQueue<TimeSpan>();
        var others = 0;
        var start = _time.GetUtcNow();
        Run(key =>
        {
            if (key == "other")
            {
                Interlocked.Increment(ref others);
                return Task.FromResult<TimeSpan?>(null);
            }
            tries.Enqueue(_time.GetUtcNow() - start);
            return tries.Count < 5 ? throw new InvalidOperationException("not yet") : Task.FromResult<TimeSpan?>(null);
        });
        _queue.Add("bad");
        await Eventually.TrueAsync(() => tries.Count == 1, "the first try");
        _queue.Add("other");
        await Eventually.TrueAsync(() => others == 1, "the other key");
        await Eventually.TrueAsync(() => tries.Count == 5, "five tries", _time, TimeSpan.FromMilliseconds(50));
        var pauses = tries.Zip(tries.Skip(1), (a, b) => (b - a).TotalMilliseconds).ToArray();
        pauses[0].ShouldBeGreaterThanOrEqualTo(250);
        pauses[3].ShouldBeGreaterThanOrEqualTo(2000);
    }

    [Fact]
    public async Task A_key_can_ask_to_be_looked_at_again_later()
    {
        var runs = 0;
        Run(_ => Task.FromResult<TimeSpan?>(++runs == 1 ? TimeSpan.FromMinutes(5) : null));
        _queue.Add("a");
        await Eventually.TrueAsync(() => runs == 1, "the first run");
        await Eventually.QuietAsync();
        runs.ShouldBe(1);
        _time.Advance(TimeSpan.FromMinutes(5));
        await Eventually.TrueAsync(() => runs == 2, "the second run");
    }

    [Fact]
    public async Task An_earlier_wish_wins_over_a_later_one()
    {
        var runs = 0;
        _queue.AddAfter("a", TimeSpan.FromHours(1));
        Run(_ => { runs++; return Task.FromResult<TimeSpan?>(null); });
        await Eventually.QuietAsync();
        runs.ShouldBe(0);
        _queue.Add("a");
        await Eventually.TrueAsync(() => runs == 1, "the run");
    }

    [Fact]
    public async Task No_more_workers_than_asked_for()
    {
        var release = new TaskCompletionSource();
        var atATime = 0;
        Run(async _ => { Interlocked.Increment(ref atATime); await release.Task; return null; }, workers: 3);
        for (var i = 0; i < 10; i++)
            _queue.Add(i.ToString());
        await Eventually.TrueAsync(() => atATime == 3, "three at a time");
        await Eventually.QuietAsync();
        atATime.ShouldBe(3);
        release.SetResult();
        await Eventually.TrueAsync(() => _queue.Count == 0, "the queue is empty");
    }

    private void Run(Func<string, Task<TimeSpan?>> work, int workers = 2) => _running = _queue.RunAsync((key, _) => work(key), workers, _end.Token);
}
