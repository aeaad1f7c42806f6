using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>A node agent with one pool in memory.</summary>
internal sealed class FakeAgent(string pool) : Agent.AgentClient
{
    public Dictionary<string, Volume> Volumes { get; } = [];

    public Dictionary<string, GroupSnapshot> Groups { get; } = [];

    public Dictionary<string, byte[]> Resources { get; } = [];

    /// <summary>Names of groups that are there and cannot be used.</summary>
    public HashSet<string> Damaged { get; } = [];

    public List<PullRequest> Pulls { get; } = [];

    /// <summary>By volume id.</summary>
    public Dictionary<string, List<RegionDigests>> Digests { get; } = [];

    public List<HealRequest> Heals { get; } = [];

    public RpcException? HealError { get; set; }

    public List<string> Unhealed { get; } = [];

    /// <summary>Thrown by the next pulls.</summary>
    public RpcException? PullError { get; set; }

    /// <summary>Thrown by the next commits.</summary>
    public RpcException? CommitError { get; set; }

    public bool PullEndsEarly { get; set; }

    public bool PoolIsOpen { get; set; } = true;

    public Volume Add(string id, bool live = false, params string[] snapshots)
    {
        var volume = new Volume { VolumeId = id, Pool = pool, SizeBytes = 4096, HasLive = live };
        volume.Snapshots.AddRange(snapshots.Select(name => new Snapshot { Name = name }));
        return Volumes[id] = volume;
    }

    public void AddGroup(string name, byte[] resources, params string[] volumes)
    {
        var group = new GroupSnapshot { Pool = pool, Name = name, TakenAt = Timestamp.FromDateTimeOffset(DateTimeOffset.UnixEpoch) };
        group.Members.AddRange(volumes.Select(id => new GroupMember { VolumeId = id, SizeBytes = 4096 }));
        Groups[name] = group;
        Resources[name] = resources;
    }

    public override AsyncUnaryCall<ListVolumesResponse> ListVolumesAsync(ListVolumesRequest request, CallOptions options)
    {
        var response = new ListVolumesResponse();
        var all = request.VolumeIds.Count == 0 && request.SnapshotPrefixes.Count == 0;
        response.Volumes.AddRange(Volumes.Values.Where(volume => all || request.VolumeIds.Contains(volume.VolumeId) || Names(volume).Any(Begins)).Select(volume => volume.Clone()));
        return Answer(response);

        bool Begins(string name) => request.SnapshotPrefixes.Any(prefix => name.StartsWith(prefix, StringComparison.Ordinal));

        static IEnumerable<string> Names(Volume volume) => volume.Snapshots.Select(snapshot => snapshot.Name).Append(volume.Staging?.To ?? "");
    }

    public override AsyncUnaryCall<GroupSnapshot> GetGroupSnapshotAsync(GetGroupSnapshotRequest request, CallOptions options) => Damaged.Contains(request.Name)
        ? throw new RpcException(new Status(StatusCode.DataLoss, "The file is damaged."))
        : Groups.TryGetValue(request.Name, out var group) || !PoolIsOpen
        ? Answer(group ?? new GroupSnapshot())
        : throw new RpcException(new Status(StatusCode.NotFound, $"There is no complete group snapshot '{request.Name}'."));

    /// <summary>Thrown when groups are listed.</summary>
    public RpcException? ListError { get; set; }

    public override AsyncUnaryCall<ListGroupSnapshotsResponse> ListGroupSnapshotsAsync(ListGroupSnapshotsRequest request, CallOptions options)
    {
        if (ListError is not null) throw ListError;
        var response = new ListGroupSnapshotsResponse();
        response.Groups.AddRange(Groups.Values.Where(group => !Damaged.Contains(group.Name) && group.Name.StartsWith(request.NamePrefix, StringComparison.Ordinal)));
        return Answer(response);
    }

    public override AsyncUnaryCall<Volume> EnsureReplicaAsync(EnsureReplicaRequest request, CallOptions options)
    {
        lock (Volumes)
        {
            if (!Volumes.TryGetValue(request.VolumeId, out var volume)) volume = Add(request.VolumeId);
            volume.SizeBytes = request.SizeBytes;
            return Answer(volume);
        }
    }

    public override AsyncServerStreamingCall<RegionDigests> DigestRegions(DigestRegionsRequest request, CallOptions options) =>
        Stream<RegionDigests>(null, [.. Digests[request.VolumeId]]);

    public override AsyncUnaryCall<HealResponse> HealAsync(HealRequest request, CallOptions options)
    {
        Heals.Add(request);
        if (HealError is not null) throw HealError;
        return Answer(new HealResponse { WireBytes = 11, Healed = { request.Snapshot }, Unhealed = { Unhealed } });
    }

    public override AsyncServerStreamingCall<PullProgress> Pull(PullRequest request, CallOptions options)
    {
        lock (Pulls) Pulls.Add(request);
        Volumes[request.VolumeId].Staging = new Staging { To = request.To, Verified = true };
        return Stream<PullProgress>(
            PullError,
            PullEndsEarly
                ? [new PullProgress { BytesDone = 1, BytesToDo = 10 }]
                : [new PullProgress { BytesDone = 1, BytesToDo = 10 }, new PullProgress { BytesDone = 10, BytesToDo = 10, WireBytes = 7, Done = true }]);
    }

