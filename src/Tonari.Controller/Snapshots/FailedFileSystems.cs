using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors.Steps;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Workloads;

namespace Tonari.Controller.Snapshots;

/// <summary>
/// A filesystem that lost a write to its journal, because its pool was full, stays read-only for whoever uses it. Only once nobody does is it mounted anew and
/// repaired; so the pods that use it are replaced as soon as the pool has room.
/// </summary>
internal sealed partial class FailedFileSystems(
    IKubernetesApi api, ApplicationCapture capture, ApplicationWorkloads workloads, LocalVolumes local, IPools pools, EventRecorder events, TimeProvider time,
    ILogger<FailedFileSystems> logger)
{
    /// <summary>A pod that is younger may have been started for this very reason, and what it uses be mounted anew in a moment.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Room that a pool must have, a part of its size: a journal has to be played back.</summary>
    private const double LeastRoom = 0.01;

    /// <summary>Replaces the pods of an application whose filesystems have failed. What stands in the way is logged; the next time may succeed.</summary>
    public async Task RecoverAsync(string @namespace, string name, CancellationToken ct)
    {
        try
        {
            if (await api.FindAsync<Application>(@namespace, name, ct) is { } application)
                await RecoverAsync(application, ct);
        }
        catch (Exception e) when (e is RpcException or AgentUnavailableException or KubernetesApiException or CapturedResourcesException && !ct.IsCancellationRequested)
        {
            LogNotRecovered(logger, @namespace, name, e.Message);
        }
    }

    private async Task RecoverAsync(Application application, CancellationToken ct)
    {
        var missing = await ApplicationConsent.MissingAsync(api, application, ct);
        var volumes = (await capture.DescribeVolumesAsync(application, ct)).Where(v => v is { VolumeId: not null, Pool: not null } && !missing.ContainsKey(v.Namespace)).ToList();
        var current = await local.CurrentAsync(volumes.Where(v => HasRoom(v.Pool!)).Select(v => (v.Pool!, v.VolumeId!)), ct);
        var ids = current.Where(v => v.FileSystemFailed).Select(v => v.VolumeId).ToHashSet(StringComparer.Ordinal);
        var failed = volumes.Where(v => ids.Contains(v.VolumeId!)).Select(v => (v.Namespace, v.Claim)).ToList();
        if (failed.Count == 0) return;
        var deleted = await workloads.RestartPodsAsync(failed, time.GetUtcNow() - Patience, ct);
        if (deleted.Count == 0) return;
        var message = $"The filesystem of {string.Join(", ", failed.Select(claim => $"{claim.Namespace}/{claim.Claim}"))} had become read-only, because a write to it failed. "
            + $"Replaced {string.Join(", ", deleted)}, so that it is mounted anew and its journal played back. What was written in that moment may be missing: check the application.";
        LogRecovered(logger, message);
        await events.RecordAsync(application, warning: true, "PodsReplaced", message, ct);
    }

    private bool HasRoom(string pool) =>
        pools.All.FirstOrDefault(p => p.Name == pool)?.Status is { CapacityBytes: > 0 } status && status.CapacityBytes - status.UsedBytes >= status.CapacityBytes * LeastRoom;

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Message}")]
    private static partial void LogRecovered(ILogger logger, string message);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether a filesystem of {Namespace}/{Application} has failed cannot be said: {Reason}")]
    private static partial void LogNotRecovered(ILogger logger, string @namespace, string application, string reason);
}

/// <summary>Takes group snapshots; where one is refused, sees whether the application's filesystems have failed.</summary>
internal sealed class RecoveringSnapshots(GroupSnapshotService snapshots, FailedFileSystems failed) : IGroupSnapshotService
{
    /// <inheritdoc/>
    public async Task<TakenGroup> TakeAsync(WantedGroup wanted, CancellationToken ct)
    {
        try
        {
            return await snapshots.TakeAsync(wanted, ct);
        }
        catch (SnapshotRefusedException)
        {
            // Whoever asked may have left meanwhile.
            await failed.RecoverAsync(wanted.Namespace, wanted.Application, CancellationToken.None);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task UndoAsync(string pool, string snapshot) => snapshots.UndoAsync(pool, snapshot);

    /// <inheritdoc/>
    public Task DeleteForgottenAsync(string pool, string mirrorId, string newest, Mirroring.MirrorStatus status) => snapshots.DeleteForgottenAsync(pool, mirrorId, newest, status);
}
