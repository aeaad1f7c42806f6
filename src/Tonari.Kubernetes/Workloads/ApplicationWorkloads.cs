using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Workloads;

/// <summary>Whose workloads: an application's scope on this cluster and the claims that count.</summary>
/// <param name="Scope">Its namespaces as they are named here.</param>
/// <param name="Claims">Its claims, by the namespaces as named here.</param>
public sealed record WorkloadScope(ApplicationScope Scope, IReadOnlyList<(string Namespace, string Claim)> Claims);

/// <summary>How far something is.</summary>
/// <param name="Waiting">What is still awaited, a sentence each; nothing: it is finished.</param>
public sealed record WorkloadState(IReadOnlyList<string> Waiting)
{
    /// <summary>Pods whose ending was asked for and of which a container may still run, a sentence each. No container of theirs is started any more.</summary>
    public IReadOnlyList<string> Ending { get; init; } = [];

    /// <summary>Nothing is awaited any more.</summary>
    public bool IsFinished => Waiting.Count == 0 && Ending.Count == 0;
}

/// <summary>
/// Stops, starts and removes an application's workloads as <see cref="WorkloadDecisions"/> says. Every method does what is left to do and says what is
/// still awaited; call again until it is finished.
/// </summary>
public sealed class ApplicationWorkloads(IKubernetesApi api)
{
    /// <summary>Tries of one patch whose object changes meanwhile; the next call goes on.</summary>
    private const int Tries = 3;

    private static readonly (string Group, string Kind)[] Kinds =
    [
        ("batch", "CronJob"), ("apps", "Deployment"), ("apps", "StatefulSet"), ("apps", "DaemonSet"),
        ("apps", "ReplicaSet"), ("", "ReplicationController"), ("batch", "Job"),
    ];

    /// <summary>Stops everything and keeps the objects. Finished when no pod that runs mounts any of the claims.</summary>
    public async Task<WorkloadState> StopAsync(WorkloadScope scope, CancellationToken ct)
    {
        foreach (var (kind, value) in await FindAsync(scope.Scope, ct))
            await ChangeAsync(kind, value, WorkloadDecisions.Stop, ct);
        await StopPodsAsync(scope, ct);
        return await IsStoppedAsync(scope, ct);
    }

    /// <summary>Starts everything that Tonari stopped, as it was before. Finished at once; ask <see cref="IsReadyAsync"/>.</summary>
    public async Task StartAsync(WorkloadScope scope, CancellationToken ct)
    {
        foreach (var ns in scope.Scope.NamespaceNames)
            await StartPodsAsync(ns, ct);
        foreach (var (kind, value) in await FindAsync(scope.Scope, ct))
            await ChangeAsync(kind, value, WorkloadDecisions.Start, ct);
    }

    /// <summary>Whether no pod that runs mounts any of the claims, whoever made it.</summary>
    public async Task<WorkloadState> IsStoppedAsync(WorkloadScope scope, CancellationToken ct)
    {
        var (waiting, ending) = (new List<string>(), new List<string>());
        foreach (var pod in await PodsWithClaimsAsync(scope.Claims, ct))
        {
            var controller = CaptureRules.ControllerOf(pod);
            var owner = controller is null ? "" : $" of {controller["kind"].Text()} {controller["name"].Text()}";
            if (pod.Metadata()["deletionTimestamp"] is null)
                waiting.Add($"Pod {pod.Namespace()}/{pod.Name()}{owner} still mounts a volume of the application.");
            else if (WorkloadDecisions.MayStillRun(pod))
                ending.Add($"Pod {pod.Namespace()}/{pod.Name()}{owner} is ending.");
        }
        return new WorkloadState(waiting) { Ending = ending };
    }

