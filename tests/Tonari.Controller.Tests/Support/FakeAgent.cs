using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Tests.Support;

/// <summary>An agent in memory that keeps group snapshots; only what a controller asks when it takes them.</summary>
internal sealed class FakeAgent : Agent.AgentClient, IAgentDirectory
{
    public Dictionary<string, GroupSnapshot> Groups { get; } = [];

    public Dictionary<string, byte[]> Resources { get; } = [];

    /// <summary>What happened, in order; hooks may add to it.</summary>
    public List<string> Events { get; } = [];

    /// <summary>Answers the next take with this status.</summary>
    public Status? Refuse { get; set; }

    /// <summary>Volumes whose filesystem has failed.</summary>
    public HashSet<string> Failed { get; } = [];

    /// <summary>No pool has an agent.</summary>
    public bool Away { get; set; }

    /// <summary>Awaited while a snapshot is taken.</summary>
    public Func<Task>? Meanwhile { get; set; }

    public AgentConnection Find(string pool) =>
        Away ? throw new AgentUnavailableException($"The agent of {pool} is away.") : new AgentConnection("agent:1", "node", this, null!);

    public override AsyncUnaryCall<GroupSnapshot> GetGroupSnapshotAsync(
        GetGroupSnapshotRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
        Unary(() => Groups.TryGetValue(request.Name, out var group)
            ? Task.FromResult(group)
            : throw new RpcException(new Status(StatusCode.NotFound, "There is no such group snapshot.")));

    public override AsyncUnaryCall<GroupSnapshot> TakeGroupSnapshotAsync(
        TakeGroupSnapshotRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
        Unary(async () =>
        {
            lock (Events)
                Events.Add("take " + request.Name);
            await (Meanwhile?.Invoke() ?? Task.CompletedTask);
            if (Refuse is { } status)
                throw new RpcException(status);
            var group = new GroupSnapshot
            {
                Pool = request.Pool,
                Name = request.Name,
                TakenAt = DateTimeOffset.UnixEpoch.ToTimestamp(),
                FrozenFor = TimeSpan.FromMilliseconds(12).ToDuration(),
            };
            group.Members.AddRange(request.VolumeIds.Select(id => new GroupMember { VolumeId = id, SizeBytes = 4096 }));
            Groups[request.Name] = group;
            return group;
        });

    public override AsyncUnaryCall<ListVolumesResponse> ListVolumesAsync(ListVolumesRequest request, CallOptions options) =>
        Unary(() =>
        {
            var found = new ListVolumesResponse();
            found.Volumes.AddRange(request.VolumeIds.Select(id => new Volume { VolumeId = id, Pool = request.Pool, FileSystemFailed = Failed.Contains(id) }));
            return Task.FromResult(found);
        });

    public override AsyncUnaryCall<ListGroupSnapshotsResponse> ListGroupSnapshotsAsync(
        ListGroupSnapshotsRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
        Unary(() =>
        {
            var found = new ListGroupSnapshotsResponse();
            found.Groups.AddRange(Groups.Values.Where(group => group.Name.StartsWith(request.NamePrefix, StringComparison.Ordinal)));
            return Task.FromResult(found);
        });

    public override AsyncUnaryCall<DeleteGroupSnapshotResponse> DeleteGroupSnapshotAsync(
        DeleteGroupSnapshotRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) =>
        Unary(() =>
        {
            Groups.Remove(request.Name);
            return Task.FromResult(new DeleteGroupSnapshotResponse());
        });

    public override AsyncServerStreamingCall<ResourcesPiece> GetResources(
        GetResourcesRequest request, Metadata? headers = null, DateTime? deadline = null, CancellationToken cancellationToken = default) => new(
        new Reader(Resources.TryGetValue(request.Name, out var bytes) ? bytes : null), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    public override AsyncClientStreamingCall<ResourcesPiece, PutResourcesResponse> PutResources(CallOptions options) => new(
        new Writer(this), Task.FromResult(new PutResourcesResponse()), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    private static AsyncUnaryCall<T> Unary<T>(Func<Task<T>> answer)
    {
        Task<T> task;
        try
        {
            task = answer();
        }
        catch (RpcException e)
        {
            task = Task.FromException<T>(e);
        }
        return new AsyncUnaryCall<T>(task, Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });
    }

    private sealed class Reader(byte[]? bytes) : IAsyncStreamReader<ResourcesPiece>
    {
        private bool _read;

        public ResourcesPiece Current { get; private set; } = new();

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            if (bytes is null)
                throw new RpcException(new Status(StatusCode.NotFound, "There are no resources."));
            Current = new ResourcesPiece { Data = Google.Protobuf.ByteString.CopyFrom(bytes) };
            var first = !_read;
            _read = true;
            return Task.FromResult(first);
        }
    }

    private sealed class Writer(FakeAgent agent) : IClientStreamWriter<ResourcesPiece>
    {
        private readonly List<byte> _all = [];
        private string _name = "";

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(ResourcesPiece message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task WriteAsync(ResourcesPiece message)
        {
            _name = message.Name;
            _all.AddRange(message.Data.Span);
            return Task.CompletedTask;
        }

        public Task CompleteAsync()
        {
            agent.Resources[_name] = [.. _all];
            return Task.CompletedTask;
        }
    }
}
