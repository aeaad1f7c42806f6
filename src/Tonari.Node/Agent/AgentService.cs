using Google.Protobuf;
using Grpc.Core;
using Tonari.Engine;
using Tonari.Node.Hosting;
using Tonari.Node.Mounting;
using Tonari.Node.Pools;
using Tonari.Node.Storage;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Regions;
using GroupSnapshot = Tonari.Rpc.Agent.GroupSnapshot;
using Volume = Tonari.Rpc.Agent.Volume;

namespace Tonari.Node.Agent;

/// <summary>agent.proto: what this cluster's controller asks of a node.</summary>
internal sealed class AgentService(PoolCatalog pools, VolumeLocks locks, VolumePull pull, VolumeProof proof, NodeCounters counters) : Rpc.Agent.Agent.AgentBase
{
    public override async Task<ListVolumesResponse> ListVolumes(ListVolumesRequest request, ServerCallContext context)
    {
        if (request.Pool.Length > 0)
            RequirePool(request.Pool);
        var response = new ListVolumesResponse();
        foreach (var placed in await ChosenAsync(request, context.CancellationToken))
        {
            if (request.Pool.Length == 0 || placed.Pool.Name == request.Pool)
                response.Volumes.Add(await placed.ToMessageAsync(context.CancellationToken));
        }

        return response;
    }

    public override Task<Volume> GetVolume(GetVolumeRequest request, ServerCallContext context) =>
        DescribeAsync(RequirePool(request.Pool), new VolumeId(request.VolumeId), context.CancellationToken);

    public override async Task<GroupSnapshot> TakeGroupSnapshot(TakeGroupSnapshotRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var name = new SnapshotName(request.Name);
        var volumes = AgentMessages.ToVolumes(request.VolumeIds);
        using var taken = await locks.TakeAsync(volumes, context.CancellationToken);
        if (await pool.Engine.Groups.FindAsync(name, context.CancellationToken) is { } existing
            && !existing.Members.Select(member => member.Volume).ToHashSet().SetEquals(volumes))
            throw new IncompatibleVolumeException($"The group snapshot {name} exists with other volumes.");
        var options = request.FreezeTimeout?.ToTimeSpan() is { } timeout && timeout > TimeSpan.Zero
            ? new GroupSnapshotOptions { FreezeTimeout = timeout }
            : new GroupSnapshotOptions();
        var group = await pool.Engine.Groups.TakeAsync(name, volumes, options, context.CancellationToken);
        counters.GroupTaken(group.FrozenFor);
        return group.ToMessage(pool.Name);
    }

    public override async Task<GroupSnapshot> GetGroupSnapshot(GetGroupSnapshotRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var group = await pool.Engine.Groups.FindAsync(new SnapshotName(request.Name), context.CancellationToken)
            ?? throw new NotOnThisNodeException($"There is no complete group snapshot '{request.Name}' in pool {pool.Name}.");
        return group.ToMessage(pool.Name);
    }

    public override async Task<ListGroupSnapshotsResponse> ListGroupSnapshots(ListGroupSnapshotsRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var groups = await pool.Engine.Groups.ListAsync(request.NamePrefix, context.CancellationToken);
        return new ListGroupSnapshotsResponse { Groups = { groups.Select(group => group.ToMessage(pool.Name)) } };
    }

    public override async Task<DeleteGroupSnapshotResponse> DeleteGroupSnapshot(DeleteGroupSnapshotRequest request, ServerCallContext context)
    {
        await RequirePool(request.Pool).Engine.Groups.DeleteAsync(new SnapshotName(request.Name), context.CancellationToken);
        return new DeleteGroupSnapshotResponse();
    }

