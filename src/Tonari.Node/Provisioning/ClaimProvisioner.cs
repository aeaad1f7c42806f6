using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Engine;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Pools;
using Tonari.Node.Storage;

namespace Tonari.Node.Provisioning;

/// <summary>Makes volumes for claims and grows them.</summary>
internal sealed partial class ClaimProvisioner(
    IKubernetesApi api, ClusterView view, NodeName node, PoolCatalog pools, VolumeProvisioning provisioning, ClaimSources sources, ObjectEvents events,
    TimeProvider time, ILogger<ClaimProvisioner> logger) : BackgroundService
{
    private const int Workers = 4;

    /// <summary>While pools are still being opened, and after a refusal that only a user's change can mend (which is also seen at once).</summary>
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan s_later = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var queue = new WorkQueue<ObjectKey>(time, logger) { LongestPause = s_later };
        view.Claims.Feed(queue);
        view.Volumes.Subscribe(change =>
        {
            if (change.Value.Spec?.ClaimRef is { } claim)
                queue.Add(new ObjectKey(claim.NamespaceProperty, claim.Name));
        });
        // Claims whose class or pool comes after them.
        view.Classes.Subscribe(_ => AddWaiting(queue));
        view.Pools.Subscribe(_ => AddWaiting(queue));
        await view.Synced.WaitAsync(stoppingToken);
        foreach (var claim in view.Claims.Items)
            queue.Add(ObjectKey.Of(claim));
        await queue.RunAsync(WorkAsync, Workers, stoppingToken);
    }

    private void AddWaiting(WorkQueue<ObjectKey> queue)
    {
        foreach (var claim in view.Claims.Items.Where(claim => string.IsNullOrEmpty(claim.Spec.VolumeName)))
            queue.Add(ObjectKey.Of(claim));
    }

    internal async Task<TimeSpan?> WorkAsync(ObjectKey key, CancellationToken ct)
    {
        if (view.Claims.Find(key.Namespace, key.Name) is not { } claim)
            return null;
        if (!pools.IsComplete)
            return s_soon;
        return string.IsNullOrEmpty(claim.Spec.VolumeName) ? await ProvisionAsync(claim, ct) : await ResizeAsync(claim, ct);
    }

    private async Task<TimeSpan?> ProvisionAsync(V1PersistentVolumeClaim claim, CancellationToken ct)
    {
        var storageClass = string.IsNullOrEmpty(claim.Spec.StorageClassName) ? null : view.Classes.Find(null, claim.Spec.StorageClassName);
        if (storageClass?.Provisioner != WellKnown.Driver || view.Volumes.Find(null, WellKnown.VolumeIdOf(claim.Metadata.Uid)) is not null)
            return null;
        var source = await sources.FindAsync(claim, ct);
        switch (ClaimDecider.Decide(claim, storageClass, source, node.Value, view.Pools.Items, time.GetUtcNow()))
        {
            case ClaimDecision.Provision provision:
                return await MakeAsync(claim, storageClass, provision.Facts, ct);
            case ClaimDecision.Refuse refuse:
                await events.WarnAsync(claim, "ProvisioningFailed", refuse.Sentence, ct);
                if (refuse.ChooseNodeAgain)
                    await ChooseNodeAgainAsync(claim, ct);
                return s_later;
            default:
                return null;
        }
    }

    private async Task<TimeSpan?> MakeAsync(V1PersistentVolumeClaim claim, V1StorageClass storageClass, ProvisionFacts facts, CancellationToken ct)
    {
        try
        {
            var order = new VolumeOrder(
                WellKnown.VolumeIdOf(claim.Metadata.Uid), facts.RequestedBytes, facts.LimitBytes, OriginOf(facts.Source), facts.Pool, facts.Block ? null : facts.FileSystem);
            var placed = await provisioning.CreateAsync(order, ct);
            await CreateObjectAsync(claim, VolumeObjects.Build(claim, storageClass, facts, placed, node.Value), placed, ct);
            await events.InformAsync(claim, "ProvisioningSucceeded", $"Volume {placed.Volume.Id} made in storage pool {placed.Pool.Name}", ct);
            return null;
        }
        catch (Exception error) when (IsRefusal(error))
        {
            await events.WarnAsync(claim, "ProvisioningFailed", error.Message, ct);
            throw;
        }
    }

    private async Task CreateObjectAsync(V1PersistentVolumeClaim claim, V1PersistentVolume wanted, PlacedVolume placed, CancellationToken ct)
    {
        try
        {
            await api.CreateAsync(wanted, ct);
        }
        catch (ResourceAlreadyExistsException)
        {
            var existing = await api.FindAsync<V1PersistentVolume>(null, wanted.Metadata.Name, ct);
            if (existing is null || VolumeObjects.NodeOf(existing) is not { } owner || owner == node.Value)
                return;
            // Two nodes thought it theirs. The object decides; what was made here is new and empty.
            LogOtherNode(claim.Metadata.Name, owner);
            await provisioning.DeleteAsync(placed.Volume.Id, ct);
        }
    }

    /// <summary>The scheduler chooses again when the annotation is gone.</summary>
    private async Task ChooseNodeAgainAsync(V1PersistentVolumeClaim claim, CancellationToken ct) => await api.MergeAsync<V1PersistentVolumeClaim>(
        claim.Metadata.NamespaceProperty, claim.Metadata.Name,
        new JsonObject
        {
            ["metadata"] = new JsonObject
            {
                ["resourceVersion"] = claim.Metadata.ResourceVersion,
                ["annotations"] = new JsonObject { [StorageNames.SelectedNode] = null },
            },
        },
        ct);

    private async Task<TimeSpan?> ResizeAsync(V1PersistentVolumeClaim claim, CancellationToken ct)
    {
        if (view.Volumes.Find(null, claim.Spec.VolumeName) is not { } volume || !VolumeObjects.IsOurs(volume)
            || !VolumeId.TryParse(volume.Spec.Csi.VolumeHandle, out var id) || await pools.FindVolumeAsync(id, ct) is null)
            return null;
        switch (ResizeDecider.Decide(claim, volume))
        {
            case ResizeDecision.Grow grow:
                await GrowAsync(claim, volume, id, grow.Bytes, ct);
                break;
            case ResizeDecision.AwaitFileSystem:
                await SetStatusAsync(claim, ResizeStatus.AwaitFileSystem(claim, time.GetUtcNow()), ct);
                await events.InformAsync(claim, "FileSystemResizeRequired", "The volume has grown; kubelet grows its filesystem.", ct);
                break;
            case ResizeDecision.Finish finish:
                await SetStatusAsync(claim, ResizeStatus.Finished(claim, finish.Bytes), ct);
                await events.InformAsync(claim, "VolumeResizeSuccessful", "The volume has grown.", ct);
                break;
        }

        return null;
    }

    /// <summary>The next step follows when the grown object is seen.</summary>
    private async Task GrowAsync(V1PersistentVolumeClaim claim, V1PersistentVolume volume, VolumeId id, long bytes, CancellationToken ct)
    {
        try
        {
            var grown = await provisioning.ExpandAsync(id, bytes, 0, ct);
            var patch = new JsonObject { ["spec"] = new JsonObject { ["capacity"] = new JsonObject { [StorageNames.Storage] = Quantities.Bytes(grown.Volume.Size.Value).ToString() } } };
            await api.MergeAsync<V1PersistentVolume>(null, volume.Metadata.Name, patch, ct);
        }
        catch (Exception error) when (IsRefusal(error))
        {
            await events.WarnAsync(claim, "VolumeResizeFailed", error.Message, ct);
            throw;
        }
    }

    private async Task SetStatusAsync(V1PersistentVolumeClaim claim, JsonObject status, CancellationToken ct) => await api.PatchAsync(
        ResourceKind.Of<V1PersistentVolumeClaim>(), claim.Metadata.NamespaceProperty, claim.Metadata.Name,
        new ObjectPatch.Merge(new JsonObject { ["metadata"] = new JsonObject { ["resourceVersion"] = claim.Metadata.ResourceVersion }, ["status"] = status }),
        "status", ct);

    private static VolumeOrigin? OriginOf(SourceHandle? source)
    {
        if (source is null)
            return null;
        if (source.Snapshot is null)
            return VolumeId.TryParse(source.Volume, out var id) ? new VolumeOrigin(id, null) : throw new NotOnThisNodeException($"There is no volume '{source.Volume}'.");
        return VolumeNames.TryParseSnapshotId(source.Snapshot, out var volume, out var snapshot)
            ? new VolumeOrigin(volume.Value, snapshot)
            : throw new NotOnThisNodeException($"There is no snapshot '{source.Snapshot}'.");
    }

    /// <summary>What a user should read; a conflict or an API server out of reach only means trying again.</summary>
    internal static bool IsRefusal(Exception error) =>
        error is EngineException or SizeOutOfRangeException or IncompatibleVolumeException or NotOnThisNodeException or VolumeStateException;

    [LoggerMessage(Level = LogLevel.Warning, Message = "The volume of claim {Claim} was made on node {Node} as well, which was first; the one made here is deleted")]
    private partial void LogOtherNode(string claim, string node);
}
