using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Snapshots;

/// <summary>The part of an agent that keeps group snapshots, with refusals as sentences.</summary>
internal sealed class SnapshotAgent(IAgentDirectory agents, string pool)
{
    /// <summary>For calls that only read or write small things.</summary>
    private static readonly TimeSpan Small = TimeSpan.FromSeconds(30);

    /// <summary>For taking a group snapshot: flushing dirty data of busy volumes comes before the freeze.</summary>
    private static readonly TimeSpan Taking = TimeSpan.FromMinutes(3);

    private readonly Agent.AgentClient _agent = agents.Find(pool).Client;

    /// <summary>The group snapshot of that name; null if there is none.</summary>
    public async Task<GroupSnapshot?> FindAsync(string name, CancellationToken ct)
    {
        try
        {
            using var limit = Limit(Small, ct);
            return await _agent.GetGroupSnapshotAsync(new GetGroupSnapshotRequest { Pool = pool, Name = name }, cancellationToken: limit.Token);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
        catch (RpcException e)
        {
            throw Translate(e, ct);
        }
    }

    /// <summary>Names of the group snapshots that begin with a prefix.</summary>
    public async Task<IReadOnlyList<string>> ListAsync(string prefix, CancellationToken ct)
    {
        try
        {
            using var limit = Limit(Small, ct);
            var found = await _agent.ListGroupSnapshotsAsync(new ListGroupSnapshotsRequest { Pool = pool, NamePrefix = prefix }, cancellationToken: limit.Token);
            return [.. found.Groups.Select(group => group.Name)];
        }
        catch (RpcException e)
        {
            throw Translate(e, ct);
        }
    }

    /// <summary>Takes it; idempotent.</summary>
    public async Task<GroupSnapshot> TakeAsync(string name, IEnumerable<string> volumes)
    {
        var request = new TakeGroupSnapshotRequest { Pool = pool, Name = name };
        request.VolumeIds.AddRange(volumes);
        try
        {
            using var limit = Limit(Taking, CancellationToken.None);
            return await _agent.TakeGroupSnapshotAsync(request, cancellationToken: limit.Token);
        }
        catch (RpcException e)
        {
            throw Translate(e, CancellationToken.None);
        }
    }

    /// <summary>Size of the resources kept with a group snapshot, bytes; null if there are none yet.</summary>
    public async Task<long?> ResourcesSizeAsync(string name, CancellationToken ct)
    {
        try
        {
            using var limit = Limit(Small, ct);
            using var call = _agent.GetResources(new GetResourcesRequest { Pool = pool, Name = name }, cancellationToken: limit.Token);
            var size = 0L;
            await foreach (var piece in call.ResponseStream.ReadAllAsync(limit.Token))
                size += piece.Data.Length;
            return size;
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            return null;
        }
        catch (RpcException e)
        {
            throw Translate(e, ct);
        }
    }

    /// <summary>Keeps resources with a group snapshot.</summary>
    public async Task PutResourcesAsync(string name, byte[] resources)
    {
        try
        {
            using var limit = Limit(Small, CancellationToken.None);
            await _agent.PutResourcesAsync(pool, name, resources, new CallOptions(cancellationToken: limit.Token));
        }
        catch (RpcException e)
        {
            throw Translate(e, CancellationToken.None);
        }
    }

    /// <summary>Deletes a group snapshot; one that does not exist is as good.</summary>
    public async Task DeleteAsync(string name, CancellationToken ct)
    {
        try
        {
            using var limit = Limit(Small, ct);
            await _agent.DeleteGroupSnapshotAsync(new DeleteGroupSnapshotRequest { Pool = pool, Name = name }, cancellationToken: limit.Token);
        }
        catch (RpcException e)
        {
            throw Translate(e, ct);
        }
    }

    private static CancellationTokenSource Limit(TimeSpan limit, CancellationToken ct)
    {
        var source = CancellationTokenSource.CreateLinkedTokenSource(ct);
        source.CancelAfter(limit);
        return source;
    }

    private Exception Translate(RpcException e, CancellationToken ct) => e.StatusCode switch
    {
        _ when ct.IsCancellationRequested => new OperationCanceledException("The call was cancelled.", e, ct),
        StatusCode.Unavailable or StatusCode.Internal or StatusCode.Unknown =>
            new AgentUnavailableException($"The agent of the StoragePool {pool} does not answer: {e.Status.Detail}"),
        StatusCode.Cancelled or StatusCode.DeadlineExceeded => new AgentUnavailableException($"The agent of the StoragePool {pool} has not answered in time."),
        _ => new SnapshotRefusedException(e.Status.Detail, e) { IsDamaged = e.StatusCode == StatusCode.DataLoss },
    };
}
