using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Storage;

namespace Tonari.Node.Provisioning;

/// <summary>Builds snapshot objects and parts of them. Pure.</summary>
internal static class SnapshotObjects
{
    private const long NanosecondsPerTick = 100;

    /// <summary>The content of a snapshot that is going to be taken.</summary>
    public static VolumeSnapshotContent Build(VolumeSnapshot snapshot, VolumeSnapshotClass snapshotClass, string volumeHandle, string node) => new()
    {
        ApiVersion = SnapshotKinds.ApiVersion,
        Metadata = new V1ObjectMeta
        {
            Name = SnapshotKinds.ContentName(snapshot.Metadata.Uid),
            Finalizers = [SnapshotKinds.ContentFinalizer],
            Annotations = new Dictionary<string, string> { [WellKnown.NodeTopologyKey] = node },
        },
        Spec = new VolumeSnapshotContentSpec
        {
            Driver = WellKnown.Driver,
            DeletionPolicy = snapshotClass.DeletionPolicy,
            VolumeSnapshotClassName = snapshotClass.Metadata.Name,
            Source = new VolumeSnapshotContentSource { VolumeHandle = volumeHandle },
            VolumeSnapshotRef = new V1ObjectReference
            {
                ApiVersion = SnapshotKinds.ApiVersion,
                Kind = "VolumeSnapshot",
                Name = snapshot.Metadata.Name,
                NamespaceProperty = snapshot.Metadata.NamespaceProperty,
                Uid = snapshot.Metadata.Uid,
                ResourceVersion = snapshot.Metadata.ResourceVersion,
            },
        },
    };

    /// <summary>What a content's status says of a snapshot that exists.</summary>
    public static JsonObject ContentStatus(PlacedSnapshot placed) => new()
    {
        ["snapshotHandle"] = VolumeNames.SnapshotId(placed.Volume, placed.Snapshot.Name),
        ["creationTime"] = (placed.Snapshot.TakenAt - DateTimeOffset.UnixEpoch).Ticks * NanosecondsPerTick,
        ["restoreSize"] = placed.Snapshot.Size.Value,
        ["readyToUse"] = true,
        ["error"] = null,
    };

    /// <summary>What a VolumeSnapshot's status says of its content.</summary>
    public static JsonObject SnapshotStatus(VolumeSnapshotContent content)
    {
        var status = new JsonObject
        {
            ["boundVolumeSnapshotContentName"] = content.Metadata.Name,
            ["readyToUse"] = content.Status?.ReadyToUse ?? false,
            ["error"] = null,
        };
        if (content.Status?.CreationTime is { } nanoseconds)
            status["creationTime"] = DateTimeOffset.UnixEpoch.AddTicks(nanoseconds / NanosecondsPerTick).UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
        if (content.Status?.RestoreSize is { } bytes)
            status["restoreSize"] = Quantities.Bytes(bytes).ToString();
        return status;
    }

    public static JsonObject Error(string sentence, DateTimeOffset now) => new()
    {
        ["readyToUse"] = false,
        ["error"] = new JsonObject
        {
            ["message"] = sentence,
            ["time"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
        },
    };
}
