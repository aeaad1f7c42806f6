using System.Globalization;
using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Workloads;

/// <summary>
/// How each kind of workload is stopped and started again, as pure decisions. Stopping keeps the object and remembers its wanted size in an
/// annotation, which is never overwritten while it is there: a second stop after a crash must not remember the zero of the first.
/// <list type="bullet">
/// <item>Deployment, StatefulSet, ReplicaSet, ReplicationController: replicas to zero. Those that a Deployment controls follow it.</item>
/// <item>Job: parallelism to zero, which every version of Kubernetes understands (suspend came with 1.21), ends its pods, loses nothing and counts as no failure.</item>
/// <item>CronJob: suspended.</item>
/// <item>DaemonSet: a node selector that no node satisfies.</item>
/// </list>
/// </summary>
public static class WorkloadDecisions
{
    /// <summary>The kinds that can be stopped.</summary>
    public static bool IsWorkload(JsonObject value) => SizePath(value) is not null || IsCronJob(value) || IsDaemonSet(value);

    /// <summary>Stopped and started by itself, not by a built-in controller above it.</summary>
    public static bool IsTopLevel(JsonObject value) => (value.Group(), value.Kind()) switch
    {
        ("apps", "ReplicaSet") or ("", "ReplicationController") => CaptureRules.ControllerOf(value) is null,
        _ => true,
    };

    /// <summary>The merge patch that stops the workload; null when it is stopped already or has run to its end.</summary>
    public static JsonObject? Stop(JsonObject value)
    {
        if (!IsTopLevel(value) || CaptureRules.IsFinished(value))
            return null;
        if (SizePath(value) is { } size)
            return StopSized(value, size);
        if (IsCronJob(value))
            return StopCronJob(value);
        return IsDaemonSet(value) && value.At("spec", "template", "spec", "nodeSelector", WellKnown.StoppedNodeSelectorKey) is null
            ? Patch(value, [], new JsonObject { ["template"] = NodeSelector("true") })
            : null;
    }

    /// <summary>The merge patch that starts the workload as it was before Tonari stopped it; null when Tonari has not stopped it.</summary>
    public static JsonObject? Start(JsonObject value)
    {
        if (SizePath(value) is { } size && RememberedSize(value) is { } wanted)
            return Patch(value, new JsonObject { [WellKnown.ReplicasBeforeStopAnnotation] = null }, new JsonObject { [size] = wanted });
        if (IsCronJob(value) && value.Annotation(WellKnown.SuspendedBeforeStopAnnotation) is { } suspended)
            return Patch(value, new JsonObject { [WellKnown.SuspendedBeforeStopAnnotation] = null }, new JsonObject { ["suspend"] = suspended == "true" });
        return IsDaemonSet(value) && value.At("spec", "template", "spec", "nodeSelector", WellKnown.StoppedNodeSelectorKey) is not null
            ? Patch(value, [], new JsonObject { ["template"] = NodeSelector(null) })
            : null;
    }

