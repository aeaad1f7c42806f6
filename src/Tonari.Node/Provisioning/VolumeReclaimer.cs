using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Engine;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Node.Pools;
using Tonari.Node.Storage;

namespace Tonari.Node.Provisioning;

/// <summary>Deletes volumes nobody claims any more, then their objects.</summary>
internal sealed partial class VolumeReclaimer(
    IKubernetesApi api, ClusterView view, NodeName node, PoolCatalog pools, VolumeProvisioning provisioning, ObjectEvents events,
    TimeProvider time, ILogger<VolumeReclaimer> logger) : BackgroundService
{
    private const int Workers = 2;
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var queue = new WorkQueue<ObjectKey>(time, logger) { LongestPause = s_longestPause };
        view.Volumes.Feed(queue);
        await view.Synced.WaitAsync(stoppingToken);
        foreach (var volume in view.Volumes.Items)
            queue.Add(ObjectKey.Of(volume));
        await queue.RunAsync(WorkAsync, Workers, stoppingToken);
    }

    internal async Task<TimeSpan?> WorkAsync(ObjectKey key, CancellationToken ct)
    {
        if (view.Volumes.Find(null, key.Name) is not { } volume || !VolumeObjects.IsOurs(volume))
            return null;
        if (!VolumeId.TryParse(volume.Spec.Csi.VolumeHandle, out var id))
            return null;
        if (!pools.IsComplete)
            return s_soon;
        try
        {
            switch (ReclaimDecider.Decide(volume, await IsHereAsync(volume, id, ct)))
            {
                case ReclaimDecision.DeleteVolume:
                    await DeleteVolumeAsync(volume, id, ct);
                    break;
                case ReclaimDecision.LetGo:
                    await RemoveFinalizerAsync(volume, ct);
                    break;
            }
        }
        catch (ResourceConflictException)
        {
            // Kubernetes takes its own finalizer away at the same moment.
            return s_soon;
        }

        return null;
    }

    private async Task<bool> IsHereAsync(V1PersistentVolume volume, VolumeId id, CancellationToken ct) =>
        VolumeObjects.NodeOf(volume) is { } home ? home == node.Value : await pools.FindVolumeAsync(id, ct) is not null;

    private async Task DeleteVolumeAsync(V1PersistentVolume volume, VolumeId id, CancellationToken ct)
    {
        try
        {
            // A volume whose pool is not mounted just now looks as if it were gone.
            if (await pools.FindVolumeAsync(id, ct) is null && (VolumeObjects.PoolOf(volume) is not { } pool || pools.Find(pool) is null))
                throw new VolumeStateException($"The storage pool of volume {id} is not open on node {node.Value}, so the volume cannot be deleted; see the StoragePool's status.");
            await provisioning.DeleteAsync(id, ct);
        }
        catch (Exception error) when (ClaimProvisioner.IsRefusal(error) || error is Mounting.StagingRefusedException)
        {
            await events.WarnAsync(volume, "VolumeFailedDelete", error.Message, ct);
            throw;
        }

        if (volume.Metadata.DeletionTimestamp is null)
            await api.DeleteAsync<V1PersistentVolume>(null, volume.Metadata.Name, ct, new DeleteOptions { Uid = volume.Metadata.Uid });
        await RemoveFinalizerAsync(volume, ct);
        LogReclaimed(volume.Metadata.Name);
    }

    private async Task RemoveFinalizerAsync(V1PersistentVolume volume, CancellationToken ct)
    {
        var current = await api.FindAsync<V1PersistentVolume>(null, volume.Metadata.Name, ct);
        if (current?.Metadata.Finalizers?.Contains(StorageNames.VolumeFinalizer) != true || current.Metadata.Uid != volume.Metadata.Uid)
            return;
        var rest = current.Metadata.Finalizers.Where(finalizer => finalizer != StorageNames.VolumeFinalizer);
        var patch = new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = current.Metadata.ResourceVersion,
                ["finalizers"] = new JsonArray([.. rest.Select(finalizer => (JsonNode)finalizer)]),
            },
        };
        await api.MergeAsync<V1PersistentVolume>(null, volume.Metadata.Name, patch, ct);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "PersistentVolume {Name} is reclaimed")]
    private partial void LogReclaimed(string name);
}
