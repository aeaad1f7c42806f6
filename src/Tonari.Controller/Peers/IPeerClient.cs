using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Peers;

/// <summary>What this cluster asks of one neighbour. Every member throws a <see cref="PeerException"/> when it does not succeed.</summary>
internal interface IPeerClient
{
    /// <summary>Greets: versions and clocks.</summary>
    public Task<HelloResponse> HelloAsync(CancellationToken ct);

    /// <summary>Both sides' views of their common mirrors.</summary>
    public Task<ExchangeResponse> ExchangeAsync(ExchangeRequest request, CancellationToken ct);

    /// <summary>What stands in the way there and, where the peer is to be the primary, the application's volumes.</summary>
    public Task<PreflightResponse> PreflightAsync(PreflightRequest request, CancellationToken ct);

    /// <summary>Makes sure that the peer has its half.</summary>
    public Task EnsureMirrorAsync(MirrorDefinition mirror, CancellationToken ct);

    /// <summary>Hands a user's request on.</summary>
    public Task SubmitOperationAsync(string mirrorId, MirrorOperationRequest request, CancellationToken ct);

    /// <summary>Asks for a group snapshot; takes as long as hooks and freeze take.</summary>
    public Task<SnapshotManifest> RequestSnapshotAsync(string mirrorId, long epoch, string name, bool requireStopped, CancellationToken ct);

    /// <summary>The captured resources of a group snapshot.</summary>
    public Task<byte[]> GetResourcesAsync(string mirrorId, string name, CancellationToken ct);

    /// <summary>The digests of a volume's part of a group snapshot, as they are read there; takes as long as that takes.</summary>
    public IAsyncEnumerable<RegionDigests> DigestRegionsAsync(string mirrorId, string key, string snapshot, long regionBytes, CancellationToken ct);

    /// <summary>Asks the primary to stop its application and keep it stopped.</summary>
    public Task<HoldResponse> HoldAsync(string mirrorId, string operationId, long epoch, TimeSpan duration, string purpose, CancellationToken ct);

    /// <summary>Tells the primary that it may start its application again.</summary>
    public Task ReleaseHoldAsync(string mirrorId, string operationId, CancellationToken ct);

    /// <summary>Tells the peer that the relationship is being deleted here.</summary>
    public Task MirrorDeletedAsync(string mirrorId, bool keepReplicaVolumes, CancellationToken ct);
}
