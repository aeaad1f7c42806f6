using System.Runtime.CompilerServices;
using Tonari.Controller.Peers;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Tests.Mirrors.Steps;

/// <summary>A neighbour that answers what the test says.</summary>
internal sealed class FakePeer : IPeerClient
{
    public Exception? Error { get; set; }

    public SnapshotManifest Manifest { get; set; } = new();

    public byte[] Resources { get; set; } = [];

    public PreflightResponse Preflight { get; set; } = new();

    public HoldResponse Hold { get; set; } = new() { Granted = true };

    /// <summary>What happens while the neighbour thinks.</summary>
    public Action Thinking { get; set; } = () => { };

    /// <summary>Answers exchanges; without it nothing is said back.</summary>
    public Func<ExchangeRequest, ExchangeResponse> OnExchange { get; set; } = _ => new ExchangeResponse();

    public List<string> Asked { get; } = [];

    public PreflightRequest? AskedPreflight { get; private set; }

    public Task<HelloResponse> HelloAsync(CancellationToken ct) => Answer("hello", new HelloResponse());

    public Task<ExchangeResponse> ExchangeAsync(ExchangeRequest request, CancellationToken ct) => Answer("exchange", OnExchange(request));

    public Task<PreflightResponse> PreflightAsync(PreflightRequest request, CancellationToken ct)
    {
        AskedPreflight = request;
        return Answer("preflight", Preflight);
    }

    public Task EnsureMirrorAsync(MirrorDefinition mirror, CancellationToken ct) => Answer($"ensure {mirror.Role} {mirror.Namespace}/{mirror.Name}", 0);

    public Task SubmitOperationAsync(string mirrorId, MirrorOperationRequest request, CancellationToken ct) => Answer($"submit {request.Id}", 0);

    public Task<SnapshotManifest> RequestSnapshotAsync(string mirrorId, long epoch, string name, bool requireStopped, CancellationToken ct) =>
        Answer($"snapshot {name}{(requireStopped ? " stopped" : "")}", Manifest);

    public Task<byte[]> GetResourcesAsync(string mirrorId, string name, CancellationToken ct) => Answer($"resources {name}", Resources);

    /// <summary>By volume key.</summary>
    public Dictionary<string, List<RegionDigests>> Digests { get; } = [];

    public async IAsyncEnumerable<RegionDigests> DigestRegionsAsync(
        string mirrorId, string key, string snapshot, long regionBytes, [EnumeratorCancellation] CancellationToken ct)
    {
        await Answer($"digests {key} {snapshot}", 0);
        foreach (var message in Digests[key])
        {
            ct.ThrowIfCancellationRequested();
            yield return message;
        }
    }

    public Task<HoldResponse> HoldAsync(string mirrorId, string operationId, long epoch, TimeSpan duration, string purpose, CancellationToken ct) =>
        Answer($"hold {operationId}", Hold);

    public Task ReleaseHoldAsync(string mirrorId, string operationId, CancellationToken ct) => Answer($"release {operationId}", 0);

    public Task MirrorDeletedAsync(string mirrorId, bool keepReplicaVolumes, CancellationToken ct) => Answer($"deleted {keepReplicaVolumes}", 0);

    private Task<T> Answer<T>(string asked, T answer)
    {
        lock (Asked)
            Asked.Add(asked);
        Thinking();
        return Error is null ? Task.FromResult(answer) : Task.FromException<T>(Error);
    }
}
