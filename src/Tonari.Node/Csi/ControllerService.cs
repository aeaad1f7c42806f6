using Grpc.Core;
using Tonari.Engine;
using Tonari.Kubernetes;
using Tonari.Node.Pools;
using Tonari.Node.Storage;
using Tonari.Rpc.Csi;
using RpcType = Tonari.Rpc.Csi.ControllerServiceCapability.Types.RPC.Types.Type;

namespace Tonari.Node.Csi;

/// <summary>CSI Controller, for the volumes of this node.</summary>
internal sealed class ControllerService(NodeName node, PoolCatalog pools, VolumeProvisioning provisioning, VolumeSnapshots snapshots)
    : Controller.ControllerBase
{
    private static readonly RpcType[] s_capabilities =
    [
        RpcType.CreateDeleteVolume, RpcType.ListVolumes, RpcType.GetCapacity, RpcType.CreateDeleteSnapshot, RpcType.ListSnapshots, RpcType.CloneVolume,
        RpcType.ExpandVolume, RpcType.GetVolume, RpcType.SingleNodeMultiWriter,
    ];

    public override Task<ControllerGetCapabilitiesResponse> ControllerGetCapabilities(
        ControllerGetCapabilitiesRequest request, ServerCallContext context) => Task.FromResult(new ControllerGetCapabilitiesResponse
        {
            Capabilities =
            {
                s_capabilities.Select(type => new ControllerServiceCapability { Rpc = new ControllerServiceCapability.Types.RPC { Type = type } }),
            },
        });

    public override async Task<CreateVolumeResponse> CreateVolume(CreateVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireName(request.Name);
        CapabilityRules.Require(request.VolumeCapabilities);
        RequireReachableHere(request.AccessibilityRequirements);
        Requests.RequireComplete(pools);
        var order = new VolumeOrder(
            request.Name, request.CapacityRange?.RequiredBytes ?? 0, request.CapacityRange?.LimitBytes ?? 0, request.VolumeContentSource.ToOrigin(),
            request.Parameters.GetValueOrDefault(WellKnown.PoolAttribute), CapabilityRules.FileSystem(request.VolumeCapabilities));
        var placed = await provisioning.CreateAsync(order, context.CancellationToken);
        return new CreateVolumeResponse { Volume = placed.ToMessage(node.Value, request.VolumeContentSource) };
    }

    public override async Task<DeleteVolumeResponse> DeleteVolume(DeleteVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.RequireComplete(pools);
        if (VolumeId.TryParse(request.VolumeId, out var id))
            await provisioning.DeleteAsync(id, context.CancellationToken);
        return new DeleteVolumeResponse();
    }

    public override async Task<ValidateVolumeCapabilitiesResponse> ValidateVolumeCapabilities(
        ValidateVolumeCapabilitiesRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.Require(request.VolumeCapabilities.Count > 0, "The volume capabilities are missing.");
        await RequireVolumeAsync(request.VolumeId, context.CancellationToken);
        if (request.VolumeCapabilities.Select(CapabilityRules.Objection).FirstOrDefault(objection => objection is not null) is { } objection)
            return new ValidateVolumeCapabilitiesResponse { Message = objection };
        return new ValidateVolumeCapabilitiesResponse
        {
            Confirmed = new ValidateVolumeCapabilitiesResponse.Types.Confirmed
            {
                VolumeContext = { request.VolumeContext },
                VolumeCapabilities = { request.VolumeCapabilities },
                Parameters = { request.Parameters },
            },
        };
    }

    public override async Task<ListVolumesResponse> ListVolumes(ListVolumesRequest request, ServerCallContext context)
    {
        var all = await pools.ListVolumesAsync(context.CancellationToken);
        var (page, next) = Paging.Take(all, placed => placed.Volume.Id.Value, request.MaxEntries, request.StartingToken);
        return new ListVolumesResponse
        {
            NextToken = next,
            Entries = { page.Select(placed => new ListVolumesResponse.Types.Entry { Volume = placed.ToMessage(node.Value) }) },
        };
    }

    public override async Task<ControllerGetVolumeResponse> ControllerGetVolume(ControllerGetVolumeRequest request, ServerCallContext context)
    {
        var placed = await RequireVolumeAsync(request.VolumeId, context.CancellationToken);
        return new ControllerGetVolumeResponse
        {
            Volume = placed.ToMessage(node.Value),
            Status = new ControllerGetVolumeResponse.Types.VolumeStatus(),
        };
    }

    public override async Task<GetCapacityResponse> GetCapacity(GetCapacityRequest request, ServerCallContext context)
    {
        var elsewhere = request.AccessibleTopology?.Segments.GetValueOrDefault(WellKnown.NodeTopologyKey) is { } wanted && wanted != node.Value;
        var served = request.VolumeCapabilities.All(capability => CapabilityRules.Objection(capability) is null);
        var wantedPool = request.Parameters.GetValueOrDefault(WellKnown.PoolAttribute);
        if (elsewhere || !served || await provisioning.ChoosePoolAsync(wantedPool, context.CancellationToken) is not { } chosen)
            return new GetCapacityResponse { AvailableCapacity = 0 };
        return new GetCapacityResponse
        {
            AvailableCapacity = VolumeProvisioning.Free(chosen.State),
            MaximumVolumeSize = chosen.State.Capacity.Value,
            MinimumVolumeSize = VolumeSizes.Smallest,
        };
    }

    public override async Task<CreateSnapshotResponse> CreateSnapshot(CreateSnapshotRequest request, ServerCallContext context)
    {
        Requests.RequireName(request.Name);
        var snapshot = await snapshots.TakeAsync(Requests.RequireVolume(request.SourceVolumeId), request.Name, context.CancellationToken);
        return new CreateSnapshotResponse { Snapshot = snapshot.ToMessage() };
    }

    public override async Task<DeleteSnapshotResponse> DeleteSnapshot(DeleteSnapshotRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.SnapshotId, "snapshot id");
        Requests.RequireComplete(pools);
        if (VolumeNames.TryParseSnapshotId(request.SnapshotId, out var volume, out var name))
            await snapshots.DeleteAsync(volume.Value, name.Value, context.CancellationToken);
        return new DeleteSnapshotResponse();
    }

    public override async Task<ListSnapshotsResponse> ListSnapshots(ListSnapshotsRequest request, ServerCallContext context)
    {
        var all = (await snapshots.ListAsync(context.CancellationToken))
            .Where(placed => request.SourceVolumeId.Length == 0 || placed.Volume.Value == request.SourceVolumeId)
            .Where(placed => request.SnapshotId.Length == 0 || KeyOf(placed) == request.SnapshotId)
            .OrderBy(KeyOf, StringComparer.Ordinal)
            .ToArray();
        var (page, next) = Paging.Take(all, KeyOf, request.MaxEntries, request.StartingToken);
        return new ListSnapshotsResponse
        {
            NextToken = next,
            Entries = { page.Select(placed => new ListSnapshotsResponse.Types.Entry { Snapshot = placed.ToMessage() }) },
        };
    }

    public override async Task<ControllerExpandVolumeResponse> ControllerExpandVolume(ControllerExpandVolumeRequest request, ServerCallContext context)
    {
        Requests.RequireText(request.VolumeId, "volume id");
        Requests.Require(request.CapacityRange is not null, "The capacity range is missing.");
        if (request.VolumeCapability is { } capability)
            CapabilityRules.Require(capability);
        var grown = await provisioning.ExpandAsync(
            Requests.RequireVolume(request.VolumeId), request.CapacityRange!.RequiredBytes, request.CapacityRange.LimitBytes, context.CancellationToken);
        return new ControllerExpandVolumeResponse
        {
            CapacityBytes = grown.Volume.Size.Value,
            NodeExpansionRequired = request.VolumeCapability?.AccessTypeCase != VolumeCapability.AccessTypeOneofCase.Block,
        };
    }

    private static string KeyOf(PlacedSnapshot placed) => VolumeNames.SnapshotId(placed.Volume, placed.Snapshot.Name);

    private async Task<PlacedVolume> RequireVolumeAsync(string text, CancellationToken ct)
    {
        var id = Requests.RequireVolume(text);
        return await pools.FindVolumeAsync(id, ct) ?? throw new NotOnThisNodeException($"There is no volume '{text}' on this node.");
    }

    /// <summary>A volume made here is only reachable here.</summary>
    private void RequireReachableHere(TopologyRequirement? requirement)
    {
        if (requirement is null || requirement.Requisite.Count == 0)
            return;
        var here = requirement.Requisite.Any(topology => !topology.Segments.TryGetValue(WellKnown.NodeTopologyKey, out var value) || value == node.Value);
        if (!here)
            throw new RpcException(new Status(StatusCode.ResourceExhausted, $"The volume is asked for on other nodes than {node.Value}; ask the driver there."));
    }
}
