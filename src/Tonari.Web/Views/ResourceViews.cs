using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Actions;

namespace Tonari.Web.Views;

/// <summary>A point in time of an application.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Application">Name of the application.</param>
/// <param name="Phase">Where its taking stands.</param>
/// <param name="TakenAt">The point in time.</param>
/// <param name="FrozenMs">How long the file systems were frozen, milliseconds.</param>
/// <param name="SizeBytes">Size of its volumes together, bytes.</param>
/// <param name="Volumes">How many volumes it holds.</param>
/// <param name="Pool">The pool that holds it.</param>
/// <param name="Message">What is wrong and what to do, or that all is well.</param>
public sealed record SnapshotView(
    string Namespace, string Name, string Application, AppSnapshotPhase Phase, DateTimeOffset? TakenAt, long FrozenMs, long SizeBytes, int Volumes, string? Pool,
    string? Message)
{
    /// <summary>Derives the view.</summary>
    public static SnapshotView Of(AppSnapshot snapshot)
    {
        var status = snapshot.Status ?? new AppSnapshotStatus();
        return new SnapshotView(
            snapshot.Namespace, snapshot.Name, snapshot.Spec.Application, status.Phase, status.TakenTime, status.FrozenMs, status.SizeBytes, status.Volumes,
            status.Pool, status.Message);
    }
}

/// <summary>A command that runs in containers at stages of Tonari's work.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Application">The application; empty: every one of the namespace.</param>
/// <param name="Stages">When it runs.</param>
/// <param name="Weight">Order within a stage, lower first.</param>
/// <param name="Command">Program and arguments.</param>
/// <param name="TimeoutSeconds">How long it may take in one container, seconds.</param>
/// <param name="OnFailure">What a failure does.</param>
/// <param name="LastRunAt">When it last ran.</param>
/// <param name="Message">What came of it.</param>
public sealed record HookView(
    string Namespace, string Name, string Application, IReadOnlyList<HookStage> Stages, int Weight, IReadOnlyList<string> Command, double TimeoutSeconds,
    HookFailurePolicy OnFailure, DateTimeOffset? LastRunAt, string? Message)
{
    /// <summary>The hook as it would be written to make it.</summary>
    public required HookRequest Definition { get; init; }

    /// <summary>Derives the view.</summary>
    public static HookView Of(ExecHook hook) => new(
        hook.Namespace, hook.Name, hook.Spec.Application, hook.Spec.Stages, hook.Spec.Weight, hook.Spec.Command, hook.Spec.Timeout.Value.TotalSeconds,
        hook.Spec.OnFailure, hook.Status?.LastRunTime, hook.Status?.Message)
    {
        Definition = HookDefinitions.Write(hook),
    };
}

/// <summary>A neighbouring cluster.</summary>
/// <param name="Name">Name of the object.</param>
/// <param name="ClusterName">Its own name for itself.</param>
/// <param name="Endpoint">Where it is, host:port.</param>
/// <param name="Fingerprint">Lower-case hex SHA-256 of its certificate.</param>
/// <param name="Reachable">It answered the last time.</param>
/// <param name="Suspended">Every request of it is refused.</param>
/// <param name="LastContactAt">When it last answered.</param>
/// <param name="RoundTripMs">Round trip, milliseconds.</param>
/// <param name="ClockSkewMs">Its clock minus ours, milliseconds.</param>
/// <param name="Version">Version of its Tonari.</param>
/// <param name="AllowedNamespaces">Namespaces its mirrors may use here.</param>
/// <param name="AllowedPools">Pools its volumes may be kept in; empty: all managed.</param>
/// <param name="Message">What is wrong and what to do, or that all is well.</param>
public sealed record NeighbourView(
    string Name, string? ClusterName, string Endpoint, string Fingerprint, bool Reachable, bool Suspended, DateTimeOffset? LastContactAt, long? RoundTripMs,
    long? ClockSkewMs, string? Version, IReadOnlyList<string> AllowedNamespaces, IReadOnlyList<string> AllowedPools, string? Message)
{
    /// <summary>Derives the view.</summary>
    public static NeighbourView Of(ClusterPeer peer) => new(
        peer.Name, peer.Status?.ClusterName, peer.Spec.Endpoint, peer.Spec.Fingerprint, peer.Status?.Reachable ?? false, peer.Spec.Suspended,
        peer.Status?.LastContactTime, peer.Status?.RoundTripMs, peer.Status?.ClockSkewMs, peer.Status?.Version, peer.Spec.AllowedNamespaces,
        peer.Spec.AllowedPools, peer.Status?.Message);
}

