using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;
using k8s.Models;

namespace Tonari.Kubernetes.Resources;

/// <summary>A directory on a node in which volumes can be kept. Discovered by the node; used once it is managed.</summary>
[KubernetesEntity(Group = WellKnown.Group, ApiVersion = WellKnown.Version, Kind = "StoragePool", PluralName = "storagepools")]
[CustomResourceInfo("tpool", Namespaced = false)]
[PrinterColumn("Node", "string", ".status.node")]
[PrinterColumn("Substrate", "string", ".status.substrate")]
[PrinterColumn("Managed", "boolean", ".spec.managed")]
[PrinterColumn("State", "string", ".status.state")]
[PrinterColumn("Capacity", "integer", ".status.capacityBytes")]
[PrinterColumn("Used", "integer", ".status.usedBytes")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class StoragePool() : CustomResource<StoragePoolSpec, StoragePoolStatus>("StoragePool")
{
    /// <summary>The merge patch that lets volumes be made in a pool, or no more.</summary>
    public static JsonObject Managing(bool managed) => new() { ["spec"] = new JsonObject { ["managed"] = managed } };
}

/// <summary>What the user wants of the pool.</summary>
public sealed record StoragePoolSpec
{
    /// <summary>Volumes may be made in it.</summary>
    public bool Managed { get; init; }
}

/// <summary>Whether a pool is used.</summary>
public enum StoragePoolState
{
    /// <summary>Found and usable, but nobody has managed it yet.</summary>
    Discovered,

    /// <summary>In use.</summary>
    Managed,

    /// <summary>Found, but it cannot hold volumes; the reason says why.</summary>
    Unusable,
}

/// <summary>What the node says of the pool.</summary>
public sealed record StoragePoolStatus
{
    /// <summary>Type of the condition that says whether files of the pool are damaged, and names them.</summary>
    public const string DamagedCondition = "Damaged";

    /// <summary>The node it is on.</summary>
    public string? Node { get; init; }

    /// <summary>Its directory on that node.</summary>
    public string? Path { get; init; }

    /// <summary>The id written into the pool itself.</summary>
    public string? PoolId { get; init; }

    /// <summary>Address of the node's agent, host:port.</summary>
    public string? AgentEndpoint { get; init; }

    /// <summary>The file system it is on.</summary>
    [AllowedValues("btrfs", "xfs")]
    public string? Substrate { get; init; }

    /// <summary>It can hold volumes.</summary>
    public bool Usable { get; init; }

    /// <summary>Whether it is used.</summary>
    public StoragePoolState State { get; init; }

    /// <summary>Why it cannot be used or what to look after, and what to do.</summary>
    public string? Reason { get; init; }

    /// <summary>Size, bytes.</summary>
    public long CapacityBytes { get; init; }

    /// <summary>In use, bytes.</summary>
    public long UsedBytes { get; init; }

    /// <summary>Volumes in it.</summary>
    public int Volumes { get; init; }

    /// <summary>When the node last looked.</summary>
    public DateTimeOffset? HeartbeatTime { get; init; }

    /// <summary>State in the form of the API conventions.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
