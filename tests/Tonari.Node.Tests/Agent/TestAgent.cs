using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
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

    private TestAgent(WebApplication app, VolumePool pool, string poolName, string endpoint, ClusterIdentity identity)
    {
        _app = app;
        Pool = pool;
        PoolName = poolName;
        Endpoint = endpoint;
        Identity = identity;
    }

    public VolumePool Pool { get; }

    public string PoolName { get; }

    public string Endpoint { get; }

    public ClusterIdentity Identity { get; }

    public static async Task<TestAgent> StartAsync(Workshop workshop, string name, ClusterIdentity identity)
    {
        var path = workshop.Mount("btrfs", name, 1L << 30);
        var pool = await VolumePool.OpenAsync(path, new PoolOptions { FreezeGuard = new NoFreezeGuard() }, CancellationToken.None);
        var catalog = new PoolCatalog();
        catalog.Put(new NodePool(name, path, pool, Managed: true));
        var options = new NodeOptions(name, workshop.Root, workshop.Root, new IPEndPoint(IPAddress.Loopback, 0), 0, "tonari-system");
        var server = new AgentServer(
            options, new FakeKubernetesApi(), catalog, new VolumeLocks(TimeProvider.System), new NodeCounters(), new Readiness(), TimeProvider.System,
            NullLoggerFactory.Instance, NullLogger<AgentServer>.Instance);
        var app = server.Build(name, kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.UseHttps(AgentServer.Tls(identity))), identity);
        await app.StartAsync();
        return new TestAgent(app, pool, name, new Uri(app.Urls.Single()).Authority, identity);
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