    /// <summary>Changes a captured workload that Tonari had stopped back to its wanted size.</summary>
    public static void RestoreSize(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec)
            return;
        if (SizePath(value) is { } size && RememberedSize(value) is { } wanted)
            spec[size] = wanted;
        else if (IsCronJob(value) && value.Annotation(WellKnown.SuspendedBeforeStopAnnotation) is { } suspended)
            spec["suspend"] = suspended == "true";
        else if (IsDaemonSet(value) && spec.At("template", "spec", "nodeSelector") is JsonObject selector && selector.Remove(WellKnown.StoppedNodeSelectorKey) && selector.Count == 0)
            spec.At("template", "spec")!.AsObject().Remove("nodeSelector");
        if (value.Metadata()["annotations"] is JsonObject annotations)
        {
            annotations.Remove(WellKnown.ReplicasBeforeStopAnnotation);
            annotations.Remove(WellKnown.SuspendedBeforeStopAnnotation);
        }
    }

    /// <summary>What a workload still waits for, in words; null when it is as its specification wants it. Jobs and CronJobs are never waited for.</summary>
    public static string? NotReady(JsonObject value)
    {
        if (value.Kind() == "Pod")
        {
            var ready = (value.At("status", "conditions") as JsonArray ?? []).Any(c => c.At("type").Text() == "Ready" && c.At("status").Text() == "True");
            return ready || CaptureRules.IsFinished(value) ? null : $"Pod {value.Name()} is not ready.";
        }
        if (value.Group() != "apps" || !IsWorkload(value) || !IsTopLevel(value))
            return null;
        if (Number(value.At("status", "observedGeneration")) < Number(value.Metadata()["generation"]))
            return $"{value.Kind()} {value.Name()} has not been looked at by its controller yet.";
        var (wanted, ready2) = IsDaemonSet(value)
            ? (Number(value.At("status", "desiredNumberScheduled")), Number(value.At("status", "numberReady")))
            : (value.At("spec", "replicas") is { } replicas ? Number(replicas) : 1, Number(value.At("status", "readyReplicas")));
        return ready2 >= wanted ? null : $"{value.Kind()} {value.Name()} has {ready2} of {wanted} pods ready.";
    }

    /// <summary>
    /// Whether a pod whose ending was asked for may still have a process that writes. Its object alone says nothing: the kubelet keeps it until it has
    /// cleared the containers away, up to a minute later, and starts none of them meanwhile.
    /// </summary>
    public static bool MayStillRun(JsonObject pod)
    {
        if (CaptureRules.IsFinished(pod) || pod.At("spec", "nodeName").Text() is null)
            return false;
        var containers = ContainersOf(pod);

        // A node that has said nothing yet, or nothing any more, is not taken for one that runs nothing.
        return containers.Count == 0 || containers.Any(container => container.At("state", "terminated") is null && container.At("state", "waiting") is null);
    }

    /// <summary>
    /// Whether the kubelet has said of every container of a pod that it has ended. Stricter than <see cref="MayStillRun"/>: a container that was last
    /// seen waiting may have been started since, and what this answers for cannot be taken back.
    /// </summary>
    public static bool HasEnded(JsonObject pod) =>
        ContainersOf(pod) is { Count: > 0 } containers && containers.All(container => container.At("state", "terminated") is not null);

    /// <summary>Whether the kubelet has said of every container of a pod that it was started: its volumes have been mounted then.</summary>
    public static bool HasStarted(JsonObject pod) =>
        ContainersOf(pod) is { Count: > 0 } containers && containers.All(container => container.At("state", "running") is not null || container.At("state", "terminated") is not null);

    /// <summary>
    /// Whether a pod that was told to end runs no more, whatever the kubelet has said so far: it was started, and all its claims are of volumes that are not
    /// mounted now. A kubelet unmounts a pod's volumes only once none of its containers runs, and starts none of a pod that was told to end
    /// (Kubernetes, pkg/kubelet/volumemanager/populator: findAndRemoveDeletedPods; kubelet.go: syncPod).
    /// </summary>
    /// <param name="pod">It has a deletion timestamp.</param>
    /// <param name="unmounted">Claims of volumes that no node has mounted or attached.</param>
    /// <param name="leaving">The volumes are on their way out, so that it does not matter whether it has been started yet: it cannot be any more.</param>
    public static bool HasLetGo(JsonObject pod, IReadOnlySet<(string Namespace, string Claim)> unmounted, bool leaving) =>
        (leaving || HasStarted(pod)) && ClaimsOf(pod) is { Count: > 0 } claims && claims.All(claim => unmounted.Contains((pod.Namespace() ?? "", claim)));

    /// <summary>Whether deleting a pod brings a new one that is better off: somebody makes it again, it is not on its way out, and it was started before a moment.</summary>
    public static bool MayBeRestarted(JsonObject pod, DateTimeOffset startedBefore) =>
        CaptureRules.ControllerOf(pod) is not null && pod.Metadata()["deletionTimestamp"] is null
        && DateTimeOffset.TryParse(pod.At("status", "startTime").Text(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var started) && started < startedBefore;

    /// <summary>Names of the claims that a pod mounts, in its namespace.</summary>
    public static IReadOnlyList<string> ClaimsOf(JsonObject pod) =>
        [.. (pod.At("spec", "volumes") as JsonArray ?? []).Select(volume => volume.At("persistentVolumeClaim", "claimName").Text()).OfType<string>()];

    private static List<JsonNode?> ContainersOf(JsonObject pod)
    {
        string[] lists = ["initContainerStatuses", "containerStatuses", "ephemeralContainerStatuses"];
        return [.. lists.SelectMany(list => pod.At("status", list) as JsonArray ?? [])];
    }

    private static JsonObject? StopSized(JsonObject value, string size)
    {
        var current = value.At("spec", size) is { } node ? Number(node) : 1;
        var remembered = RememberedSize(value) is not null;
        if (current == 0 && remembered)
            return null;
        var annotations = remembered
            ? []
            : new JsonObject { [WellKnown.ReplicasBeforeStopAnnotation] = current.ToString(CultureInfo.InvariantCulture) };
        return Patch(value, annotations, new JsonObject { [size] = 0 });
    }

    private static JsonObject? StopCronJob(JsonObject value)
    {
        var suspended = value.At("spec", "suspend") is JsonValue flag && flag.TryGetValue<bool>(out var yes) && yes;
        var remembered = value.Annotation(WellKnown.SuspendedBeforeStopAnnotation) is not null;
        if (suspended && remembered)
            return null;
        var annotations = remembered ? [] : new JsonObject { [WellKnown.SuspendedBeforeStopAnnotation] = suspended ? "true" : "false" };
        return Patch(value, annotations, new JsonObject { ["suspend"] = true });
    }

    // With the resource version: what is remembered must be what is replaced.
    private static JsonObject Patch(JsonObject value, JsonObject annotations, JsonObject spec)
    {
        var metadata = new JsonObject { ["resourceVersion"] = value.ResourceVersion() };
        if (annotations.Count > 0)
            metadata["annotations"] = annotations;
        return new JsonObject { ["metadata"] = metadata, ["spec"] = spec };
    }

    private static JsonObject NodeSelector(string? stopped) => new()
    {
        ["spec"] = new JsonObject { ["nodeSelector"] = new JsonObject { [WellKnown.StoppedNodeSelectorKey] = stopped } },
    };

    private static long? RememberedSize(JsonObject value) =>
        long.TryParse(value.Annotation(WellKnown.ReplicasBeforeStopAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out var size) ? size : null;

    private static string? SizePath(JsonObject value) => (value.Group(), value.Kind()) switch
    {
        ("apps", "Deployment" or "StatefulSet" or "ReplicaSet") or ("", "ReplicationController") => "replicas",
        ("batch", "Job") => "parallelism",
        _ => null,
    };

    private static bool IsCronJob(JsonObject value) => value.Group() == "batch" && value.Kind() == "CronJob";

    private static bool IsDaemonSet(JsonObject value) => value.Group() == "apps" && value.Kind() == "DaemonSet";

    private static long Number(JsonNode? node) => node is JsonValue value && value.TryGetValue<long>(out var number) ? number
        : node is JsonValue other && other.TryGetValue<int>(out var small) ? small : 0;
}