/// <summary>A directory on a node in which volumes can be kept.</summary>
/// <param name="Name">Name of the object.</param>
/// <param name="Node">The node it is on.</param>
/// <param name="Path">Its directory there.</param>
/// <param name="Substrate">btrfs or xfs; null where it can be neither.</param>
/// <param name="Managed">Volumes may be made in it.</param>
/// <param name="Usable">It can hold volumes.</param>
/// <param name="State">Whether it is used.</param>
/// <param name="Reason">Why it cannot be used or what to look after, and what to do.</param>
/// <param name="CapacityBytes">Size, bytes.</param>
/// <param name="UsedBytes">In use, bytes.</param>
/// <param name="Volumes">Volumes in it.</param>
/// <param name="HeartbeatAt">When the node last looked.</param>
public sealed record PoolView(
    string Name, string? Node, string? Path, string? Substrate, bool Managed, bool Usable, StoragePoolState State, string? Reason, long CapacityBytes,
    long UsedBytes, int Volumes, DateTimeOffset? HeartbeatAt)
{
    /// <summary>A sentence for each damaged file of it; null: none is known to be.</summary>
    public string? Damage { get; init; }

    /// <summary>How full it is, 0 to 1.</summary>
    internal double UsedFraction => CapacityBytes > 0 ? (double)UsedBytes / CapacityBytes : 0;

    /// <summary>Derives the view.</summary>
    public static PoolView Of(StoragePool pool)
    {
        var status = pool.Status ?? new StoragePoolStatus { Reason = "The node has not reported it yet." };
        return new PoolView(
            pool.Name, status.Node, status.Path, status.Substrate, pool.Spec.Managed, status.Usable, status.State, status.Reason, status.CapacityBytes,
            status.UsedBytes, status.Volumes, status.HeartbeatTime)
        {
            Damage = status.Conditions.FirstOrDefault(c => c is { Type: StoragePoolStatus.DamagedCondition, Status: ConditionStatus.True })?.Message,
        };
    }
}

/// <summary>A storage class, and whether volumes of it can be replicated.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Provisioner">Who makes its volumes.</param>
/// <param name="IsDefault">Claims that name none get this one.</param>
/// <param name="CanReplicate">Volumes of it can be replicated.</param>
/// <param name="Because">Why, or why not and what to do.</param>
public sealed record StorageClassView(string Name, string Provisioner, bool IsDefault, bool CanReplicate, string Because)
{
    private const string DefaultAnnotation = "storageclass.kubernetes.io/is-default-class";

    /// <summary>Derives the view.</summary>
    /// <param name="storageClass">The class.</param>
    /// <param name="pools">All pools of this cluster.</param>
    public static StorageClassView Of(V1StorageClass storageClass, IEnumerable<StoragePool> pools)
    {
        var managed = pools.Count(p => p.Spec.Managed && p.Status?.Usable == true);
        var (can, because) = storageClass.Provisioner != WellKnown.Driver
            ? (false, $"Its volumes are made by {storageClass.Provisioner}; Tonari replicates its own. Use a class whose provisioner is {WellKnown.Driver}.")
            : managed == 0
                ? (false, "Its volumes would be Tonari's own, but no usable pool is managed. Manage one.")
                : (true, $"Its volumes are Tonari's own; {managed} {(managed == 1 ? "pool is" : "pools are")} managed.");
        var isDefault = storageClass.Metadata.Annotations?.TryGetValue(DefaultAnnotation, out var value) == true && value == "true";
        return new StorageClassView(storageClass.Metadata.Name, storageClass.Provisioner, isDefault, can, because);
    }
}
