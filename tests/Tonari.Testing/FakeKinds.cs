using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;

namespace Tonari.Testing;

/// <summary>The kinds a <see cref="FakeKubernetesApi"/> knows from the start.</summary>
internal static class FakeKinds
{
    private static readonly string[] AllVerbs = ["create", "delete", "deletecollection", "get", "list", "patch", "update", "watch"];

    public static IReadOnlyList<ResourceKind> All { get; } =
    [
        .. Core("ConfigMap", "Endpoints", "Event", "LimitRange", "PersistentVolumeClaim", "Pod", "ReplicationController", "ResourceQuota", "Secret", "Service", "ServiceAccount"),
        Make("", "v1", "Namespace", namespaced: false), Make("", "v1", "Node", namespaced: false), Make("", "v1", "PersistentVolume", namespaced: false),
        .. Grouped("apps", "v1", "ControllerRevision", "DaemonSet", "Deployment", "ReplicaSet", "StatefulSet"),
        .. Grouped("batch", "v1", "CronJob", "Job"),
        .. Grouped("autoscaling", "v1", "HorizontalPodAutoscaler"),
        .. Grouped("policy", "v1", "PodDisruptionBudget"),
        .. Grouped("networking.k8s.io", "v1", "Ingress", "NetworkPolicy"),
        .. Grouped("discovery.k8s.io", "v1", "EndpointSlice"),
        .. Grouped("coordination.k8s.io", "v1", "Lease"),
        .. Grouped("rbac.authorization.k8s.io", "v1", "Role", "RoleBinding"),
        Make("rbac.authorization.k8s.io", "v1", "ClusterRole", namespaced: false), Make("rbac.authorization.k8s.io", "v1", "ClusterRoleBinding", namespaced: false),
        Make("storage.k8s.io", "v1", "StorageClass", namespaced: false), Make("storage.k8s.io", "v1", "CSIDriver", namespaced: false),
        Make("apiextensions.k8s.io", "v1", "CustomResourceDefinition", namespaced: false),
        Make("admissionregistration.k8s.io", "v1", "MutatingWebhookConfiguration", namespaced: false),
        Make("admissionregistration.k8s.io", "v1", "ValidatingWebhookConfiguration", namespaced: false),
        Make("authentication.k8s.io", "v1", "TokenReview", namespaced: false), Make("authorization.k8s.io", "v1", "SubjectAccessReview", namespaced: false),
        .. Grouped(WellKnown.Group, WellKnown.Version, "AppMirror", "Application", "AppSnapshot", "ExecHook"),
        Make(WellKnown.Group, WellKnown.Version, "ClusterPeer", namespaced: false), Make(WellKnown.Group, WellKnown.Version, "StoragePool", namespaced: false),
    ];

    public static bool IsReview(ResourceKind kind) => kind.Kind is "TokenReview" or "SubjectAccessReview";

    public static ResourceKind Make(string group, string version, string kind, bool namespaced) =>
        new(group, version, kind, PluralOf(kind), namespaced) { Verbs = AllVerbs, ServedVersions = [version] };

    private static IEnumerable<ResourceKind> Core(params string[] kinds) => Grouped("", "v1", kinds);

    private static IEnumerable<ResourceKind> Grouped(string group, string version, params string[] kinds) =>
        kinds.Select(kind => Make(group, version, kind, namespaced: true));

    private static string PluralOf(string kind)
    {
        var name = kind.ToLowerInvariant();
        return name switch
        {
            "endpoints" => name,
            _ when name.EndsWith("ss", StringComparison.Ordinal) => name + "es",
            _ when name.EndsWith("cy", StringComparison.Ordinal) => name[..^1] + "ies",
            _ => name + "s",
        };
    }
}
