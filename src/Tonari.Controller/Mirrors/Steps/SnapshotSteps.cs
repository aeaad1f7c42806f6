using Grpc.Core;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>The steps that commit, drop and delete what this side holds.</summary>
internal sealed class SnapshotSteps(LocalVolumes volumes) : IMirrorStepHandler
{
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) => step switch
    {
        CommitGroup commit => CommitAsync(commit, context, ct),
        DeleteSnapshots delete => DeleteAsync(delete, context, ct),
        DiscardStaging => DiscardAsync(context, _ => true, ct),
        _ => null,
    };

    private async Task<StepResult> CommitAsync(CommitGroup step, StepContext context, CancellationToken ct)
    {
        // One pool by placement: a group cannot be complete in half of its pools.
        var pool = context.Status.Volumes[0].Pool;
        var request = new CommitGroupRequest { Pool = pool, Name = step.Name };
        request.VolumeIds.AddRange(context.Status.Volumes.Select(volume => volume.VolumeId));
        try
        {
            await volumes.Agent(pool).CommitGroupAsync(request, LocalVolumes.Options(LocalVolumes.LongCall, ct));
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.FailedPrecondition or StatusCode.DataLoss)
        {
            // What was verified is no longer staged, or no longer what it was; asking for the same again and again would never end.
            return new StepResult.Refused(AgentErrors.Sentence(e));
        }

        await DeleteForgottenAsync(step, pool, context, ct);
        return new StepResult.Done();
    }

    /// <summary>Deletes what this side took when it was primary and nobody came to know of. The group is complete by now, so trouble with another one is left to the next commit.</summary>
    private async Task DeleteForgottenAsync(CommitGroup step, string pool, StepContext context, CancellationToken ct)
    {
        try
        {
            var prefix = SnapshotNames.GroupPrefix(context.Policy.MirrorId);
            var here = await volumes.Agent(pool).ListGroupSnapshotsAsync(
                new ListGroupSnapshotsRequest { Pool = pool, NamePrefix = prefix }, LocalVolumes.Options(LocalVolumes.SmallCall, ct));
            foreach (var name in ForgottenSnapshots.Of(context.Status, context.Policy.MirrorId, step.Name, here.Groups.Select(group => group.Name)))
                await DeleteGroupAsync(name, context, ct);
        }
        catch (RpcException) when (!ct.IsCancellationRequested)
        {
            // In use or damaged: it stays where it is, and replication goes on.
        }
    }

    private async Task<StepResult> DeleteAsync(DeleteSnapshots step, StepContext context, CancellationToken ct)
    {
        foreach (var name in step.Names)
        {
            if (SnapshotNames.TryParse(name, out _, out _))
                await DeleteGroupAsync(name, context, ct);
            else
                await DeleteDivergedAsync(name, context, ct);
        }

        return new StepResult.Done();
    }

    private async Task DeleteGroupAsync(string name, StepContext context, CancellationToken ct)
    {
        try
        {
            if (await volumes.FindGroupAsync(context.Status, name, ct) is { } group)
                await DeleteGroupAsync(group, context, ct);
            else
                await DiscardAsync(context, staging => staging.To == name, ct);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DataLoss)
        {
            // It cannot be used, and nobody wants to: what has its name goes. A volume that cannot be used keeps what is in it.
            foreach (var pool in volumes.PoolsOf(context.Status))
                await DeleteByNameAsync(pool, name, ct);
        }
    }

    private async Task DeleteGroupAsync(GroupSnapshot group, StepContext context, CancellationToken ct)
    {
        // A volume that has left the application goes with the last group that holds it. It goes first: as long as the group is listed,
        // an interrupted step finds it again.
        var current = context.Status.Volumes.Select(volume => volume.VolumeId).ToHashSet(StringComparer.Ordinal);
        var departed = group.Members.Where(member => !current.Contains(member.VolumeId)).Select(member => (group.Pool, member.VolumeId));
        foreach (var volume in await volumes.CurrentAsync(departed, ct))
        {
            if (volume.HasLive || volume.Staging is not null || LocalVolumes.SnapshotsOf(volume).Any(snapshot => snapshot != group.Name)) continue;
            await volumes.Agent(group.Pool).DeleteVolumeAsync(
                new DeleteVolumeRequest { Pool = group.Pool, VolumeId = volume.VolumeId }, LocalVolumes.Options(LocalVolumes.LongCall, ct));
        }

        await DeleteByNameAsync(group.Pool, group.Name, ct);
    }

    private async Task DeleteByNameAsync(string pool, string name, CancellationToken ct) => await volumes.Agent(pool).DeleteGroupSnapshotAsync(
        new DeleteGroupSnapshotRequest { Pool = pool, Name = name }, LocalVolumes.Options(LocalVolumes.LongCall, ct));

    private async Task DeleteDivergedAsync(string name, StepContext context, CancellationToken ct)
    {
        foreach (var pool in volumes.PoolsOf(context.Status))
        {
            var own = await volumes.OwnAsync(pool, context.Policy.MirrorId, context.Status, ct);
            var holders = own.Where(volume => LocalVolumes.SnapshotsOf(volume).Contains(name)).ToList();
            if (holders.Count == 0) continue;

            // The agent deletes by prefix: what begins with this name without being it is kept.
            var request = new DeleteSnapshotsRequest { Pool = pool, NamePrefix = name };
            request.VolumeIds.AddRange(holders.Select(volume => volume.VolumeId));
            request.Except.AddRange(holders.SelectMany(LocalVolumes.SnapshotsOf)
                .Where(other => other != name && other.StartsWith(name, StringComparison.Ordinal)).Distinct());
            await volumes.Agent(pool).DeleteSnapshotsAsync(request, LocalVolumes.Options(LocalVolumes.LongCall, ct));
        }
    }

    private async Task<StepResult> DiscardAsync(StepContext context, Func<Staging, bool> which, CancellationToken ct)
    {
        foreach (var pool in volumes.PoolsOf(context.Status))
        {
            foreach (var volume in await volumes.OwnAsync(pool, context.Policy.MirrorId, context.Status, ct))
            {
                if (volume.Staging is { } staging && which(staging)) await DiscardAsync(volumes, pool, volume.VolumeId, ct);
            }
        }

        return new StepResult.Done();
    }

    /// <summary>Drops what is staged in a volume; a volume that does not exist has nothing staged.</summary>
    public static async Task DiscardAsync(LocalVolumes volumes, string pool, string volumeId, CancellationToken ct)
    {
        try
        {
            await volumes.Agent(pool).DiscardStagingAsync(
                new DiscardStagingRequest { Pool = pool, VolumeId = volumeId }, LocalVolumes.Options(LocalVolumes.SmallCall, ct));
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            // Gone with its volume.
        }
    }
}
