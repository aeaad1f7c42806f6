using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Controller.Mirrors;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

/// <summary>Two clusters and the link between them, each kept going by real workers with the real planner.</summary>
internal sealed class World : IAsyncDisposable
{
    // Real time that a story may take before it counts as stuck.
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private readonly CancellationTokenSource _end = new();
    private readonly List<Task> _keepers = [];
    private readonly ConcurrentQueue<string> _steps = new();

    public World()
    {
        Blue.Changed = Green.Changed = () => Wake();
    }

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));

    public Side Blue { get; } = new("blue", "green", MirrorRole.Primary) { Live = "rows", Running = true };

    public Side Green { get; } = new("green", "blue", MirrorRole.Secondary);

    public bool LinkUp { get; set; } = true;

    /// <summary>The application ran on both sides at once although nobody failed over.</summary>
    public bool TwoCopiesRan { get; private set; }

    public int Deaths { get; private set; }

    public string DiedAt { get; private set; } = "";

    public ConcurrentDictionary<Side, MemoryRecord> Records { get; } = [];

    public bool Kept => _keepers.Count > 0;

    public Dictionary<Side, Func<MirrorStep, StepContext, CancellationToken, Task<StepResult?>>> Instead { get; } = [];

    public Dictionary<Side, Action<MirrorStatus>> BeforeWrite { get; } = [];

    private Action Wake { get; set; } = () => { };

    public void Began(Side side, MirrorStep step) => _steps.Enqueue($"{side.Name}: {step.Key}");

    public int Count(Side side, string step) => _steps.Count(entry => entry.StartsWith($"{side.Name}: {step}", StringComparison.Ordinal));

    public void StartApplication(Side side)
    {
        side.Live.ShouldNotBeNull();
        side.Running = true;
        if (Blue.Running && Green.Running) TwoCopiesRan = true;
    }

    public PeerView ViewFor(Side side)
    {
        var peer = side == Blue ? Green : Blue;
        var status = peer.Status;
        return new PeerView
        {
            Reachable = LinkUp,
            Deleted = side.PeerDeleted,
            HasMirror = peer.Policy is not null,
            Role = status.Role,
            Epoch = status.Epoch,
            Snapshots = [.. status.Snapshots.Select(snapshot => snapshot.Name)],
            Application = status.Application,
            ApplicationSince = status.ApplicationSince,
            HoldOperation = status.Hold?.OperationId,
            HandoverOperation = status.HandoverOperation,
            Paused = peer.Policy?.Paused ?? false,
            OperationId = status.Operation?.Request.Id,
            Finished = status.History is [.., var last] ? new FinishedOperation(last.Id, last.Succeeded, last.Message) : null,
        };
    }

    /// <summary>Keeps a side's worker alive; its first life ends at the given point.</summary>
    public void Keep(Side side, int? dieAt = null) => _keepers.Add(Task.Run(() => KeepAsync(side, dieAt)));

    /// <summary>Lets time pass until something is so.</summary>
    public async Task UntilAsync(Func<bool> so, string what)
    {
        var deadline = TimeProvider.System.GetTimestamp();
        while (!so())
        {
            if (_keepers.FirstOrDefault(keeper => keeper.IsFaulted) is { } broken) await broken;
            if (TimeProvider.System.GetElapsedTime(deadline) > Deadline)
            {
                throw new TimeoutException(
                    $"Not reached: {what}. Died at: {DiedAt}.\nblue: {Blue.Status}\ngreen: {Green.Status}\n{string.Join('\n', _steps.TakeLast(30))}");
            }

            Time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, _end.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        foreach (var keeper in _keepers)
        {
            try
            {
                await keeper;
            }
            catch (OperationCanceledException)
            {
                // Ended as asked.
            }
        }

        _end.Dispose();
    }

    private async Task KeepAsync(Side side, int? dieAt)
    {
        while (true)
        {
            using var life = new Incarnation(dieAt);
            using var ending = _end.Token.Register(life.End);
            var effects = new MemoryEffects(this, side, side == Blue ? Green : Blue, life);
            if (Instead.TryGetValue(side, out var instead)) effects.Instead = instead;
            var record = new MemoryRecord(this, side, life);
            if (BeforeWrite.TryGetValue(side, out var before)) record.BeforeWrite = before;
            Records[side] = record;
            var worker = new MirrorWorker(record, effects, Time, NullLogger<MirrorWorker>.Instance);
            Wake += worker.Wake;
            try
            {
                await worker.RunAsync(life.Token);
                return;
            }
            catch (OperationCanceledException) when (life.Died)
            {
                Deaths++;
                DiedAt = life.DiedAt;
                dieAt = null;
            }
        }
    }
}
