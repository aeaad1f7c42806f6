using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Capture;

/// <summary>
/// Which objects belong to a capture. What the cluster makes by itself does not: it would be made again, or belongs to the old cluster.
/// <para>
/// Objects with a controlling owner: Pods, ReplicaSets and Jobs never; others not when their owner is captured, because the owner's controller
/// makes them again. Secrets and ConfigMaps are carried all the same: operators generate passwords and keys once, and the data in the volumes knows them.
/// </para>
/// <para>Finished Jobs and Pods are left behind: applied elsewhere they would run a second time.</para>
/// </summary>
public static class CaptureRules
{
    private static readonly HashSet<(string Group, string Kind)> NeverKinds =
    [
        ("", "Event"), ("events.k8s.io", "Event"), ("", "Endpoints"), ("discovery.k8s.io", "EndpointSlice"), ("coordination.k8s.io", "Lease"),
        ("apps", "ControllerRevision"), ("", "PersistentVolumeClaim"), ("storage.k8s.io", "CSIStorageCapacity"), ("", "PodTemplate"),
        ("snapshot.storage.k8s.io", "VolumeSnapshot"), ("resource.k8s.io", "ResourceClaim"), ("", "PersistentVolume"),
    ];

    // Groups without a dot belong to Kubernetes; of those in *.k8s.io some are custom resources of its projects.
    private static readonly HashSet<string> BuiltInGroups =
    [
        "admissionregistration.k8s.io", "apiextensions.k8s.io", "apiregistration.k8s.io", "authentication.k8s.io", "authorization.k8s.io", "certificates.k8s.io",
        "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io", "flowcontrol.apiserver.k8s.io", "internal.apiserver.k8s.io", "networking.k8s.io", "node.k8s.io",
        "rbac.authorization.k8s.io", "resource.k8s.io", "scheduling.k8s.io", "storage.k8s.io",
    ];

    private static readonly HashSet<string> GeneratedConfigMaps = ["kube-root-ca.crt", "openshift-service-ca.crt"];

    private static readonly HashSet<string> BuiltInPodOwners = ["Pod", "Node"];

    /// <summary>Whether objects of the kind can belong to a capture at all.</summary>
    public static bool IsCapturable(ResourceKind kind) =>
        kind.Namespaced
        && kind.Verbs.Contains("list") && kind.Verbs.Contains("create")
        && MayTravel(kind.Group, kind.Kind);

    /// <summary>Whether objects of the kind may be in a capture, wherever it was made.</summary>
    public static bool MayTravel(string group, string kind) =>
        group != "metrics.k8s.io" && (group != WellKnown.Group || kind is "ExecHook" or "Application") && !NeverKinds.Contains((group, kind));

    /// <summary>Whether Kubernetes itself defines the group's kinds, so that no custom resource definition has to travel with their objects.</summary>
    public static bool IsBuiltIn(string group) => !group.Contains('.', StringComparison.Ordinal) || BuiltInGroups.Contains(group);

    /// <summary>Of everything found, what belongs to the capture. An object that is served in two groups (same uid) is taken once.</summary>
    public static IReadOnlyList<JsonObject> Choose(IEnumerable<JsonObject> found, ApplicationScope scope)
    {
        var once = found
            .OrderBy(value => value.Group() == "extensions")
            .DistinctBy(value => value.Uid() ?? $"{value.Group()}/{value.Kind()}/{value.Namespace()}/{value.Name()}")
            .Where(value => !IsGenerated(value) && !IsFinished(value) && !scope.IsExcluded(value))
            .ToList();
        var uids = once.Select(value => value.Uid()).OfType<string>().ToHashSet();
        return
        [
            .. once.Where(value => !IsMadeByOwner(value, uids))
                .OrderBy(value => value.Group(), StringComparer.Ordinal).ThenBy(value => value.Kind(), StringComparer.Ordinal)
                .ThenBy(value => value.Namespace(), StringComparer.Ordinal).ThenBy(value => value.Name(), StringComparer.Ordinal),
        ];
    }

    /// <summary>The object that controls this one; null if none does.</summary>
    public static JsonObject? ControllerOf(JsonObject value) =>
        (value.Metadata()["ownerReferences"] as JsonArray ?? []).OfType<JsonObject>()
            .FirstOrDefault(owner => owner["controller"] is JsonValue flag && flag.TryGetValue<bool>(out var controls) && controls);

    private static bool IsMadeByOwner(JsonObject value, HashSet<string> captured)
    {
        if ((value.Metadata()["ownerReferences"] as JsonArray ?? []).Any(owner => BuiltInPodOwners.Contains(owner.At("kind").Text() ?? "")))
            return true;
        if (ControllerOf(value) is not { } controller)
            return false;
        return (value.Group(), value.Kind()) switch
        {
            ("", "Pod") or ("apps", "ReplicaSet") or ("batch", "Job") => true,
            ("", "Secret" or "ConfigMap") => false,
            _ => captured.Contains(controller["uid"].Text() ?? ""),
        };
    }

    private static bool IsGenerated(JsonObject value)
    {
        if (value.Metadata()["deletionTimestamp"] is not null)
            return true;
        return (value.Group(), value.Kind()) switch
        {
            ("", "Secret") => value["type"].Text() is "kubernetes.io/service-account-token" or "bootstrap.kubernetes.io/token",
            ("", "ConfigMap") => GeneratedConfigMaps.Contains(value.Name()),
            ("", "ServiceAccount") => value.Name() == "default" && !IsChangedAccount(value),
            ("", "Service") => value.Name() == "kubernetes" && value.Namespace() == "default",
            ("", "Pod") => value.Annotation("kubernetes.io/config.mirror") is not null,
            _ => false,
        };
    }

    private static bool IsChangedAccount(JsonObject account) =>
        account["imagePullSecrets"] is JsonArray { Count: > 0 } || account["automountServiceAccountToken"] is not null
        || account.Metadata()["labels"] is JsonObject { Count: > 0 } || account.Metadata()["annotations"] is JsonObject { Count: > 0 };

    /// <summary>A Pod or Job that has run to its end.</summary>
    public static bool IsFinished(JsonObject value) => (value.Group(), value.Kind()) switch
    {
        ("", "Pod") => value.At("status", "phase").Text() is "Succeeded" or "Failed",
        ("batch", "Job") => (value.At("status", "conditions") as JsonArray ?? [])
            .Any(c => c.At("type").Text() is "Complete" or "Failed" && c.At("status").Text() == "True"),
        _ => false,
    };
}