    public override AsyncClientStreamingCall<ResourcesPiece, PutResourcesResponse> PutResources(CallOptions options)
    {
        var sink = new Sink();
        return new AsyncClientStreamingCall<ResourcesPiece, PutResourcesResponse>(
            sink, DoneAsync(), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

        async Task<PutResourcesResponse> DoneAsync()
        {
            await sink.Completed.Task;
            Resources[sink.Pieces[0].Name] = [.. sink.Pieces.SelectMany(piece => piece.Data)];
            return new PutResourcesResponse();
        }
    }

    public override AsyncServerStreamingCall<ResourcesPiece> GetResources(GetResourcesRequest request, CallOptions options) =>
        Stream(null, [new ResourcesPiece { Data = ByteString.CopyFrom(Resources[request.Name]) }]);

    public override AsyncUnaryCall<GroupSnapshot> CommitGroupAsync(CommitGroupRequest request, CallOptions options)
    {
        if (CommitError is not null) throw CommitError;
        foreach (var id in request.VolumeIds)
        {
            Volumes[id].Staging!.To.ShouldBe(request.Name);
            Volumes[id].Staging = null;
            Volumes[id].Snapshots.Add(new Snapshot { Name = request.Name });
        }

        AddGroup(request.Name, Resources[request.Name], [.. request.VolumeIds]);
        return Answer(Groups[request.Name]);
    }

    public override AsyncUnaryCall<Volume> MakeLiveAsync(MakeLiveRequest request, CallOptions options)
    {
        Volumes[request.VolumeId].Snapshots.ShouldContain(snapshot => snapshot.Name == request.From);
        Volumes[request.VolumeId].HasLive = true;
        return Answer(Volumes[request.VolumeId]);
    }

    public override AsyncUnaryCall<Volume> SetLiveAsideAsync(SetLiveAsideRequest request, CallOptions options)
    {
        var volume = Volumes[request.VolumeId];
        volume.Mounted.ShouldBeFalse();
        volume.HasLive = false;
        volume.Snapshots.Add(new Snapshot { Name = request.KeepAs });
        return Answer(volume);
    }

    public override AsyncUnaryCall<DeleteSnapshotsResponse> DeleteSnapshotsAsync(DeleteSnapshotsRequest request, CallOptions options)
    {
        foreach (var volume in request.VolumeIds.Select(id => Volumes[id]))
        {
            var left = volume.Snapshots
                .Where(snapshot => !snapshot.Name.StartsWith(request.NamePrefix, StringComparison.Ordinal) || request.Except.Contains(snapshot.Name)).ToList();
            volume.Snapshots.Clear();
            volume.Snapshots.AddRange(left);
        }

        return Answer(new DeleteSnapshotsResponse());
    }

    public override AsyncUnaryCall<DeleteVolumeResponse> DeleteVolumeAsync(DeleteVolumeRequest request, CallOptions options)
    {
        Volumes[request.VolumeId].HasLive.ShouldBeFalse();
        Volumes.Remove(request.VolumeId);
        return Answer(new DeleteVolumeResponse());
    }

    public override AsyncUnaryCall<DeleteGroupSnapshotResponse> DeleteGroupSnapshotAsync(DeleteGroupSnapshotRequest request, CallOptions options)
    {
        Groups.Remove(request.Name);
        Resources.Remove(request.Name);
        foreach (var volume in Volumes.Values)
        {
            if (volume.Snapshots.FirstOrDefault(snapshot => snapshot.Name == request.Name) is { } gone) volume.Snapshots.Remove(gone);
        }

        return Answer(new DeleteGroupSnapshotResponse());
    }

    public override AsyncUnaryCall<DiscardStagingResponse> DiscardStagingAsync(DiscardStagingRequest request, CallOptions options)
    {
        Volumes[request.VolumeId].Staging = null;
        return Answer(new DiscardStagingResponse());
    }

    private AsyncUnaryCall<T> Answer<T>(T value) => new(
        PoolIsOpen
            ? Task.FromResult(value)
            : Task.FromException<T>(new RpcException(new Status(StatusCode.Unavailable, $"The storage pool '{pool}' is not open on this node."))),
        Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    private static AsyncServerStreamingCall<T> Stream<T>(RpcException? error, IReadOnlyList<T> values)
        where T : class =>
        new(new Source<T>(error, values), Task.FromResult(new Metadata()), () => Status.DefaultSuccess, () => [], () => { });

    private sealed class Source<T>(RpcException? error, IReadOnlyList<T> values) : IAsyncStreamReader<T>
        where T : class
    {
        private int _at = -1;

        public T Current => values[_at];

        public Task<bool> MoveNext(CancellationToken cancellationToken) =>
            error is not null ? Task.FromException<bool>(error) : Task.FromResult(++_at < values.Count);
    }

    private sealed class Sink : IClientStreamWriter<ResourcesPiece>
    {
        public List<ResourcesPiece> Pieces { get; } = [];

        public TaskCompletionSource Completed { get; } = new();

        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(ResourcesPiece message)
        {
            Pieces.Add(message);
            return Task.CompletedTask;
        }

        public Task WriteAsync(ResourcesPiece message, CancellationToken cancellationToken) => WriteAsync(message);

        public Task CompleteAsync()
        {
            Completed.SetResult();
            return Task.CompletedTask;
        }
    }
}
