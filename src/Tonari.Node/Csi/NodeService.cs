using Grpc.Core;
using Tonari.Node.Interop;
using Tonari.Node.Mounting;
using Tonari.Node.Pools;
using Tonari.Node.Storage;
using Tonari.Rpc.Csi;
using RpcType = Tonari.Rpc.Csi.NodeServiceCapability.Types.RPC.Types.Type;
using Unit = Tonari.Rpc.Csi.VolumeUsage.Types.Unit;

namespace Tonari.Node.Csi;

/// <summary>CSI Node: volumes at kubelet's paths.</summary>
internal sealed partial class NodeService(NodeName node, PoolCatalog pools, VolumeStager stager, VolumeLocks locks, ILogger<NodeService> logger)
    : Tonari.Rpc.Csi.Node.NodeBase
{
    private static readonly RpcType[] s_capabilities =
        [RpcType.StageUnstageVolume, RpcType.GetVolumeStats, RpcType.ExpandVolume, RpcType.SingleNodeMultiWriter];

    public override Task<NodeGetCapabilitiesResponse> NodeGetCapabilities(NodeGetCapabilitiesRequest request, ServerCallContext context) =>
        Task.FromResult(new NodeGetCapabilitiesResponse
        {
            Capabilities = { s_capabilities.Select(type => new NodeServiceCapability { Rpc = new NodeServiceCapability.Types.RPC { Type = type } }) },
        });

    public override Task<NodeGetInfoResponse> NodeGetInfo(NodeGetInfoRequest request, ServerCallContext context) =>
        Task.FromResult(new NodeGetInfoResponse { NodeId = node.Value, AccessibleTopology = CsiMessages.TopologyOf(node.Value) });

    public override async Task<NodeStageVolumeResponse> NodeStageVolume(NodeStageVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequirePath(request.StagingTargetPath, "staging target path");
        CapabilityRules.Require(request.VolumeCapability);
        var id = Requests.RequireVolume(request.VolumeId);
        using var taken = locks.Take(id);
        var placed = await RequireVolumeAsync(request.VolumeId, context.CancellationToken);
        // A caller who gives up does not stop a filesystem tool; the lock is held until it has ended.
        await stager.StageAsync(placed, request.StagingTargetPath, CapabilityRules.ToView(request.VolumeCapability), CancellationToken.None);
        return new NodeStageVolumeResponse();
    }

    public override async Task<NodeUnstageVolumeResponse> NodeUnstageVolume(NodeUnstageVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequireText(request.StagingTargetPath, "staging target path");
        var id = Requests.RequireVolume(request.VolumeId);
        using var taken = locks.Take(id);
        Requests.RequireComplete(pools);
        var holder = await pools.FindAttachedAsync(id, context.CancellationToken);
        await VolumeStager.UnstageAsync(holder, id, request.StagingTargetPath, CancellationToken.None);
        return new NodeUnstageVolumeResponse();
    }

    public override async Task<NodePublishVolumeResponse> NodePublishVolume(NodePublishVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequirePath(request.TargetPath, "target path");
        CapabilityRules.Require(request.VolumeCapability);
        // The specification's code for a publish without a stage before it ("Staging target path not set").
        if (request.StagingTargetPath.Length == 0)
            throw new StagingRefusedException($"Volume {request.VolumeId} is published without a staging target path; stage it first and say where.");
        var id = Requests.RequireVolume(request.VolumeId);
        using var taken = locks.Take(id);
        var placed = await RequireVolumeAsync(request.VolumeId, context.CancellationToken);
        var staged = CapabilityRules.ToView(request.VolumeCapability);
        var view = staged with { ReadOnly = staged.ReadOnly || request.Readonly };
        await VolumePublisher.PublishAsync(
            placed, request.StagingTargetPath, request.TargetPath, view, CapabilityRules.IsExclusive(request.VolumeCapability), CancellationToken.None);
        return new NodePublishVolumeResponse();
    }

    public override Task<NodeUnpublishVolumeResponse> NodeUnpublishVolume(NodeUnpublishVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequireText(request.TargetPath, "target path");
        using var taken = locks.Take(Requests.RequireVolume(request.VolumeId));
        VolumePublisher.Unpublish(request.TargetPath);
        return Task.FromResult(new NodeUnpublishVolumeResponse());
    }

    public override async Task<NodeGetVolumeStatsResponse> NodeGetVolumeStats(NodeGetVolumeStatsRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequireText(request.VolumePath, "volume path");
        var (_, device, mount) = await RequireMountAsync(request.VolumeId, request.VolumePath, context.CancellationToken);
        if (mount.FileSystem == "devtmpfs")
        {
            return new NodeGetVolumeStatsResponse
            {
                Usage = { new VolumeUsage { Unit = Unit.Bytes, Total = BlockDevice.SizeBytes(device) } },
            };
        }

        // CSI has no place for it that all callers know, and somebody has to be told.
        if (mount is { FileSystemReadOnly: true, ReadOnly: false })
            LogTurnedReadOnly(request.VolumeId, request.VolumePath);
        var usage = LinuxCalls.Usage(request.VolumePath);
        return new NodeGetVolumeStatsResponse
        {
            Usage =
            {
                new VolumeUsage { Unit = Unit.Bytes, Total = usage.TotalBytes, Available = usage.AvailableBytes, Used = usage.UsedBytes },
                new VolumeUsage { Unit = Unit.Inodes, Total = usage.Inodes, Available = usage.InodesFree, Used = usage.Inodes - usage.InodesFree },
            },
        };
    }

    public override async Task<NodeExpandVolumeResponse> NodeExpandVolume(NodeExpandVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequireText(request.VolumePath, "volume path");
        var id = Requests.RequireVolume(request.VolumeId);
        using var taken = locks.Take(id);
        var (placed, device, mount) = await RequireMountAsync(request.VolumeId, request.VolumePath, context.CancellationToken);
        var size = placed.Volume.Size;
        if (request.CapacityRange is { } range && range.RequiredBytes > size.Value)
            throw new SizeOutOfRangeException($"Volume {id} has {size}; grow the volume itself first (ControllerExpandVolume).");
        if (mount.FileSystem != "devtmpfs")
            await FileSystemTools.GrowAsync(mount.FileSystem, device, request.VolumePath);
        return new NodeExpandVolumeResponse { CapacityBytes = size.Value };
    }

    private async Task<PlacedVolume> RequireVolumeAsync(string text, CancellationToken ct) =>
        await pools.FindVolumeAsync(Requests.RequireVolume(text), ct) ?? throw new NotOnThisNodeException($"There is no volume '{text}' on this node.");

    /// <summary>The volume's mount at a path, or NOT_FOUND.</summary>
    private async Task<(PlacedVolume Placed, string Device, MountEntry Mount)> RequireMountAsync(string text, string path, CancellationToken ct)
    {
        var placed = await RequireVolumeAsync(text, ct);
        var attachment = await placed.Pool.Engine.Attachments.FindAsync(placed.Volume.Id, ct)
            ?? throw new NotOnThisNodeException($"Volume {placed.Volume.Id} is not attached on this node.");
        var wanted = MountTable.Normalise(path);
        var mount = VolumeStager.UsesOf(attachment.DevicePath).LastOrDefault(entry => entry.MountPoint == wanted)
            ?? throw new NotOnThisNodeException($"Volume {placed.Volume.Id} is not mounted at '{path}'.");
        return (placed, attachment.DevicePath, mount);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The filesystem of volume {Volume} at {Path} turned read-only after an error; see the node's kernel log")]
    private partial void LogTurnedReadOnly(string volume, string path);
}
