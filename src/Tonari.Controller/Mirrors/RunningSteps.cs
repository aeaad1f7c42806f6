using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>The steps of one mirror that are running or have ended and wait to be noted. Used by one worker only.</summary>
internal sealed partial class RunningSteps(IMirrorEffects effects, WakeSignal wake, ILogger logger) : IAsyncDisposable
{
    private readonly Dictionary<string, Run> _runs = [];

    public IReadOnlyCollection<string> Keys => _runs.Keys;

    public bool Pulling => _runs.Values.Any(run => run.Step is PullGroup && !run.Task.IsCompleted);

    public bool Comparing => _runs.Values.Any(run => run.Step is CompareReplica && !run.Task.IsCompleted);

    public void Start(MirrorStep step, StepContext context, CancellationToken ct)
    {
        LogStarting(logger, context.Policy.MirrorId, step.Key);
        var cancellation = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var task = Task.Run(() => ResultAsync(step, context, cancellation.Token), CancellationToken.None);
        _runs.Add(step.Key, new Run(step, cancellation, task));
        _ = task.ContinueWith(_ => wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>A step that has ended, if there is one. It stays until <see cref="Forget"/>: its result is not lost when noting it fails.</summary>
    public async Task<FinishedStep?> FinishedAsync()
    {
        foreach (var run in _runs.Values)
        {
            if (run.Task.IsCompleted) return new FinishedStep(run.Step, await run.Task);
        }

        return null;
    }

    /// <summary>Lets go of a step that has ended.</summary>
    public void Forget(string key)
    {
        if (_runs.Remove(key, out var run)) run.Cancellation.Dispose();
    }

    /// <summary>Cancels a step and waits until it has really ended, so that what follows does not meet it at work.</summary>
    public async Task CancelAsync(string key)
    {
        if (!_runs.TryGetValue(key, out var run)) return;
        LogCancelling(logger, key);
        await run.Cancellation.CancelAsync();
        await run.Task;
        Forget(key);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var run in _runs.Values) await run.Cancellation.CancelAsync();
        foreach (var key in _runs.Keys.ToList()) await CancelAsync(key);
    }

    private async Task<StepResult?> ResultAsync(MirrorStep step, StepContext context, CancellationToken ct)
    {
        try
        {
            return await effects.RunAsync(step, context, ct);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            return null; // The worker cancelled it and wants no result.
        }
        catch (Exception e)
        {
            LogFailed(logger, context.Policy.MirrorId, step.Key, e);
            return new StepResult.Failed(e is OperationCanceledException ? $"The step \"{step.Key}\" was not answered in time." : e.Message);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Mirror {Mirror}: {Step} begins")]
    private static partial void LogStarting(ILogger logger, string mirror, string step);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Step} is no longer wanted and is cancelled")]
    private static partial void LogCancelling(ILogger logger, string step);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Mirror {Mirror}: {Step} failed")]
    private static partial void LogFailed(ILogger logger, string mirror, string step, Exception e);

    private sealed record Run(MirrorStep Step, CancellationTokenSource Cancellation, Task<StepResult?> Task);
}

/// <summary>A step that has ended.</summary>
/// <param name="Step">Which.</param>
/// <param name="Result">What came of it; null: it was cancelled.</param>
internal sealed record FinishedStep(MirrorStep Step, StepResult? Result);
