using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Workloads;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>The steps that stop, start and wait for the application's workloads, and run its hooks.</summary>
internal sealed class ApplicationSteps(
    LocalApplications applications, ApplicationWorkloads workloads, HookRunner hooks, LocalVolumes volumes, TimeProvider time) : IMirrorStepHandler
{
    /// <summary>How often it is looked whether pods have ended or become ready: this is downtime that a user waits for.</summary>
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(250);

    /// <summary>How long a step looks before it says what it waits for.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) => step switch
    {
        StopApplication stop => StopAsync(stop, context, ct),
        StartApplication => StartAsync(context, ct),
        AwaitReady => AwaitReadyAsync(context, ct),
        RunHooks run => RunHooksAsync(run, context, ct),
        _ => null,
    };

    private async Task<StepResult> StopAsync(StopApplication step, StepContext context, CancellationToken ct)
    {
        var application = await applications.ReadAsync(context, ct);
        IReadOnlyList<HookRecord> records = [];
        if (step.RunHooks)
        {
            var outcome = await RunAsync(application, HookStage.PreFailOver, ct);
            if (outcome.Problem is { } problem) return new StepResult.Refused(problem);
            records = outcome.Records;
        }

        var started = time.GetTimestamp();
        while (true)
        {
            // Stopped again each time: what an operator or a user started meanwhile must not be overlooked.
            var state = await workloads.StopAsync(application.Stoppable, ct);
            var waiting = state.Waiting;
            if (waiting.Count == 0) waiting = await InUseAsync(application, ct);

            // In a planned swap this is downtime, and what counts is that no volume is in use. A side that is to become secondary also
            // waits until the pods have surely ended.
            if (waiting.Count == 0 && !step.RunHooks && state.Ending.Count > 0)
            {
                await ReleaseEndedPodsAsync(application, application.Stoppable, ct);
                waiting = state.Ending;
            }

            if (waiting.Count == 0) return new StepResult.Stopped(records);

            // With hooks the step stays: beginning anew would run them again.
            if (!step.RunHooks && time.GetElapsedTime(started) > Patience) return new StepResult.NotYet(Words(waiting));
            await Task.Delay(Look, time, ct);
        }
    }

    /// <summary>
    /// Volumes that a node still has mounted or attached: the last writes are in the image only after that. A volume that is attached
    /// without being mounted by anyone counts as well: the detach is part of the stop.
    /// </summary>
    private async Task<IReadOnlyList<string>> InUseAsync(LocalApplication application, CancellationToken ct) =>
    [
        .. (await volumes.CurrentAsync(application.Volumes, ct))
            .Where(volume => volume.Mounted || volume.Attached)
            .Select(volume => $"Volume {volume.VolumeId} is still {(volume.Mounted ? "mounted" : "attached")} on {volumes.NodeOf(volume.Pool)}."),
    ];

    private async Task<StepResult> StartAsync(StepContext context, CancellationToken ct)
    {
        var application = await applications.ReadAsync(context, ct);
        await workloads.StartAsync(application.Workloads, ct);
        return new StepResult.Done();
    }

    private async Task<StepResult> AwaitReadyAsync(StepContext context, CancellationToken ct)
    {
        var application = await applications.ReadAsync(context, ct);
        var started = time.GetTimestamp();
        while (true)
        {
            var state = await workloads.IsReadyAsync(application.Workloads, ct);
            if (state.IsFinished) return new StepResult.Done();
            if (time.GetElapsedTime(started) > Patience) return new StepResult.NotYet(Words(state.Waiting));
            await ReleaseEndedPodsAsync(application, application.Workloads, ct);
            await Task.Delay(Look, time, ct);
        }
    }

    private Task ReleaseEndedPodsAsync(LocalApplication application, WorkloadScope scope, CancellationToken ct) =>
        workloads.ReleaseEndedPodsAsync(scope.Claims, token => volumes.UnmountedAsync(application.Claimed, token), leaving: false, ct);

    private async Task<StepResult> RunHooksAsync(RunHooks step, StepContext context, CancellationToken ct)
    {
        if (!Enum.TryParse<HookStage>(step.Stage, out var stage)) return new StepResult.Refused($"There is no hook stage {step.Stage}.");
        var outcome = await RunAsync(await applications.ReadAsync(context, ct), stage, ct);
        return new StepResult.HooksRan(outcome.Records, outcome.Abort);
    }

    private Task<HookOutcome> RunAsync(LocalApplication application, HookStage stage, CancellationToken ct) =>
        hooks.RunAsync(application.Object.Namespace, application.Object.Name, application.Namespaces, stage, ct);

    /// <summary>The first few of what is awaited.</summary>
    private static string Words(IReadOnlyList<string> waiting) =>
        waiting.Count <= 3 ? string.Join(' ', waiting) : $"{string.Join(' ', waiting.Take(3))} And {waiting.Count - 3} more.";
}
