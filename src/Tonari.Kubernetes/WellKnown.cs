namespace Tonari.Kubernetes;

/// <summary>The names by which Tonari's pieces, Kubernetes and users find each other (docs/design/contracts.md, section 3).</summary>
public static class WellKnown
{
    /// <summary>CSI driver and provisioner.</summary>
    public const string Driver = "tonari.dev";

    /// <summary>API group of the custom resources.</summary>
    public const string Group = "tonari.dev";

    /// <summary>Version of the custom resources.</summary>
    public const string Version = "v1alpha1";

    /// <summary>Group and version as written in <c>apiVersion</c>.</summary>
    public const string ApiVersion = Group + "/" + Version;

    /// <summary>Topology key on nodes and in the node affinity of persistent volumes; its value is the node's name.</summary>
    public const string NodeTopologyKey = "tonari.dev/node";

    /// <summary>Label on everything that Tonari created for a mirror; its value is the mirror id.</summary>
    public const string MirrorLabel = "tonari.dev/mirror";

    /// <summary>Annotation: the replicas a workload had before Tonari stopped it.</summary>
    public const string ReplicasBeforeStopAnnotation = "tonari.dev/replicas-before-stop";

    /// <summary>Annotation: whether a CronJob or Job was suspended before Tonari stopped it, <c>true</c> or <c>false</c>.</summary>
    public const string SuspendedBeforeStopAnnotation = "tonari.dev/suspended-before-stop";

    /// <summary>Key of the node selector that no node satisfies, by which a DaemonSet is stopped.</summary>
    public const string StoppedNodeSelectorKey = "tonari.dev/stopped";

    /// <summary>Field manager of server-side apply.</summary>
    public const string FieldManager = "tonari";

    /// <summary>Finalizer on mirrors.</summary>
    public const string Finalizer = "tonari.dev/mirror";

    /// <summary>The namespace Tonari itself lives in, unless it was installed elsewhere.</summary>
    public const string SystemNamespace = "tonari-system";

    /// <summary>Secret with this cluster's certificate and key (<c>tls.crt</c>, <c>tls.key</c>), in the system namespace.</summary>
    public const string IdentitySecret = "tonari-identity";

    /// <summary>Key of the CSI volume attributes that names the StoragePool.</summary>
    public const string PoolAttribute = "pool";

    /// <summary>The controller's Lease.</summary>
    public const string ControllerLease = "tonari-controller";

    /// <summary>Annotation by which a user asks that a mirror be deleted without waiting for the peer: <c>true</c>.</summary>
    public const string ForceDeleteAnnotation = "tonari.dev/force-delete";

    /// <summary>Id of the volume first made for the claim with this uid.</summary>
    public static string VolumeIdOf(string claimUid) => "pvc-" + claimUid;

    /// <summary>Name of the StoragePool object of a pool directory on a node.</summary>
    public static string StoragePoolName(string node, string poolDirectory) => $"{node}-{poolDirectory}";
}
