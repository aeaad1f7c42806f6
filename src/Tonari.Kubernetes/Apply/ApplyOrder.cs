using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Apply;

/// <summary>The order in which objects are applied: what others refer to comes first. Pure.</summary>
public static class ApplyOrder
{
    /// <summary>The rank of the volumes and claims among the objects: after what they may refer to, before what mounts them.</summary>
    public const int VolumeRank = 70;

    /// <summary>The objects in order; within a rank by kind, namespace and name, so that runs are alike.</summary>
    public static IReadOnlyList<JsonObject> Sort(IEnumerable<JsonObject> objects) =>
    [
        .. objects.OrderBy(RankOf)
            .ThenBy(value => value.Group(), StringComparer.Ordinal).ThenBy(value => value.Kind(), StringComparer.Ordinal)
            .ThenBy(value => value.Namespace(), StringComparer.Ordinal).ThenBy(value => value.Name(), StringComparer.Ordinal),
    ];

    /// <summary>Lower is earlier.</summary>
    public static int RankOf(JsonObject value) => (value.Group(), value.Kind()) switch
    {
        ("", "Namespace") => 0,
        ("apiextensions.k8s.io", "CustomResourceDefinition") => 10,
        ("admissionregistration.k8s.io", _) => 200, // Last: its backend must run before it is asked about anything.
        ("apiregistration.k8s.io", _) => 190,
        ("scheduling.k8s.io" or "storage.k8s.io" or "node.k8s.io", _) => 20,
        ("", "ResourceQuota" or "LimitRange") => 25,
        ("", "ServiceAccount") => 30,
        ("rbac.authorization.k8s.io", "Role" or "ClusterRole") => 40,
        ("rbac.authorization.k8s.io", _) => 45,
        ("", "ConfigMap") => 50,
        ("", "Secret") => 60,
        ("", "PersistentVolume" or "PersistentVolumeClaim") => VolumeRank,
        ("networking.k8s.io", "NetworkPolicy") => 75,
        ("", "Service") => 80,
        ("", "Pod" or "ReplicationController") or ("apps", _) or ("batch", "Job") => 120,
        ("batch", _) or ("networking.k8s.io" or "extensions", _) or ("autoscaling", _) or ("policy", _) => 150,
        _ => value.Namespace() is null ? 28 : 100, // Cluster-scoped before namespaced: custom resources refer to their classes.
    };
}