    public override async Task<PutResourcesResponse> PutResources(IAsyncStreamReader<ResourcesPiece> requestStream, ServerCallContext context)
    {
        using var bytes = new MemoryStream();
        (NodePool Pool, SnapshotName Name)? target = null;
        await foreach (var piece in requestStream.ReadAllAsync(context.CancellationToken))
        {
            target ??= (RequirePool(piece.Pool), new SnapshotName(piece.Name));
            if (bytes.Length + piece.Data.Length > AgentLimits.ResourcesBytes)
            {
                throw new RpcException(new Status(
                    StatusCode.ResourceExhausted,
                    $"The captured resources are larger than {AgentLimits.ResourcesBytes} bytes; narrow the application's selectors."));
            }

            bytes.Write(piece.Data.Span);
        }

        if (target is not var (pool, name))
            throw new ArgumentException("The stream of resources has no piece that names pool and group.");
        await pool.Engine.Groups.PutResourcesAsync(name, bytes.GetBuffer().AsMemory(0, (int)bytes.Length), context.CancellationToken);
        return new PutResourcesResponse();
    }

    public override async Task GetResources(GetResourcesRequest request, IServerStreamWriter<ResourcesPiece> responseStream, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var bytes = await pool.Engine.Groups.GetResourcesAsync(new SnapshotName(request.Name), context.CancellationToken)
            ?? throw new NotOnThisNodeException($"No resources are kept with the group snapshot '{request.Name}'.");
        for (var at = 0; at == 0 || at < bytes.Length; at += AgentLimits.PieceBytes)
        {
            var data = UnsafeByteOperations.UnsafeWrap(bytes.AsMemory(at, Math.Min(AgentLimits.PieceBytes, bytes.Length - at)));
            await responseStream.WriteAsync(new ResourcesPiece { Pool = request.Pool, Name = request.Name, Data = data }, context.CancellationToken);
        }
    }

    public override async Task<Volume> EnsureReplica(EnsureReplicaRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var volume = new VolumeId(request.VolumeId);
        using var taken = await locks.TakeAsync([volume], context.CancellationToken);
        try
        {
            await pool.Engine.Volumes.CreateReplicaAsync(volume, new ByteCount(request.SizeBytes), context.CancellationToken);
        }
        catch (VolumeConflictException error)
        {
            throw new IncompatibleVolumeException(error.Message);
        }

        return await DescribeAsync(pool, volume, context.CancellationToken);
    }

    public override async Task Pull(PullRequest request, IServerStreamWriter<PullProgress> responseStream, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        using var taken = await locks.TakeAsync([new VolumeId(request.VolumeId)], context.CancellationToken);
        await pull.RunAsync(pool, request, progress => responseStream.WriteAsync(progress, context.CancellationToken), context.CancellationToken);
    }

    public override async Task<GroupSnapshot> CommitGroup(CommitGroupRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var volumes = AgentMessages.ToVolumes(request.VolumeIds);
        using var taken = await locks.TakeAsync(volumes, context.CancellationToken);
        var group = await pool.Engine.Groups.CommitStagedAsync(new SnapshotName(request.Name), volumes, context.CancellationToken);
        return group.ToMessage(pool.Name);
    }

    public override async Task<DiscardStagingResponse> DiscardStaging(DiscardStagingRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var volume = new VolumeId(request.VolumeId);
        using var taken = await locks.TakeAsync([volume], context.CancellationToken);
        await pool.Engine.Target.DiscardAsync(volume, context.CancellationToken);
        return new DiscardStagingResponse();
    }

    public override Task DigestRegions(DigestRegionsRequest request, IServerStreamWriter<RegionDigests> responseStream, ServerCallContext context) =>
        proof.DigestAsync(RequirePool(request.Pool), request, responseStream, context.CancellationToken);

    public override async Task<HealResponse> Heal(HealRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        using var taken = await locks.TakeAsync([new VolumeId(request.VolumeId)], context.CancellationToken);
        return await proof.HealAsync(pool, request, context.CancellationToken);
    }

    public override async Task<Volume> MakeLive(MakeLiveRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var volume = new VolumeId(request.VolumeId);
        using var taken = await locks.TakeAsync([volume], context.CancellationToken);
        await pool.Engine.Volumes.MakeLiveAsync(volume, new SnapshotName(request.From), context.CancellationToken);
        return await DescribeAsync(pool, volume, context.CancellationToken);
    }

