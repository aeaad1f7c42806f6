using System.Runtime.CompilerServices;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Peers;

/// <summary>The gRPC form of <see cref="IPeerClient"/>: a deadline on every call, and errors as sentences.</summary>
internal sealed class PeerClient(string peerName, CallInvoker invoker, PeerSelf self, TimeProvider time) : IPeerClient
{
    private readonly Peer.PeerClient _peer = new(invoker);
    private readonly Turns _preflights = new(PeerLimits.OwnPreflights);
    private readonly Turns _resources = new(PeerLimits.MostResourceCalls);

    public Task<HelloResponse> HelloAsync(CancellationToken ct) =>
        CallAsync(
            o => _peer.HelloAsync(
                new HelloRequest { ClusterName = self.ClusterName, Version = self.Version, Time = time.GetUtcNow().ToTimestamp() }, o),
            PeerLimits.SmallCall,
            ct);

    public Task<ExchangeResponse> ExchangeAsync(ExchangeRequest request, CancellationToken ct) =>
        CallAsync(o => _peer.ExchangeAsync(request, o), PeerLimits.SmallCall, ct);

    public async Task<PreflightResponse> PreflightAsync(PreflightRequest request, CancellationToken ct)
    {
        using var turn = await _preflights.TakeAsync(ct);
        return await CallAsync(o => _peer.PreflightAsync(request, o), PeerLimits.ApiCall, ct);
    }

    public Task EnsureMirrorAsync(MirrorDefinition mirror, CancellationToken ct) =>
        CallAsync(o => _peer.EnsureMirrorAsync(new EnsureMirrorRequest { Mirror = mirror }, o), PeerLimits.ApiCall, ct);

    public Task SubmitOperationAsync(string mirrorId, MirrorOperationRequest request, CancellationToken ct) =>
        CallAsync(
            o => _peer.SubmitOperationAsync(
                new SubmitOperationRequest
                {
                    MirrorId = mirrorId,
                    OperationId = request.Id,
                    Type = request.Type.ToString(),
                    Snapshot = request.Snapshot ?? "",
                    Keep = request.Keep ?? "",
                    Confirm = request.Confirm ?? "",
                    User = self.ClusterName,
                },
                o),
            PeerLimits.ApiCall,
            ct);

    public Task<SnapshotManifest> RequestSnapshotAsync(string mirrorId, long epoch, string name, bool requireStopped, CancellationToken ct) =>
        CallAsync(
            o => _peer.RequestSnapshotAsync(
                new RequestSnapshotRequest { MirrorId = mirrorId, Epoch = epoch, Name = name, RequireStopped = requireStopped }, o),
            PeerLimits.SnapshotCall,
            ct);

    public async Task<byte[]> GetResourcesAsync(string mirrorId, string name, CancellationToken ct)
    {
        using var turn = await _resources.TakeAsync(ct);
        try
        {
            using var call = _peer.GetResources(
                new GetPeerResourcesRequest { MirrorId = mirrorId, Name = name }, Options(PeerLimits.ResourcesCall, ct));
            using var all = new MemoryStream();
            await foreach (var piece in call.ResponseStream.ReadAllAsync(ct))
            {
                if (all.Length + piece.Data.Length > PeerLimits.LargestResources)
                    throw new PeerRefusedException(
                        PeerRefusal.Request, $"{peerName} sends more than {PeerLimits.LargestResources} bytes of captured resources for {name}.");
                piece.Data.WriteTo(all);
            }
            return all.ToArray();
        }
        catch (RpcException e)
        {
            throw PeerErrors.Translate(peerName, e, ct);
        }
        catch (ObjectDisposedException e)
        {
            throw new PeerUnreachableException($"The connection to {peerName} is being made anew.", e);
        }
    }

    public async IAsyncEnumerable<RegionDigests> DigestRegionsAsync(
        string mirrorId, string key, string snapshot, long regionBytes, [EnumeratorCancellation] CancellationToken ct)
    {
        // No deadline: reading a large volume takes hours. That the peer still lives is found out by pings.
        var request = new DigestPeerRegionsRequest { MirrorId = mirrorId, Key = key, Snapshot = snapshot, RegionBytes = regionBytes };
        using var call = _peer.DigestRegions(request, new CallOptions(cancellationToken: ct));
        while (true)
        {
            RegionDigests message;
            try
            {
                if (!await call.ResponseStream.MoveNext(ct))
                    yield break;
                message = call.ResponseStream.Current;
            }
            catch (RpcException e)
            {
                throw PeerErrors.Translate(peerName, e, ct);
            }
            yield return message;
        }
    }

    public Task<HoldResponse> HoldAsync(
        string mirrorId, string operationId, long epoch, TimeSpan duration, string purpose, CancellationToken ct) =>
        CallAsync(
            o => _peer.HoldAsync(
                new HoldRequest
                {
                    MirrorId = mirrorId,
                    OperationId = operationId,
                    Epoch = epoch,
                    Duration = duration.ToDuration(),
                    Purpose = purpose,
                },
                o),
            PeerLimits.SmallCall,
            ct);

    public Task ReleaseHoldAsync(string mirrorId, string operationId, CancellationToken ct) =>
        CallAsync(
            o => _peer.ReleaseHoldAsync(new ReleaseHoldRequest { MirrorId = mirrorId, OperationId = operationId }, o), PeerLimits.SmallCall, ct);

    public Task MirrorDeletedAsync(string mirrorId, bool keepReplicaVolumes, CancellationToken ct) =>
        CallAsync(
            o => _peer.MirrorDeletedAsync(new MirrorDeletedRequest { MirrorId = mirrorId, KeepReplicaVolumes = keepReplicaVolumes }, o),
            PeerLimits.ApiCall,
            ct);

    private async Task<T> CallAsync<T>(Func<CallOptions, AsyncUnaryCall<T>> start, TimeSpan limit, CancellationToken ct)
    {
        try
        {
            using var call = start(Options(limit, ct));
            return await call;
        }
        catch (RpcException e)
        {
            throw PeerErrors.Translate(peerName, e, ct);
        }
        catch (ObjectDisposedException e)
        {
            throw new PeerUnreachableException($"The connection to {peerName} is being made anew.", e);
        }
    }

    private CallOptions Options(TimeSpan limit, CancellationToken ct) =>
        new(deadline: (time.GetUtcNow() + limit).UtcDateTime, cancellationToken: ct);
}

/// <summary>How this cluster introduces itself.</summary>
/// <param name="ClusterName">Its name.</param>
/// <param name="Endpoint">Its peer gateway, <c>host:port</c>.</param>
/// <param name="Version">Its controller's version.</param>
/// <param name="Fingerprint">Of its identity certificate.</param>
internal sealed record PeerSelf(string ClusterName, string Endpoint, string Version, string Fingerprint)
{
    /// <summary>The namespace Tonari is installed in.</summary>
    public string SystemNamespace { get; init; } = WellKnown.SystemNamespace;
}
