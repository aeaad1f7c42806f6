using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>
/// Keeps one mirror going: gather, decide, act. Its only memory that matters is the object's status; a worker that ends at any point is
/// replaced by another that begins with what is written there, and the worst that happens is that a step is done again.
/// </summary>
internal sealed partial class MirrorWorker(IMirrorRecord record, IMirrorEffects effects, TimeProvider time, ILogger<MirrorWorker> logger)
{
    private readonly WakeSignal _wake = new();
    private readonly Dictionary<string, DateTimeOffset> _notBefore = [];
    private IReadOnlyList<MirrorTransfer> _transfers = [];
    private MirrorVerificationProgress? _verification;
    private DateTimeOffset _touchedAt = DateTimeOffset.MinValue;

    // A list may come from a cache that is older than what a predecessor wrote, so the first look asks the API server itself.
    private bool _refresh = true;

    /// <summary>The object or what is known of the peer may have changed. Cheap; from any thread.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Runs until the object is gone or the token is cancelled; no step outlives it.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        await using var steps = new RunningSteps(effects, _wake, logger);
        var pause = TimeSpan.Zero;
        while (true)
        {
            ct.ThrowIfCancellationRequested();
            _wake.Reset();
            try
            {
                var sleep = await TurnAsync(steps, ct);
                if (sleep is null) return;
                pause = TimeSpan.Zero;
                await _wake.WaitAsync(sleep.Value, time, ct);
            }
            catch (Exception e) when (!ct.IsCancellationRequested)
            {
                // Running steps go on meanwhile: what is written last still wants them.
                pause = pause == TimeSpan.Zero ? MirrorWorkerLimits.FirstPause : Shorter(2 * pause, MirrorWorkerLimits.LongestPause);
                LogTurnFailed(logger, pause.TotalSeconds, e);
                _refresh = true;
                await Task.Delay(pause, time, ct);
            }
        }
    }

    /// <summary>One look at everything. How long nothing is to be done: zero to look again at once; null: the object is gone.</summary>
    private async Task<TimeSpan?> TurnAsync(RunningSteps steps, CancellationToken ct)
    {
        if (_refresh)
        {
            await record.RefreshAsync(ct);
            _refresh = false;
        }

        if (record.Read() is not { } reading) return null;
        var now = time.GetUtcNow();
        var decision = reading.Policy is { } policy
            ? MirrorPlanner.Decide(policy, reading.Status, reading.Peer, now)
            : new Decision(null, [], null);

        if (decision.Next is { } next) return await AdvanceAsync(reading, next, now, ct);
        if (await steps.FinishedAsync() is { } finished) return await NoteAsync(steps, finished, reading, decision, now, ct);

        var unwanted = steps.Keys.Where(key => decision.Steps.All(step => step.Key != key)).ToList();
        if (unwanted.Count > 0)
        {
            // Time has passed when they have ended: look again before anything new begins.
            foreach (var key in unwanted) await steps.CancelAsync(key);
            return TimeSpan.Zero;
        }

        var wakeAt = Start(steps, decision, reading, now, ct);
        return await TouchAsync(steps, reading, wakeAt, now, ct);
    }

    private async Task<TimeSpan?> AdvanceAsync(MirrorReading reading, MirrorStatus next, DateTimeOffset now, CancellationToken ct)
    {
        if (await WriteAsync(reading, next, now, ct) == WriteOutcome.Unchanged)
            throw new InvalidOperationException("The planner asks again and again for the status that is already written.");
        return TimeSpan.Zero;
    }

    /// <summary>
    /// Notes a step's result on the freshest status, and only if that status still wants the step: a result that arrives after the user
    /// paused, a promotion began or the sync was replaced speaks of a situation that no longer exists, and if the step is wanted
    /// again later it is simply done again. If someone else writes first, the result is kept and judged anew.
    /// </summary>
    private async Task<TimeSpan?> NoteAsync(
        RunningSteps steps, FinishedStep finished, MirrorReading reading, Decision decision, DateTimeOffset now, CancellationToken ct)
    {
        var key = finished.Step.Key;
        if (finished.Result is null || decision.Steps.All(step => step.Key != key))
        {
            LogDropped(logger, key);
            steps.Forget(key);
            return TimeSpan.Zero;
        }

        var next = MirrorPlanner.Complete(reading.Policy!, reading.Status, reading.Peer, finished.Step, finished.Result, now);
        if (next == reading.Status)
        {
            _notBefore[key] = now + MirrorWorkerLimits.RepeatPause;
            steps.Forget(key);
            return TimeSpan.Zero;
        }

        var outcome = await WriteAsync(reading, next, now, ct);
        if (outcome == WriteOutcome.Written)
        {
            LogEnded(logger, reading.Policy!.MirrorId, key, finished.Result);
            steps.Forget(key);
        }

        return TimeSpan.Zero;
    }

    private DateTimeOffset? Start(RunningSteps steps, Decision decision, MirrorReading reading, DateTimeOffset now, CancellationToken ct)
    {
        foreach (var past in _notBefore.Where(entry => entry.Value <= now).Select(entry => entry.Key).ToList()) _notBefore.Remove(past);

        var wakeAt = decision.WakeAt;
        foreach (var step in decision.Steps.Where(step => !steps.Keys.Contains(step.Key)))
        {
            if (_notBefore.TryGetValue(step.Key, out var notBefore))
                wakeAt = wakeAt < notBefore ? wakeAt : notBefore;
            else
                steps.Start(step, new StepContext(reading, reading.Policy!, new Sink(this)) { Verification = new VerificationSink(this) }, ct);
        }

        if (!steps.Pulling) Volatile.Write(ref _transfers, []);
        if (!steps.Comparing) Volatile.Write(ref _verification, null);
        return wakeAt;
    }

    /// <summary>Brings what is derived up to date (progress, health), not too often, and says how long to sleep.</summary>
    private async Task<TimeSpan?> TouchAsync(
        RunningSteps steps, MirrorReading reading, DateTimeOffset? wakeAt, DateTimeOffset now, CancellationToken ct)
    {
        var touchAt = _touchedAt == DateTimeOffset.MinValue || IsNews(reading) ? now : _touchedAt + MirrorWorkerLimits.ProgressPause;
        var tooSoon = touchAt > now;
        if (!tooSoon)
        {
            _touchedAt = now;
            if (await WriteAsync(reading, reading.Status, now, ct) is WriteOutcome.Conflict or WriteOutcome.Gone) return TimeSpan.Zero;
            touchAt = now + MirrorWorkerLimits.ProgressPause;
        }

        var sleep = MirrorWorkerLimits.LongestSleep;
        if (wakeAt is { } at) sleep = Shorter(sleep, at - now);
        if (steps.Pulling || steps.Comparing || tooSoon) sleep = Shorter(sleep, touchAt - now);
        return sleep > MinimumSleep ? sleep : MinimumSleep;
    }

    /// <summary>What a user has changed here, or what the other side has become, is told at once; progress and ages can wait.</summary>
    private static bool IsNews(MirrorReading reading)
    {
        return reading.Mirror is { Status: { } status, Metadata.Generation: var generation }
            && (status.ObservedGeneration != generation || (reading.Peer is { } peer && Become(peer) != Become(status.Peer)));

        static (bool, bool, MirrorRole, long, bool, ApplicationRun)? Become(PeerView? peer) =>
            peer is null ? null : (peer.Reachable, peer.HasMirror, peer.Role, peer.Epoch, peer.Paused, peer.Application);
    }

    // A wake time that has passed already was meant to be acted on in this very turn; asking again at once would only burn time.
    private static readonly TimeSpan MinimumSleep = TimeSpan.FromMilliseconds(10);

    private async Task<WriteOutcome> WriteAsync(MirrorReading reading, MirrorStatus status, DateTimeOffset now, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(MirrorWorkerLimits.WriteTimeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        var write = new MirrorWrite(status, Volatile.Read(ref _transfers), now) { Verification = Volatile.Read(ref _verification) };
        var outcome = await record.WriteAsync(reading, write, either.Token);
        if (outcome is WriteOutcome.Conflict or WriteOutcome.Gone) _refresh = true;
        return outcome;
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    [LoggerMessage(Level = LogLevel.Information, Message = "Mirror {Mirror}: {Step} ended with {Result}")]
    private static partial void LogEnded(ILogger logger, string mirror, string step, StepResult result);

    [LoggerMessage(Level = LogLevel.Information, Message = "The result of {Step} is no longer wanted and is dropped")]
    private static partial void LogDropped(ILogger logger, string step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A turn failed; the next one in {Seconds} s")]
    private static partial void LogTurnFailed(ILogger logger, double seconds, Exception e);

    private sealed class Sink(MirrorWorker worker) : IProgress<IReadOnlyList<MirrorTransfer>>
    {
        // Only kept; the worker looks every few seconds while something is being pulled.
        public void Report(IReadOnlyList<MirrorTransfer> value) => Volatile.Write(ref worker._transfers, value);
    }

    private sealed class VerificationSink(MirrorWorker worker) : IProgress<MirrorVerificationProgress>
    {
        public void Report(MirrorVerificationProgress value) => Volatile.Write(ref worker._verification, value);
    }
}
