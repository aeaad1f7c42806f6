using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Peer;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Gateway;

/// <summary>What a primary does for its secondary's proofs: hands out the digests of its own copy.</summary>
internal sealed class RegionServing(MirrorServing serving, IAgentDirectory agents)
{
    /// <summary>A secondary compares one volume at a time; the other one is for the moment until a call that has been left is seen to be over.</summary>
    private const int MostAtATime = 2;

    private readonly ConcurrentDictionary<string, int> _running = new(StringComparer.Ordinal);

    /// <summary>The digests of a volume's part of a group snapshot, as its agent gives them.</summary>
    public async IAsyncEnumerable<RegionDigests> DigestAsync(
        ClusterPeer caller, DigestPeerRegionsRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var status = serving.Demand(caller, request.MirrorId, request.Snapshot, "digests");
        if (request.RegionBytes != MirrorLimits.RegionBytes)
            throw new GatewayRefusal(StatusCode.InvalidArgument, $"Regions have {MirrorLimits.RegionBytes} bytes here; install the same version of Tonari on both clusters.");
        var volume = status.Volumes.FirstOrDefault(v => v.Key == request.Key)
            ?? throw new GatewayRefusal(StatusCode.NotFound, "The mirror has no volume of this key here.");

        using var place = Enter(request.MirrorId);
        var wanted = new DigestRegionsRequest { Pool = volume.Pool, VolumeId = volume.VolumeId, Snapshot = request.Snapshot, RegionBytes = request.RegionBytes };
        using var call = agents.Find(volume.Pool).Client.DigestRegions(wanted, new CallOptions(cancellationToken: ct));
        await foreach (var message in call.ResponseStream.ReadAllAsync(ct))
            yield return message;
    }

    private Place Enter(string mirrorId)
    {
        if (_running.AddOrUpdate(mirrorId, 1, (_, running) => running + 1) <= MostAtATime)
            return new Place(this, mirrorId);
        Leave(mirrorId);
        throw new GatewayRefusal(StatusCode.ResourceExhausted, "This mirror's digests are being read already; ask again when that has ended.");
    }

    private void Leave(string mirrorId) => _running.AddOrUpdate(mirrorId, 0, (_, running) => running - 1);

    private sealed class Place(RegionServing serving, string mirrorId) : IDisposable
    {
        public void Dispose() => serving.Leave(mirrorId);
    }
}
