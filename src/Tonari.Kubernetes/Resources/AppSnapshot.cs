using System.ComponentModel.DataAnnotations;
using k8s.Models;

namespace Tonari.Kubernetes.Resources;

/// <summary>One point in time of an application: all its volumes together, and its resources.</summary>
[KubernetesEntity(Group = WellKnown.Group, ApiVersion = WellKnown.Version, Kind = "AppSnapshot", PluralName = "appsnapshots")]
[CustomResourceInfo("tsnap")]
[PrinterColumn("Application", "string", ".spec.application")]
[PrinterColumn("Phase", "string", ".status.phase")]
[PrinterColumn("Taken", "date", ".status.takenTime")]
[PrinterColumn("Frozen-Ms", "integer", ".status.frozenMs")]
[PrinterColumn("Volumes", "integer", ".status.volumes")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class AppSnapshot() : CustomResource<AppSnapshotSpec, AppSnapshotStatus>("AppSnapshot");

/// <summary>What is to be taken.</summary>
public sealed record AppSnapshotSpec
{
    /// <summary>Name of the Application, in the same namespace.</summary>
    [Required, RegularExpression(NameForms.Subdomain), MaxLength(253)]
    public string Application { get; init; } = "";

    /// <summary>Keep the snapshot in the pool when this object is deleted.</summary>
    public bool Retain { get; init; }
}

/// <summary>Where the taking of a snapshot stands.</summary>
public enum AppSnapshotPhase
{
    /// <summary>Not begun.</summary>
    Pending,

    /// <summary>Being taken.</summary>
    Taking,

    /// <summary>Complete on every volume.</summary>
    Ready,

    /// <summary>Could not be taken; the message says why. Nothing is left of it.</summary>
    Failed,
}

/// <summary>What came of it.</summary>
public sealed record AppSnapshotStatus
{
    /// <summary>Where it stands.</summary>
    public AppSnapshotPhase Phase { get; init; }

    /// <summary>Name of the group snapshot in the pool.</summary>
    public string? Name { get; init; }

    /// <summary>The StoragePool that holds it.</summary>
    public string? Pool { get; init; }

    /// <summary>The point in time.</summary>
    public DateTimeOffset? TakenTime { get; init; }

    /// <summary>How long the file systems were frozen, milliseconds.</summary>
    public long FrozenMs { get; init; }

    /// <summary>Size of its volumes together, bytes.</summary>
    public long SizeBytes { get; init; }

    /// <summary>How many volumes it holds.</summary>
    public int Volumes { get; init; }

    /// <summary>What is wrong and what to do, or that all is well.</summary>
    public string? Message { get; init; }

    /// <summary>State in the form of the API conventions.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
