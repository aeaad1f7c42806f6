using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Workloads;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>The end of a relationship on this side. A volume with live data is never deleted here, whatever the role says.</summary>
internal sealed class CleanUpStep(
    LocalVolumes volumes, ApplicationWorkloads workloads, ResourceApplier applier, PeerBounds bounds, MirrorLabels labels, IKubernetesApi api) : IMirrorStepHandler
{
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) => step switch
    {
        CleanUp clean => CleanAsync(clean, context, ct),
        DeleteObject => DeleteObjectAsync(context, ct),
        _ => null,
    };

    private async Task<StepResult> CleanAsync(CleanUp step, StepContext context, CancellationToken ct)
    {
        var replica = step.Role == MirrorRole.Secondary;
        if (replica && (context.Mirror.Spec.ReplicaVolumesOnDelete == ReplicaVolumesOnDelete.Keep || await HasOwnClaimAsync(context, ct)))
        {
            if (await KeepAsync(context, ct) is { } pending) return pending;
        }
        else if (replica)
        {
            var removal = await workloads.RemoveAsync(context.Policy.MirrorId, ct);
            if (!removal.IsFinished)
            {
                await workloads.ReleaseEndedPodsAsync(context.Claims, token => volumes.UnmountedAsync(context.Claimed, token), leaving: true, ct);
                return new StepResult.NotYet(removal.Waiting[0]);
            }
        }

        foreach (var pool in volumes.PoolsOf(context.Status)) await CleanPoolAsync(pool, replica, context, ct);

        // Last: until here the label is what says that an object belongs to this relationship.
        await labels.RemoveAsync(context.Policy.MirrorId, ct);
        return new StepResult.Done();
    }

    /// <summary>
    /// Whether a claim here stands for a replica without being the relationship's: that of the application where it began. It stays, stopped as the
    /// application is, and must not be left without its volume.
    /// </summary>
    private async Task<bool> HasOwnClaimAsync(StepContext context, CancellationToken ct)
    {
        foreach (var volume in context.Status.Volumes)
        {
            var (ns, name) = context.ClaimOf(volume);
            var claim = await api.FindAsync(ResourceKind.Of<V1PersistentVolumeClaim>(), ns, name, ct);
            if (claim.At("spec", "volumeName").Text() == volume.VolumeId && claim!.Label(WellKnown.MirrorLabel) is null) return true;
        }

        return false;
    }

    /// <summary>Replicas become live volumes with claims; null when that is done, or when there is nothing complete to keep.</summary>
    private async Task<StepResult?> KeepAsync(StepContext context, CancellationToken ct)
    {
        if (context.Status.Snapshots is not [.., var newest] || await volumes.FindGroupAsync(context.Status, newest.Name, ct) is not { } group) return null;

        await PromotionSteps.MakeLiveAsync(volumes, group, ct);
        var captured = await PromotionSteps.CapturedAsync(volumes, group, ct);
        var onlyVolumes = captured with { Objects = [.. captured.Objects.Where(value => value.Kind() == "Namespace")] };
        var promoted = PromotionSteps.Promoted(volumes, group, captured);
        var report = await applier.ApplyAsync(
            new ApplyRequest(onlyVolumes, PromotionSteps.Transform(context, captured), promoted) { Bounds = bounds.Of(context.Mirror), Prune = false }, ct);
        if (report.Succeeded) return null;
        var words = string.Join(' ', report.Problems.Take(5));
        return report.IsWaiting ? new StepResult.NotYet(words) : new StepResult.Failed(words);
    }

    private async Task CleanPoolAsync(string pool, bool replica, StepContext context, CancellationToken ct)
    {
        var agent = volumes.Agent(pool);
        var mirrorId = context.Policy.MirrorId;

        // Volumes before their snapshots, by which some of them are recognised: an interrupted step must find them again.
        var own = await volumes.OwnAsync(pool, mirrorId, context.Status, ct);
        foreach (var volume in own.Where(volume => volume.Staging is not null)) await SnapshotSteps.DiscardAsync(volumes, pool, volume.VolumeId, ct);
        if (replica)
        {
            foreach (var volume in own.Where(volume => !volume.HasLive))
            {
                await agent.DeleteVolumeAsync(
                    new DeleteVolumeRequest { Pool = pool, VolumeId = volume.VolumeId }, LocalVolumes.Options(LocalVolumes.LongCall, ct));
            }
        }

        var groups = await agent.ListGroupSnapshotsAsync(
            new ListGroupSnapshotsRequest { Pool = pool, NamePrefix = SnapshotNames.GroupPrefix(mirrorId) },
            LocalVolumes.Options(LocalVolumes.SmallCall, ct));

        // A sync that was under way may have left its resources without a group that would be listed; one that cannot be used is not listed either.
        var names = groups.Groups.Select(group => group.Name)
            .Concat(context.Status.Snapshots.Select(snapshot => snapshot.Name))
            .Concat(context.Status.Sync is { } sync ? [sync.Name] : []);
        foreach (var name in names.Distinct())
        {
            await agent.DeleteGroupSnapshotAsync(
                new DeleteGroupSnapshotRequest { Pool = pool, Name = name }, LocalVolumes.Options(LocalVolumes.LongCall, ct));
        }

        var left = await volumes.OwnAsync(pool, mirrorId, context.Status, ct);
        if (left.Count == 0) return;
        foreach (var prefix in (string[])[SnapshotNames.DivergedPrefix(mirrorId), SnapshotNames.GroupPrefix(mirrorId)])
        {
            var request = new DeleteSnapshotsRequest { Pool = pool, NamePrefix = prefix };
            request.VolumeIds.AddRange(left.Select(volume => volume.VolumeId));
            await agent.DeleteSnapshotsAsync(request, LocalVolumes.Options(LocalVolumes.LongCall, ct));
        }
    }

    private async Task<StepResult> DeleteObjectAsync(StepContext context, CancellationToken ct)
    {
        // The finalizer keeps it until this side is cleaned up.
        await api.DeleteAsync<AppMirror>(
            context.Mirror.Namespace, context.Mirror.Name, ct, new DeleteOptions { Uid = context.Mirror.Metadata.Uid });
        return new StepResult.Done();
    }
}
