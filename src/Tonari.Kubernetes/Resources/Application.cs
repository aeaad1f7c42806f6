using System.ComponentModel.DataAnnotations;
using k8s.Models;

namespace Tonari.Kubernetes.Resources;

/// <summary>What belongs together: resources and volumes that are captured, mirrored and moved as one.</summary>
[KubernetesEntity(Group = WellKnown.Group, ApiVersion = WellKnown.Version, Kind = "Application", PluralName = "applications")]
[CustomResourceInfo("tapp")]
[PrinterColumn("Resources", "integer", ".status.resources")]
[PrinterColumn("Mirrors", "string", ".status.mirrors")]
[PrinterColumn("Message", "string", ".status.message")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class Application() : CustomResource<ApplicationSpec, ApplicationStatus>("Application");

/// <summary>What belongs to the application.</summary>
public sealed record ApplicationSpec
{
    /// <summary>Namespaces and, within each, the objects chosen by label. Empty: everything in the application's own namespace.</summary>
    [MaxLength(100)]
    public IReadOnlyList<ApplicationNamespace> Namespaces { get; init; } = [];

    /// <summary>Cluster-scoped objects that belong to it; none is taken unless chosen here.</summary>
    [MaxLength(100)]
    public IReadOnlyList<ClusterResourceChoice> ClusterResources { get; init; } = [];

    /// <summary>Objects that do not belong to it although they were chosen above.</summary>
    [MaxLength(100)]
    public IReadOnlyList<ResourceExclude> Excludes { get; init; } = [];
}

/// <summary>A namespace of an application.</summary>
public sealed record ApplicationNamespace
{
    /// <summary>Its name.</summary>
    [Required, RegularExpression(NameForms.Label), MaxLength(NameForms.LongestLabel)]
    public string Name { get; init; } = "";

    /// <summary>Which of its objects; all of them when left out.</summary>
    public V1LabelSelector? Selector { get; init; }
}

/// <summary>Cluster-scoped objects.</summary>
public sealed record ClusterResourceChoice
{
    /// <summary>API group; empty for the core group.</summary>
    [RegularExpression(NameForms.SubdomainOrEmpty), MaxLength(NameForms.LongestSubdomain)]
    public string Group { get; init; } = "";

    /// <summary>Kind.</summary>
    [Required, RegularExpression(NameForms.Kind), MaxLength(NameForms.LongestKind)]
    public string Kind { get; init; } = "";

    /// <summary>The one object of this name.</summary>
    [RegularExpression(NameForms.PathSegment), MaxLength(253)]
    public string? Name { get; init; }

    /// <summary>The objects with these labels. With neither name nor selector: all objects of the kind.</summary>
    public V1LabelSelector? Selector { get; init; }
}

/// <summary>Objects left out.</summary>
public sealed record ResourceExclude
{
    /// <summary>API group; empty for the core group.</summary>
    [RegularExpression(NameForms.SubdomainOrEmpty), MaxLength(NameForms.LongestSubdomain)]
    public string Group { get; init; } = "";

    /// <summary>Kind.</summary>
    [Required, RegularExpression(NameForms.Kind), MaxLength(NameForms.LongestKind)]
    public string Kind { get; init; } = "";

    /// <summary>The one object of this name; all objects of the kind when left out.</summary>
    [RegularExpression(NameForms.PathSegment), MaxLength(253)]
    public string? Name { get; init; }
}

/// <summary>What is known of the application.</summary>
public sealed record ApplicationStatus
{
    /// <summary>Its volumes.</summary>
    public IReadOnlyList<ApplicationVolume> Volumes { get; init; } = [];

    /// <summary>How many objects a capture would hold.</summary>
    public int Resources { get; init; }

    /// <summary>Names of the mirrors that replicate it.</summary>
    public IReadOnlyList<string> Mirrors { get; init; } = [];

    /// <summary>What is wrong and what to do, or that all is well.</summary>
    public string? Message { get; init; }

    /// <summary>State in the form of the API conventions.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}

/// <summary>A volume of an application.</summary>
public sealed record ApplicationVolume
{
    /// <summary>Namespace of its claim.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>Name of its PersistentVolumeClaim.</summary>
    public string Claim { get; init; } = "";

    /// <summary>Engine volume id.</summary>
    public string? VolumeId { get; init; }

    /// <summary>The StoragePool that holds it.</summary>
    public string? Pool { get; init; }

    /// <summary>The node of that pool.</summary>
    public string? Node { get; init; }

    /// <summary>Size, bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>Its storage class.</summary>
    public string? StorageClass { get; init; }

    /// <summary>It can be replicated.</summary>
    public bool Replicable { get; init; }

    /// <summary>Why not, and what to do.</summary>
    public string? Reason { get; init; }
}