    /// <summary>
    /// Takes away the objects of pods that were told to end, and of which the kubelet has said that every container has ended, or has shown it by unmounting
    /// their volumes. Some kubelets leave them for up to a minute; until they are gone a StatefulSet cannot start its pod anew under the name, and no claim of
    /// theirs can go. Nothing runs that this could end.
    /// </summary>
    /// <param name="claims">Pods that mount any of these.</param>
    /// <param name="unmounted">Those of them whose volumes no node has mounted or attached now; only asked when it matters.</param>
    /// <param name="leaving">The volumes are on their way out: a pod that has not mounted them never will. Else it must be known that it was started.</param>
    /// <param name="ct">Ends it.</param>
    public async Task ReleaseEndedPodsAsync(
        IReadOnlyList<(string Namespace, string Claim)> claims, Func<CancellationToken, Task<IReadOnlySet<(string Namespace, string Claim)>>> unmounted, bool leaving,
        CancellationToken ct)
    {
        IReadOnlySet<(string, string)>? free = null;
        foreach (var pod in await PodsWithClaimsAsync(claims, ct))
        {
            if (pod.Metadata()["deletionTimestamp"] is null)
                continue;
            if (!WorkloadDecisions.HasEnded(pod) && (leaving || WorkloadDecisions.HasStarted(pod)))
                free ??= await unmounted(ct);
            if (WorkloadDecisions.HasEnded(pod) || (free is not null && WorkloadDecisions.HasLetGo(pod, free, leaving)))
                await api.TryDeleteAsync(ResourceKind.Of<V1Pod>(), pod.Namespace(), pod.Name(), new DeleteOptions { Uid = pod.Uid(), GracePeriodSeconds = 0 }, ct);
        }
    }

    /// <summary>
    /// Deletes pods that mount any of the claims, so that their controllers make new ones, for which the volumes are mounted anew. Pods without a controller stay: nobody
    /// would make them again.
    /// </summary>
    /// <param name="claims">Claims of the application.</param>
    /// <param name="startedBefore">Pods that were started later stay: they have seen the volume as it is now.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The pods that were deleted, "namespace/name".</returns>
    public async Task<IReadOnlyList<string>> RestartPodsAsync(IReadOnlyList<(string Namespace, string Claim)> claims, DateTimeOffset startedBefore, CancellationToken ct)
    {
        var deleted = new List<string>();
        foreach (var pod in await PodsWithClaimsAsync(claims, ct))
        {
            if (!WorkloadDecisions.MayBeRestarted(pod, startedBefore))
                continue;
            if (await api.TryDeleteAsync(ResourceKind.Of<V1Pod>(), pod.Namespace(), pod.Name(), new DeleteOptions { Uid = pod.Uid() }, ct))
                deleted.Add($"{pod.Namespace()}/{pod.Name()}");
        }
        return deleted;
    }

    /// <summary>Whether every workload has its pods ready.</summary>
    public async Task<WorkloadState> IsReadyAsync(WorkloadScope scope, CancellationToken ct)
    {
        var waiting = (await FindAsync(scope.Scope, ct)).Select(pair => WorkloadDecisions.NotReady(pair.Value)).OfType<string>().ToList();
        foreach (var ns in scope.Scope.Namespaces)
        {
            var pods = await api.ListAsync(ResourceKind.Of<V1Pod>(), ns.Name, new ListOptions(ns.Selector.ToQuery()), ct);
            waiting.AddRange(pods.Items.Where(pod => CaptureRules.ControllerOf(pod) is null).Select(WorkloadDecisions.NotReady).OfType<string>());
        }
        return new WorkloadState(waiting);
    }

    /// <summary>
    /// Removes everything that carries the mirror's label: workloads first, claims and volume objects last and with reclaim policy Retain, so that no
    /// data is deleted. Namespaces and resource definitions stay: others may use them. Finished when nothing is left.
    /// </summary>
    public async Task<WorkloadState> RemoveAsync(string mirrorId, CancellationToken ct)
    {
        var left = (await MirroredObjects.FindAsync(api, mirrorId, ct))
            .Where(pair => pair.Value.Kind() is not ("Namespace" or "CustomResourceDefinition")).ToList();
        foreach (var (kind, value) in left.Where(pair => IsVolume(pair.Value)))
            await RetainAsync(kind, value, ct);
        foreach (var (kind, value) in left)
        {
            // A volume goes after its claim: a volume whose claim still exists would be held by its protection, and the claim would be lost.
            var claimsLeft = left.Any(pair => pair.Value.Kind() == "PersistentVolumeClaim" && pair.Value.At("spec", "volumeName").Text() == value.Name());
            if (value.Metadata()["deletionTimestamp"] is null && !(IsVolume(value) && claimsLeft))
                await api.TryDeleteAsync(kind, value.Namespace(), value.Name(), new DeleteOptions { Uid = value.Uid() }, ct);
        }
        return new WorkloadState([.. left.Select(pair => $"{pair.Value.Kind()} {pair.Value.Namespace()}/{pair.Value.Name()} is being deleted.")]);
    }

    private async Task RetainAsync(ResourceKind kind, JsonObject volume, CancellationToken ct)
    {
        if (volume.At("spec", "persistentVolumeReclaimPolicy").Text() == "Retain")
            return;
        var patch = new JsonObject { ["spec"] = new JsonObject { ["persistentVolumeReclaimPolicy"] = "Retain" } };
        await api.PatchAsync(kind, null, volume.Name(), new ObjectPatch.Merge(patch), null, ct);
    }

