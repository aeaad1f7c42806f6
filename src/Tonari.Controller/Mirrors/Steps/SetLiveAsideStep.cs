using Tonari.Kubernetes.Workloads;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using SetLiveAside = Tonari.Mirroring.SetLiveAside;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>
/// A former primary gives its live data up: everything that Tonari created here goes, with volume objects set to retain; what a user made stays, stopped.
/// Every live image is kept as a snapshot.
/// </summary>
internal sealed class SetLiveAsideStep(LocalVolumes volumes, ApplicationWorkloads workloads) : IMirrorStepHandler
{
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) =>
        step is SetLiveAside aside ? RunAsync(aside, context, ct) : null;

    private async Task<StepResult> RunAsync(SetLiveAside step, StepContext context, CancellationToken ct)
    {
        // Objects first: as long as a claim is there, a pod may come and mount what is about to go.
        var removal = await workloads.RemoveAsync(context.Policy.MirrorId, ct);
        if (!removal.IsFinished)
        {
            await workloads.ReleaseEndedPodsAsync(context.Claims, token => volumes.UnmountedAsync(context.Claimed, token), leaving: true, ct);
            return new StepResult.NotYet(removal.Waiting[0]);
        }

        foreach (var pool in volumes.PoolsOf(context.Status))
        {
            foreach (var volume in await volumes.OwnAsync(pool, context.Policy.MirrorId, context.Status, ct))
            {
                if (!volume.HasLive) continue;
                await volumes.Agent(pool).SetLiveAsideAsync(
                    new SetLiveAsideRequest { Pool = pool, VolumeId = volume.VolumeId, KeepAs = step.KeepAs },
                    LocalVolumes.Options(LocalVolumes.SmallCall, ct));
            }
        }

        return new StepResult.Done();
    }
}