    public override async Task<Volume> SetLiveAside(SetLiveAsideRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var volume = new VolumeId(request.VolumeId);
        using var taken = await locks.TakeAsync([volume], context.CancellationToken);
        await VolumeStager.DetachUnusedAsync(pool, volume, context.CancellationToken);
        await pool.Engine.Volumes.SetLiveAsideAsync(volume, new SnapshotName(request.KeepAs), context.CancellationToken);
        return await DescribeAsync(pool, volume, context.CancellationToken);
    }

    public override async Task<DeleteSnapshotsResponse> DeleteSnapshots(DeleteSnapshotsRequest request, ServerCallContext context)
    {
        // An empty prefix would mean every snapshot there is; nobody means that.
        if (request.NamePrefix.Length == 0)
            throw new ArgumentException("The prefix of the snapshots to delete is missing.");
        var pool = RequirePool(request.Pool);
        var response = new DeleteSnapshotsResponse();
        foreach (var id in AgentMessages.ToVolumes(request.VolumeIds))
        {
            if (await pool.Engine.Volumes.FindAsync(id, context.CancellationToken) is not { } volume)
                continue;
            foreach (var name in NamesOf(volume).Where(name => IsMeant(name, request)))
            {
                await pool.Engine.Volumes.DeleteSnapshotAsync(id, name, context.CancellationToken);
                response.Deleted++;
            }
        }

        return response;
    }

    public override async Task<DeleteVolumeResponse> DeleteVolume(DeleteVolumeRequest request, ServerCallContext context)
    {
        var pool = RequirePool(request.Pool);
        var volume = new VolumeId(request.VolumeId);
        using var taken = await locks.TakeAsync([volume], context.CancellationToken);
        if (await pool.Engine.Volumes.FindAsync(volume, context.CancellationToken) is null)
            return new DeleteVolumeResponse();
        await VolumeStager.DetachUnusedAsync(pool, volume, context.CancellationToken);
        await pool.Engine.Volumes.DeleteAsync(volume, context.CancellationToken);
        return new DeleteVolumeResponse();
    }

    /// <summary>Also of those that cannot be used: whoever wants to be rid of all of a name means them, too.</summary>
    private static IEnumerable<SnapshotName> NamesOf(Engine.Volume volume) =>
        volume.Snapshots.Select(snapshot => snapshot.Name).Concat(volume.Damaged.Select(damage => new SnapshotName(damage.Name)));

    private static bool IsMeant(SnapshotName name, DeleteSnapshotsRequest request) =>
        name.Value.StartsWith(request.NamePrefix, StringComparison.Ordinal) && !request.Except.Contains(name.Value);

    private static async Task<Volume> DescribeAsync(NodePool pool, VolumeId id, CancellationToken ct)
    {
        var volume = await pool.Engine.Volumes.FindAsync(id, ct) ?? throw new NotOnThisNodeException($"There is no volume {id} in pool {pool.Name}.");
        return await new PlacedVolume(pool, volume).ToMessageAsync(ct);
    }

    private async Task<IEnumerable<PlacedVolume>> ChosenAsync(ListVolumesRequest request, CancellationToken ct)
    {
        if (request.VolumeIds.Count == 0 && request.SnapshotPrefixes.Count == 0)
            return await pools.ListVolumesAsync(ct);
        var chosen = new Dictionary<VolumeId, PlacedVolume>();
        foreach (var pool in pools.Pools.Where(pool => request.Pool.Length == 0 || pool.Name == request.Pool))
        {
            foreach (var id in AgentMessages.ToVolumes(request.VolumeIds))
            {
                if (await pool.Engine.Volumes.FindAsync(id, ct) is { } found)
                    chosen[id] = new PlacedVolume(pool, found);
            }
            foreach (var found in request.SnapshotPrefixes.Count == 0 ? [] : await pool.Engine.Volumes.ListHoldingAsync(request.SnapshotPrefixes, ct))
                chosen[found.Id] = new PlacedVolume(pool, found);
        }

        return chosen.Values.OrderBy(placed => placed.Volume.Id.Value, StringComparer.Ordinal);
    }

    private NodePool RequirePool(string name) =>
        pools.Find(name) ?? throw new PoolNotOpenException($"The storage pool '{name}' is not open on this node; see the status of its StoragePool.");
}