    private static bool IsVolume(JsonObject value) => value.Group().Length == 0 && value.Kind() == "PersistentVolume";

    private async Task<IReadOnlyList<(ResourceKind Kind, JsonObject Value)>> FindAsync(ApplicationScope scope, CancellationToken ct)
    {
        var discovery = await api.DiscoverAsync(refresh: false, ct);
        var found = new List<(ResourceKind, JsonObject)>();
        foreach (var (group, name) in Kinds)
        {
            if (discovery.Find(group, name) is not { } kind)
                continue;
            foreach (var ns in scope.Namespaces)
            {
                var list = await api.ListAsync(kind, ns.Name, new ListOptions(ns.Selector.ToQuery()), ct);
                found.AddRange(list.Items.Where(item => !scope.IsExcluded(item)).Select(item => (kind, item)));
            }
        }
        return found;
    }

    private async Task ChangeAsync(ResourceKind kind, JsonObject value, Func<JsonObject, JsonObject?> decide, CancellationToken ct)
    {
        for (var tries = 1; decide(value) is { } patch; tries++)
        {
            try
            {
                await api.PatchAsync(kind, value.Namespace(), value.Name(), new ObjectPatch.Merge(patch), null, ct);
                return;
            }
            catch (ResourceNotFoundException)
            {
                return;
            }
            catch (ResourceConflictException) when (tries < Tries)
            {
                if (await api.FindAsync(kind, value.Namespace(), value.Name(), ct) is not { } again)
                    return;
                value = again;
            }
        }
    }

    private async Task<IReadOnlyList<JsonObject>> PodsWithClaimsAsync(IReadOnlyList<(string Namespace, string Claim)> all, CancellationToken ct)
    {
        var found = new List<JsonObject>();
        foreach (var ns in all.Select(c => c.Namespace).Distinct())
        {
            var claims = all.Where(c => c.Namespace == ns).Select(c => c.Claim).ToHashSet();
            var pods = await api.ListAsync(ResourceKind.Of<V1Pod>(), ns, ListOptions.All, ct);
            found.AddRange(pods.Items.Where(pod => !CaptureRules.IsFinished(pod) && WorkloadDecisions.ClaimsOf(pod).Any(claims.Contains)));
        }
        return found;
    }

    // Kept first, deleted then: a crash between leaves both, and starting again skips a pod that exists.
    private async Task StopPodsAsync(WorkloadScope scope, CancellationToken ct)
    {
        var alone = (await PodsWithClaimsAsync(scope.Claims, ct))
            .Where(pod => CaptureRules.ControllerOf(pod) is null && pod.Metadata()["deletionTimestamp"] is null);
        foreach (var group in alone.GroupBy(pod => pod.Namespace()!))
        {
            var kind = ResourceKind.Of<V1ConfigMap>();
            var there = await api.FindAsync(kind, group.Key, StoppedPods.ConfigMapName, ct);
            var kept = StoppedPods.Keep(there, group.Key, group);
            if (there is null)
                await api.CreateAsync(kind, kept, ct);
            else
                await api.ReplaceAsync(kind, kept, null, ct);
            foreach (var pod in group)
            {
                await api.TryDeleteAsync(ResourceKind.Of<V1Pod>(), group.Key, pod.Name(), new DeleteOptions { Uid = pod.Uid() }, ct);
            }
        }
    }

    private async Task StartPodsAsync(string ns, CancellationToken ct)
    {
        var kind = ResourceKind.Of<V1ConfigMap>();
        if (await api.FindAsync(kind, ns, StoppedPods.ConfigMapName, ct) is not { } kept)
            return;
        var clean = new Transform.TransformOptions { MirrorId = "" };
        foreach (var pod in StoppedPods.Expand(kept).Select(pod => Transform.ResourceTransform.Apply(pod, clean)))
        {
            (pod.Metadata()["labels"] as JsonObject)?.Remove(WellKnown.MirrorLabel);
            try
            {
                await api.CreateAsync(ResourceKind.Of<V1Pod>(), pod, ct);
            }
            catch (ResourceAlreadyExistsException)
            {
                // It runs already: an earlier start got this far.
            }
        }
        await api.TryDeleteAsync(kind, ns, StoppedPods.ConfigMapName, new DeleteOptions { Uid = kept.Uid() }, ct);
    }
}
