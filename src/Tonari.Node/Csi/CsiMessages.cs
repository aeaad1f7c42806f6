using Google.Protobuf.WellKnownTypes;
using Tonari.Kubernetes;
using Tonari.Node.Pools;
using Tonari.Node.Storage;
using Tonari.Rpc.Csi;
using Snapshot = Tonari.Rpc.Csi.Snapshot;
using Volume = Tonari.Rpc.Csi.Volume;

namespace Tonari.Node.Csi;

/// <summary>Volumes and snapshots as CSI writes them.</summary>
internal static class CsiMessages
{
    public static Topology TopologyOf(string node) => new() { Segments = { [WellKnown.NodeTopologyKey] = node } };

    public static Volume ToMessage(this PlacedVolume placed, string node, VolumeContentSource? source = null) => new()
    {
        VolumeId = placed.Volume.Id.Value,
        CapacityBytes = placed.Volume.Size.Value,
        VolumeContext = { [WellKnown.PoolAttribute] = placed.Pool.Name },
        AccessibleTopology = { TopologyOf(node) },
        ContentSource = source,
    };

    public static Snapshot ToMessage(this PlacedSnapshot placed) => new()
    {
        SnapshotId = VolumeNames.SnapshotId(placed.Volume, placed.Snapshot.Name),
        SourceVolumeId = placed.Volume.Value,
        SizeBytes = placed.Snapshot.Size.Value,
        CreationTime = placed.Snapshot.TakenAt.ToTimestamp(),
        ReadyToUse = true,
        // Says that it goes with its group only; DeleteSnapshot refuses it (Snapshot.group_snapshot_id).
        GroupSnapshotId = VolumeNames.IsVolumeSnapshot(placed.Snapshot.Name) ? "" : placed.Snapshot.Group ?? placed.Snapshot.Name.Value,
    };

    /// <exception cref="NotOnThisNodeException">The source has an id that no volume or snapshot of this driver can have.</exception>
    public static VolumeOrigin? ToOrigin(this VolumeContentSource? source)
    {
        switch (source?.TypeCase)
        {
            case VolumeContentSource.TypeOneofCase.Volume:
                return new VolumeOrigin(Requests.RequireVolume(source.Volume.VolumeId), null);
            case VolumeContentSource.TypeOneofCase.Snapshot:
                Requests.RequireText(source.Snapshot.SnapshotId, "snapshot id");
                return VolumeNames.TryParseSnapshotId(source.Snapshot.SnapshotId, out var volume, out var snapshot)
                    ? new VolumeOrigin(volume.Value, snapshot)
                    : throw new NotOnThisNodeException($"There is no snapshot '{source.Snapshot.SnapshotId}' on this node.");
            case VolumeContentSource.TypeOneofCase.None:
                Requests.Require(false, "The volume content source names neither a snapshot nor a volume.");
                return null;
            default:
                return null;
        }
    }
}
