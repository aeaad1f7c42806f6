using System.ComponentModel.DataAnnotations;
using k8s.Models;

namespace Tonari.Kubernetes.Resources;

/// <summary>A neighbouring cluster: where it is, which certificate it shows, and what it may do here.</summary>
[KubernetesEntity(Group = WellKnown.Group, ApiVersion = WellKnown.Version, Kind = "ClusterPeer", PluralName = "clusterpeers")]
[CustomResourceInfo("tpeer", Namespaced = false)]
[PrinterColumn("Endpoint", "string", ".spec.endpoint")]
[PrinterColumn("Cluster", "string", ".status.clusterName")]
[PrinterColumn("Reachable", "boolean", ".status.reachable")]
[PrinterColumn("RTT", "integer", ".status.roundTripMs")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class ClusterPeer() : CustomResource<ClusterPeerSpec, ClusterPeerStatus>("ClusterPeer");

/// <summary>Where the neighbour is and what it may do here.</summary>
public sealed record ClusterPeerSpec
{
    /// <summary>Address of the neighbour's peer gateway, host:port.</summary>
    [Required, RegularExpression(@"^(\[[0-9a-fA-F:.]+\]|[^:\[\]/\s]+):[0-9]{1,5}$"), MaxLength(300)]
    public string Endpoint { get; init; } = "";

    /// <summary>Lower-case hex SHA-256 of the certificate (DER) that the neighbour shows.</summary>
    [Required, RegularExpression("^[0-9a-f]{64}$"), MaxLength(64)]
    public string Fingerprint { get; init; } = "";

    /// <summary>
    /// Namespaces here that mirrors of this neighbour may read from and write to; "*" stands for all but those of the system (kube-*, openshift-*,
    /// Tonari's own), which must be named.
    /// </summary>
    [MaxLength(1000), Each(NameForms.LongestLabel, Pattern = NameForms.LabelOrAny)]
    public IReadOnlyList<string> AllowedNamespaces { get; init; } = ["*"];

    /// <summary>StoragePools here that this neighbour's volumes may be kept in; empty stands for all managed ones.</summary>
    [MaxLength(1000), Each(NameForms.LongestSubdomain, Pattern = NameForms.Subdomain)]
    public IReadOnlyList<string> AllowedPools { get; init; } = [];

    /// <summary>
    /// Kinds of cluster-scoped objects that applications of this neighbour may bring along, each Kind or Kind.group, such as
    /// PriorityClass.scheduling.k8s.io. Namespaces and definitions of custom resources need no mention.
    /// </summary>
    [MaxLength(100), Each(NameForms.LongestKind + 1 + NameForms.LongestSubdomain, Pattern = NameForms.KindAndGroup)]
    public IReadOnlyList<string> AllowedClusterKinds { get; init; } = [];

    /// <summary>Volumes of this neighbour that are kept here may be so large together, bytes; no limit but the pools' when left out.</summary>
    [Range(0, long.MaxValue)]
    public long? QuotaBytes { get; init; }

    /// <summary>Refuse every request of this neighbour and make none.</summary>
    public bool Suspended { get; init; }

    /// <summary>Whether mirrors of this neighbour may use a namespace here.</summary>
    /// <param name="name">Of the namespace.</param>
    /// <param name="systemNamespace">Where Tonari is installed.</param>
    public bool AllowsNamespace(string name, string systemNamespace) =>
        AllowedNamespaces.Contains(name) || (AllowedNamespaces.Contains("*") && !IsOfTheSystem(name, systemNamespace));

    /// <summary>A namespace whose objects are more than an application's: who writes there rules the cluster.</summary>
    public static bool IsOfTheSystem(string name, string systemNamespace) => name == systemNamespace
        || name.StartsWith("kube-", StringComparison.Ordinal) || name.StartsWith("openshift-", StringComparison.Ordinal) || name == "openshift";
}

/// <summary>What is known of the neighbour.</summary>
public sealed record ClusterPeerStatus
{
    /// <summary>It answered the last time it was asked.</summary>
    public bool Reachable { get; init; }

    /// <summary>Its own name for itself.</summary>
    public string? ClusterName { get; init; }

    /// <summary>Version of its Tonari.</summary>
    public string? Version { get; init; }

    /// <summary>Round trip of the last answered request, milliseconds.</summary>
    public long? RoundTripMs { get; init; }

    /// <summary>Its clock minus this cluster's clock, milliseconds, give or take half the round trip.</summary>
    public long? ClockSkewMs { get; init; }

    /// <summary>When it last answered.</summary>
    public DateTimeOffset? LastContactTime { get; init; }

    /// <summary>What is wrong and what to do, or that all is well.</summary>
    public string? Message { get; init; }

    /// <summary>Mirrors that were deleted here while this neighbour was gone; it is told when it comes back.</summary>
    public IReadOnlyList<DeletedMirror> DeletedMirrors { get; init; } = [];

    /// <summary>State in the form of the API conventions.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}

/// <summary>A mirror that no longer exists here.</summary>
/// <param name="MirrorId">Its id.</param>
/// <param name="Time">When it was deleted.</param>
public sealed record DeletedMirror(string MirrorId, DateTimeOffset Time);
