using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Engine;
using Tonari.Kubernetes.Identity;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;
using Tonari.Node.Storage;
using Tonari.Testing;

namespace Tonari.Node.Tests.Agent;

/// <summary>An agent over real TLS on a real pool.</summary>
internal sealed class TestAgent : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly List<GrpcChannel> _channels = [];

    private TestAgent(WebApplication app, PoolCatalog catalog, NodeCounters counters, VolumePool pool, string poolName, string endpoint, ClusterIdentity identity)
    {
        _app = app;
        Catalog = catalog;
        Counters = counters;
        Pool = pool;
        PoolName = poolName;
        Endpoint = endpoint;
        Identity = identity;
    }

    public PoolCatalog Catalog { get; }

    public NodeCounters Counters { get; }

    public VolumePool Pool { get; }

    public string PoolName { get; }

    public string Endpoint { get; }

    public ClusterIdentity Identity { get; }

    public static Task<TestAgent> StartAsync(Workshop workshop, string name, ClusterIdentity identity, ILoggerFactory? logs = null) =>
        StartAsync(workshop, workshop.Mount("btrfs", name, 1L << 30), name, identity, logs);

    /// <summary>Ends everything at once, as far as that is possible inside one process, and starts anew on the same pool and another port.</summary>
    public async Task<TestAgent> ReplaceAsync(Workshop workshop)
    {
        using var now = new CancellationTokenSource();
        await now.CancelAsync();
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        await Pool.DisposeAsync();
        return await StartAsync(workshop, Path.Combine(workshop.Root, PoolName), PoolName, Identity);
    }

    private static async Task<TestAgent> StartAsync(Workshop workshop, string path, string name, ClusterIdentity identity, ILoggerFactory? logs = null)
    {
        var pool = await VolumePool.OpenAsync(path, new PoolOptions { FreezeGuard = new NoFreezeGuard() }, CancellationToken.None);
        var catalog = new PoolCatalog();
        catalog.Put(new NodePool(name, path, pool, Managed: true));
        var counters = new NodeCounters();
        var options = new NodeOptions(name, workshop.Root, workshop.Root, new IPEndPoint(IPAddress.Loopback, 0), 0, "tonari-system");
        var server = new AgentServer(
            options, new FakeKubernetesApi(), catalog, new VolumeLocks(TimeProvider.System), counters, new Readiness(), TimeProvider.System,
            logs ?? NullLoggerFactory.Instance, NullLogger<AgentServer>.Instance);
        var app = server.Build(name, kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(AgentServer.Tls(identity))), identity);
        await app.StartAsync();
        return new TestAgent(app, catalog, counters, pool, name, new Uri(app.Urls.Single()).Authority, identity);
    }

    /// <summary>A client with this identity that expects this agent's certificate, or another.</summary>
    public Rpc.Agent.Agent.AgentClient Client(ClusterIdentity? identity = null, string? fingerprint = null)
    {
        var channel = GrpcChannel.ForAddress($"https://{Endpoint}", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler { SslOptions = PinnedTls.ClientOptions(identity ?? Identity, fingerprint ?? Identity.Fingerprint) },
        });
        _channels.Add(channel);
        return new Rpc.Agent.Agent.AgentClient(channel);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var channel in _channels)
            channel.Dispose();
        await _app.DisposeAsync();
        foreach (var volume in await Pool.Volumes.ListAsync(CancellationToken.None))
            await Pool.Attachments.DetachAsync(volume.Id, CancellationToken.None);
        await Pool.DisposeAsync();
    }
}
