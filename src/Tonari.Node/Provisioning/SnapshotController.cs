using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Engine;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Node.Freezing;
using Tonari.Node.Pools;
using Tonari.Node.Storage;

namespace Tonari.Node.Provisioning;

/// <summary>VolumeSnapshots of volumes on this node, if the cluster has that API.</summary>
internal sealed partial class SnapshotController(
    IKubernetesApi api, ClusterView view, NodeName node, PoolCatalog pools, VolumeSnapshots snapshots, ObjectEvents events,
    TimeProvider time, ILogger<SnapshotController> logger) : BackgroundService
{
    private const int Workers = 2;
    private static readonly TimeSpan s_soon = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    /// <summary>The snapshot API may be installed later.</summary>
    private static readonly TimeSpan s_discovery = TimeSpan.FromSeconds(30);

    private readonly Informer<VolumeSnapshot> _snapshots = new(api, new InformerOptions(), time, logger);
    private readonly Informer<VolumeSnapshotContent> _contents = new(api, new InformerOptions(), time, logger);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await WaitForKindsAsync(stoppingToken);
        var snapshotQueue = new WorkQueue<ObjectKey>(time, logger) { LongestPause = s_longestPause };
        var contentQueue = new WorkQueue<ObjectKey>(time, logger) { LongestPause = s_longestPause };
        _snapshots.Feed(snapshotQueue);
        _contents.Feed(contentQueue);
        _snapshots.Subscribe(change =>
        {
            if ((change.Value.Status?.BoundVolumeSnapshotContentName ?? change.Value.Spec.Source.VolumeSnapshotContentName) is { } name)
                contentQueue.Add(new ObjectKey("", name));
        });
        _contents.Subscribe(change =>
        {
            if (change.Value.Spec.VolumeSnapshotRef is { } owner)
                snapshotQueue.Add(new ObjectKey(owner.NamespaceProperty, owner.Name));
        });
        // A snapshot may be asked for before its claim is bound, or before this program has heard that it is.
        view.Claims.Subscribe(change => AddSnapshotsOf(snapshotQueue, change.Value.Metadata.NamespaceProperty, change.Value.Metadata.Name));
        view.Volumes.Subscribe(change => AddSnapshotsOf(snapshotQueue, change.Value.Spec.ClaimRef?.NamespaceProperty, change.Value.Spec.ClaimRef?.Name));
        await Task.WhenAll(
            _snapshots.RunAsync(stoppingToken), _contents.RunAsync(stoppingToken),
            RunWhenSyncedAsync(snapshotQueue, WorkOnSnapshotAsync, stoppingToken), RunWhenSyncedAsync(contentQueue, WorkOnContentAsync, stoppingToken));
    }

    private void AddSnapshotsOf(WorkQueue<ObjectKey> queue, string? claimNamespace, string? claim)
    {
        foreach (var snapshot in _snapshots.Items)
        {
            if (claim is not null && snapshot.Spec.Source.PersistentVolumeClaimName == claim && snapshot.Metadata.NamespaceProperty == claimNamespace)
                queue.Add(new ObjectKey(snapshot.Metadata.NamespaceProperty, snapshot.Metadata.Name));
        }
    }

    private async Task RunWhenSyncedAsync(WorkQueue<ObjectKey> queue, Func<ObjectKey, CancellationToken, Task<TimeSpan?>> work, CancellationToken ct)
    {
        await Task.WhenAll(view.Synced, _snapshots.Synced, _contents.Synced).WaitAsync(ct);
        await queue.RunAsync(work, Workers, ct);
    }

    private async Task WaitForKindsAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                var known = await api.DiscoverAsync(refresh: true, ct);
                if (known.Find(SnapshotKinds.Group, "VolumeSnapshot") is { Version: SnapshotKinds.Version } && known.Find(SnapshotKinds.Group, "VolumeSnapshotContent") is not null)
                    return;
            }
            catch (KubernetesApiException error)
            {
                LogNotDiscovered(error.Message);
            }

            await Task.Delay(s_discovery, time, ct);
        }
    }

    private async Task<TimeSpan?> WorkOnSnapshotAsync(ObjectKey key, CancellationToken ct)
    {
        if (_snapshots.Find(key.Namespace, key.Name) is not { } snapshot)
            return null;
        if (!pools.IsComplete)
            return s_soon;
        var contentName = snapshot.Spec.Source.VolumeSnapshotContentName ?? snapshot.Status?.BoundVolumeSnapshotContentName ?? SnapshotKinds.ContentName(snapshot.Metadata.Uid);
        var content = _contents.Find(null, contentName);
        // Which node works on it: the one with the content's volume, or with the claim's.
        var handle = content is null ? SourceHandleOf(snapshot) : HandleOf(content);
        if (handle is null || (content is not null && content.Spec.Driver != WellKnown.Driver) || !await IsHereAsync(handle, ct))
            return null;
        switch (SnapshotDecider.Decide(snapshot, content))
        {
            case SnapshotStep.Protect:
                if (content is not null || await FindClassAsync(snapshot, ct) is not null)
                    await PatchFinalizersAsync(snapshot, (snapshot.Metadata.Finalizers ?? []).Append(SnapshotKinds.BoundFinalizer), ct);
                break;
            case SnapshotStep.CreateContent:
                await CreateContentAsync(snapshot, handle, ct);
                break;
            case SnapshotStep.ClaimContent:
                await ClaimContentAsync(snapshot, content!, ct);
                break;
            case SnapshotStep.Publish:
                await PatchStatusAsync(snapshot, SnapshotObjects.SnapshotStatus(content!), ct);
                break;
            case SnapshotStep.DeleteContent:
                await api.DeleteAsync<VolumeSnapshotContent>(null, contentName, ct);
                break;
            case SnapshotStep.LetGo:
                await PatchFinalizersAsync(snapshot, snapshot.Metadata.Finalizers!.Where(finalizer => finalizer != SnapshotKinds.BoundFinalizer), ct);
                break;
        }

        return null;
    }

    private async Task<TimeSpan?> WorkOnContentAsync(ObjectKey key, CancellationToken ct)
    {
        if (_contents.Find(null, key.Name) is not { } content)
            return null;
        if (!pools.IsComplete)
            return s_soon;
        var owner = content.Spec.VolumeSnapshotRef is { } reference ? _snapshots.Find(reference.NamespaceProperty, reference.Name) : null;
        switch (SnapshotDecider.Decide(content, owner, HandleOf(content) is { } handle && await IsHereAsync(handle, ct)))
        {
            case ContentStep.Take or ContentStep.Describe:
                await FulfilAsync(content, owner, ct);
                break;
            case ContentStep.DeleteSnapshot:
                await DeleteSnapshotAsync(content, ct);
                await PatchFinalizersAsync(content, content.Metadata.Finalizers!.Where(finalizer => finalizer != SnapshotKinds.ContentFinalizer), ct);
                break;
            case ContentStep.LetGo:
                await PatchFinalizersAsync(content, content.Metadata.Finalizers!.Where(finalizer => finalizer != SnapshotKinds.ContentFinalizer), ct);
                break;
        }

        return null;
    }

    private async Task CreateContentAsync(VolumeSnapshot snapshot, string volumeHandle, CancellationToken ct)
    {
        if (await FindClassAsync(snapshot, ct) is not { } snapshotClass)
            return;
        try
        {
            await api.CreateAsync(SnapshotObjects.Build(snapshot, snapshotClass, volumeHandle, node.Value), ct);
        }
        catch (ResourceAlreadyExistsException)
        {
            LogExists(snapshot.Metadata.Name);
        }
    }

    private async Task ClaimContentAsync(VolumeSnapshot snapshot, VolumeSnapshotContent content, CancellationToken ct) => await api.MergeAsync<VolumeSnapshotContent>(
        null, content.Metadata.Name,
        new JsonObject
        {
            ["metadata"] = new JsonObject { ["resourceVersion"] = content.Metadata.ResourceVersion },
            ["spec"] = new JsonObject { ["volumeSnapshotRef"] = new JsonObject { ["uid"] = snapshot.Metadata.Uid } },
        },
        ct);

    private async Task FulfilAsync(VolumeSnapshotContent content, VolumeSnapshot? owner, CancellationToken ct)
    {
        try
        {
            await PatchStatusAsync(content, SnapshotObjects.ContentStatus(await TakeOrFindAsync(content, ct)), ct);
        }
        catch (Exception error) when (ClaimProvisioner.IsRefusal(error) || error is NoFreezeGuardException)
        {
            if (owner is not null)
            {
                await events.WarnAsync(owner, "SnapshotCreationFailed", error.Message, ct);
                await PatchStatusAsync(owner, SnapshotObjects.Error(error.Message, time.GetUtcNow()), ct);
            }

            throw;
        }
    }

    private async Task<PlacedSnapshot> TakeOrFindAsync(VolumeSnapshotContent content, CancellationToken ct)
    {
        if (content.Spec.Source.SnapshotHandle is { } handle)
        {
            return VolumeNames.TryParseSnapshotId(handle, out var volume, out var name) && await snapshots.FindAsync(volume.Value, name.Value, ct) is { } found
                ? found
                : throw new NotOnThisNodeException($"There is no snapshot '{handle}' on node {node.Value}.");
        }

        var uid = content.Spec.VolumeSnapshotRef?.Uid ?? throw new VolumeStateException($"VolumeSnapshotContent {content.Metadata.Name} names no VolumeSnapshot.");
        return await snapshots.TakeAsync(new VolumeId(content.Spec.Source.VolumeHandle!), SnapshotKinds.SnapshotName(uid), ct);
    }

    private async Task DeleteSnapshotAsync(VolumeSnapshotContent content, CancellationToken ct)
    {
        var handle = content.Status?.SnapshotHandle ?? content.Spec.Source.SnapshotHandle
            ?? (content.Spec.VolumeSnapshotRef?.Uid is { Length: > 0 } uid ? $"{content.Spec.Source.VolumeHandle}/{SnapshotKinds.SnapshotName(uid)}" : "");
        if (VolumeNames.TryParseSnapshotId(handle, out var volume, out var name))
            await snapshots.DeleteAsync(volume.Value, name.Value, ct);
    }

    private async Task<VolumeSnapshotClass?> FindClassAsync(VolumeSnapshot snapshot, CancellationToken ct)
    {
        if (snapshot.Spec.VolumeSnapshotClassName is { Length: > 0 } name)
            return await api.FindAsync<VolumeSnapshotClass>(null, name, ct) is { Driver: WellKnown.Driver } named ? named : null;
        return (await api.ListAsync<VolumeSnapshotClass>(null, ct)).FirstOrDefault(candidate =>
            candidate.Driver == WellKnown.Driver && candidate.Metadata.Annotations?.TryGetValue(SnapshotKinds.DefaultClassAnnotation, out var value) == true && value == "true");
    }

    /// <summary>The handle of the volume a snapshot is to be taken of.</summary>
    private string? SourceHandleOf(VolumeSnapshot snapshot) =>
        snapshot.Spec.Source.PersistentVolumeClaimName is { } name && view.Claims.Find(snapshot.Metadata.NamespaceProperty, name) is { Status.Phase: "Bound" } claim
            && view.Volumes.Find(null, claim.Spec.VolumeName) is { } volume && VolumeObjects.IsOurs(volume)
            ? volume.Spec.Csi.VolumeHandle
            : null;

    private static string? HandleOf(VolumeSnapshotContent content) => content.Spec.Source.VolumeHandle ?? content.Spec.Source.SnapshotHandle?.Split('/')[0];

    private async Task<bool> IsHereAsync(string handle, CancellationToken ct) => VolumeId.TryParse(handle, out var id) && await pools.FindVolumeAsync(id, ct) is not null;

    private async Task PatchFinalizersAsync<T>(T value, IEnumerable<string> finalizers, CancellationToken ct)
        where T : k8s.IKubernetesObject<V1ObjectMeta> => await api.MergeAsync<T>(
            value.Metadata.NamespaceProperty, value.Metadata.Name,
            new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["resourceVersion"] = value.Metadata.ResourceVersion,
                    ["finalizers"] = new JsonArray([.. finalizers.Select(finalizer => (JsonNode)finalizer)]),
                },
            },
            ct);

    private async Task PatchStatusAsync<T>(T value, JsonObject status, CancellationToken ct)
        where T : k8s.IKubernetesObject<V1ObjectMeta> => await api.PatchAsync(
            ResourceKind.Of<T>(), value.Metadata.NamespaceProperty, value.Metadata.Name, new ObjectPatch.Merge(new JsonObject { ["status"] = status }), "status", ct);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether the cluster has snapshots could not be found out and is tried again: {Problem}")]
    private partial void LogNotDiscovered(string problem);

    [LoggerMessage(Level = LogLevel.Debug, Message = "The content of VolumeSnapshot {Name} exists already")]
    private partial void LogExists(string name);
}
