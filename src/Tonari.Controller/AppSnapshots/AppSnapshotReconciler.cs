using System.Text.Json.Nodes;
using Tonari.Controller.Agents;
using Tonari.Controller.Snapshots;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.AppSnapshots;

/// <summary>Takes what an AppSnapshot asks for, once, and removes it with the object.</summary>
internal sealed class AppSnapshotReconciler(IKubernetesApi api, IGroupSnapshotService snapshots, IAgentDirectory agents, IPools pools, TimeProvider time)
{
    /// <summary>On every AppSnapshot for which something may lie in a pool.</summary>
    public const string Finalizer = "tonari.dev/snapshot";

    private static readonly TimeSpan AgentPause = TimeSpan.FromSeconds(5);

    /// <summary>Name of the group snapshot: unique for all times, so that taking it is idempotent.</summary>
    public static string NameOf(AppSnapshot snapshot) => "snap-" + snapshot.Metadata.Uid;

    /// <summary>Looks at one AppSnapshot; when to look again.</summary>
    public async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (await api.FindAsync<AppSnapshot>(key.Namespace, key.Name, ct) is not { } snapshot)
            return null;
        try
        {
            if (snapshot.Metadata.DeletionTimestamp is not null)
                return await RemoveAsync(snapshot, ct);
            if (snapshot.Status?.Phase is AppSnapshotPhase.Ready or AppSnapshotPhase.Failed)
                return null;
            if (snapshot.Metadata.Finalizers?.Contains(Finalizer) != true)
                snapshot = await PatchFinalizersAsync(snapshot, [.. snapshot.Metadata.Finalizers ?? [], Finalizer], ct);
            return await TakeAsync(snapshot, ct);
        }
        catch (ResourceConflictException)
        {
            return TimeSpan.Zero; // It has changed meanwhile: look again.
        }
    }

    private async Task<TimeSpan?> TakeAsync(AppSnapshot snapshot, CancellationToken ct)
    {
        var name = NameOf(snapshot);
        snapshot = await WriteAsync(snapshot, new AppSnapshotStatus { Phase = AppSnapshotPhase.Taking, Name = name, Message = "Being taken." }, "Taking", ct);
        try
        {
            var taken = await snapshots.TakeAsync(new WantedGroup(snapshot.Namespace, snapshot.Spec.Application, name, _ => true, IsLast: true), ct);
            await WriteAsync(
                snapshot,
                new AppSnapshotStatus
                {
                    Phase = AppSnapshotPhase.Ready,
                    Name = name,
                    Pool = taken.Pool,
                    TakenTime = taken.TakenAt,
                    FrozenMs = (long)taken.FrozenFor.TotalMilliseconds,
                    SizeBytes = taken.Volumes.Sum(v => v.SizeBytes),
                    Volumes = taken.Volumes.Count,
                    Message = $"Complete on {taken.Volumes.Count} volumes.",
                },
                "Ready",
                ct);
            return null;
        }
        catch (AgentUnavailableException e)
        {
            await WriteAsync(snapshot, snapshot.Status! with { Message = e.Message }, "AgentUnavailable", ct);
            return AgentPause;
        }
        catch (SnapshotRefusedException e)
        {
            await WriteAsync(snapshot, snapshot.Status! with { Phase = AppSnapshotPhase.Failed, Message = e.Message }, "Refused", ct);
            return null;
        }
    }

    private async Task<TimeSpan?> RemoveAsync(AppSnapshot snapshot, CancellationToken ct)
    {
        if (snapshot.Metadata.Finalizers?.Contains(Finalizer) != true)
            return null;
        try
        {
            if (!snapshot.Spec.Retain)
                await DeleteGroupAsync(snapshot, ct);
        }
        catch (AgentUnavailableException)
        {
            return AgentPause;
        }
        await PatchFinalizersAsync(snapshot, [.. snapshot.Metadata.Finalizers.Where(f => f != Finalizer)], ct);
        return null;
    }

    private async Task DeleteGroupAsync(AppSnapshot snapshot, CancellationToken ct)
    {
        // Where the status was not written any more, the snapshot may lie in any pool. A pool without an object is gone with all it held.
        IEnumerable<string> candidates = snapshot.Status?.Pool is { } known ? [known] : pools.All.Where(p => p.Spec.Managed).Select(p => p.Name);
        foreach (var pool in candidates.Where(name => pools.All.Any(p => p.Name == name)))
            await new SnapshotAgent(agents, pool).DeleteAsync(NameOf(snapshot), ct);
    }

    private async Task<AppSnapshot> WriteAsync(AppSnapshot snapshot, AppSnapshotStatus status, string reason, CancellationToken ct)
    {
        bool? ready = status.Phase switch { AppSnapshotPhase.Ready => true, AppSnapshotPhase.Failed => false, _ => null };
        var conditions = Condition.Set(
            snapshot.Status?.Conditions, "Ready", ready, reason, status.Message ?? "", time.GetUtcNow(), snapshot.Metadata.Generation);
        snapshot.Status = status with { Conditions = conditions };
        return await api.UpdateStatusAsync(snapshot, ct);
    }

    private Task<AppSnapshot> PatchFinalizersAsync(AppSnapshot snapshot, IReadOnlyList<string> finalizers, CancellationToken ct)
    {
        var metadata = new JsonObject
        {
            ["resourceVersion"] = snapshot.Metadata.ResourceVersion,
            ["finalizers"] = new JsonArray([.. finalizers.Select(f => JsonValue.Create(f))]),
        };
        return api.MergeAsync<AppSnapshot>(snapshot.Namespace, snapshot.Name, new JsonObject { ["metadata"] = metadata }, ct);
    }
}
