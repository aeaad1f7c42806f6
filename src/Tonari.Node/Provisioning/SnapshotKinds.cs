using k8s;
using k8s.Models;
using Tonari.Kubernetes.Resources;

namespace Tonari.Node.Provisioning;

/// <summary>Names of the API group snapshot.storage.k8s.io (kubernetes-csi/external-snapshotter). Whoever else handles these objects uses the same
/// names and writes the same facts, so two controllers at work do not disturb each other.</summary>
internal static class SnapshotKinds
{
    public const string Group = "snapshot.storage.k8s.io";
    public const string Version = "v1";
    public const string ApiVersion = Group + "/" + Version;
    public const string BoundFinalizer = "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";
    public const string ContentFinalizer = "snapshot.storage.kubernetes.io/volumesnapshotcontent-bound-protection";
    public const string DefaultClassAnnotation = "snapshot.storage.kubernetes.io/is-default-class";

    /// <summary>Name of the content made for the VolumeSnapshot with this uid.</summary>
    public static string ContentName(string snapshotUid) => "snapcontent-" + snapshotUid;

    /// <summary>Name of the snapshot taken for the VolumeSnapshot with this uid.</summary>
    public static string SnapshotName(string snapshotUid) => "snapshot-" + snapshotUid;
}

/// <summary>A user's wish for a snapshot.</summary>
[KubernetesEntity(Group = SnapshotKinds.Group, ApiVersion = SnapshotKinds.Version, Kind = "VolumeSnapshot", PluralName = "volumesnapshots")]
internal sealed class VolumeSnapshot() : CustomResource<VolumeSnapshotSpec, VolumeSnapshotStatus>("VolumeSnapshot");

internal sealed record VolumeSnapshotSpec
{
    public string? VolumeSnapshotClassName { get; init; }

    public VolumeSnapshotSource Source { get; init; } = new();
}

internal sealed record VolumeSnapshotSource
{
    /// <summary>Take a snapshot of this claim's volume.</summary>
    public string? PersistentVolumeClaimName { get; init; }

    /// <summary>Or: use what exists already.</summary>
    public string? VolumeSnapshotContentName { get; init; }
}

internal sealed record VolumeSnapshotStatus
{
    public string? BoundVolumeSnapshotContentName { get; init; }

    public bool? ReadyToUse { get; init; }
}

/// <summary>A snapshot as it is.</summary>
[KubernetesEntity(Group = SnapshotKinds.Group, ApiVersion = SnapshotKinds.Version, Kind = "VolumeSnapshotContent", PluralName = "volumesnapshotcontents")]
[CustomResourceInfo(Namespaced = false)]
internal sealed class VolumeSnapshotContent() : CustomResource<VolumeSnapshotContentSpec, VolumeSnapshotContentStatus>("VolumeSnapshotContent");

internal sealed record VolumeSnapshotContentSpec
{
    public string Driver { get; init; } = "";

    public string DeletionPolicy { get; init; } = "";

    public string? VolumeSnapshotClassName { get; init; }

    public VolumeSnapshotContentSource Source { get; init; } = new();

    public V1ObjectReference? VolumeSnapshotRef { get; init; }
}

internal sealed record VolumeSnapshotContentSource
{
    /// <summary>To be taken of this volume.</summary>
    public string? VolumeHandle { get; init; }

    /// <summary>Or: exists already.</summary>
    public string? SnapshotHandle { get; init; }
}

internal sealed record VolumeSnapshotContentStatus
{
    public string? SnapshotHandle { get; init; }

    /// <summary>Nanoseconds since 1970.</summary>
    public long? CreationTime { get; init; }

    /// <summary>Bytes.</summary>
    public long? RestoreSize { get; init; }

    public bool? ReadyToUse { get; init; }
}

/// <summary>How a driver's snapshots are made.</summary>
[KubernetesEntity(Group = SnapshotKinds.Group, ApiVersion = SnapshotKinds.Version, Kind = "VolumeSnapshotClass", PluralName = "volumesnapshotclasses")]
[CustomResourceInfo(Namespaced = false)]
internal sealed class VolumeSnapshotClass : IKubernetesObject<V1ObjectMeta>
{
    public string ApiVersion { get; set; } = SnapshotKinds.ApiVersion;

    public string Kind { get; set; } = "VolumeSnapshotClass";

    public V1ObjectMeta Metadata { get; set; } = new();

    public string Driver { get; set; } = "";

    public string DeletionPolicy { get; set; } = "";
}
