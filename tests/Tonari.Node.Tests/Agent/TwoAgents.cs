using Grpc.Core;
using Tonari.Kubernetes.Identity;
using Tonari.Rpc.Agent;

namespace Tonari.Node.Tests.Agent;

/// <summary>Tests with two agents over real TLS, each on a real pool: green-main pulls from blue-main as from a neighbour's gateway.</summary>
public abstract class TwoAgents : IAsyncLifetime
{
    private protected const string Volume = "pvc-0b6c9a1e-1111-2222-3333-444455556666";

    private protected readonly Workshop _workshop = new();
    private protected readonly ClusterIdentity _identity = ClusterIdentity.Make("test", TimeProvider.System.GetUtcNow());
    private protected TestAgent _source = null!;
    private protected TestAgent _target = null!;

    private protected static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _source = await TestAgent.StartAsync(_workshop, "blue-main", _identity);
        _target = await TestAgent.StartAsync(_workshop, "green-main", _identity);
        await PrepareAsync();
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await EndAsync();
        await _source.DisposeAsync();
        await _target.DisposeAsync();
        _identity.Certificate.Dispose();
        _workshop.Dispose();
    }

    /// <summary>What else there is before each test.</summary>
    private protected virtual Task PrepareAsync() => Task.CompletedTask;

    /// <summary>Lets go of what <see cref="PrepareAsync"/> has made.</summary>
    private protected virtual ValueTask EndAsync() => ValueTask.CompletedTask;

    /// <summary>A pull of the volume, whole.</summary>
    /// <param name="to">The group snapshot.</param>
    /// <param name="endpoint">Where the source is reached; at its own address when left out.</param>
    private protected PullRequest Pulling(string to, string? endpoint = null) => new()
    {
        Pool = "green-main",
        VolumeId = Volume,
        To = to,
        PeerEndpoint = endpoint ?? _source.Endpoint,
        PeerFingerprint = _identity.Fingerprint,
        DeltaPath = $"/v1/volumes/{Volume}/delta",
    };

    /// <summary>Everything that the target reports until the pull has ended.</summary>
    private protected async Task<List<PullProgress>> PullAsync(PullRequest request)
    {
        using var call = _target.Client().Pull(request, cancellationToken: Ct);
        var all = new List<PullProgress>();
        await foreach (var progress in call.ResponseStream.ReadAllAsync(Ct))
            all.Add(progress);
        return all;
    }
}
