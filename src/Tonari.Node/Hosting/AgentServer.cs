using System.Net;
using System.Net.Security;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Tonari.Engine;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Connections;
using Tonari.Kubernetes.Identity;
using Tonari.Node.Agent;
using Tonari.Node.Csi;
using Tonari.Node.Pools;
using Tonari.Node.Storage;

namespace Tonari.Node.Hosting;

/// <summary>The agent: agent.proto and the deltas, for this cluster's own processes only. Starts once the cluster has an identity.</summary>
internal sealed partial class AgentServer(
    NodeOptions options, IKubernetesApi api, PoolCatalog pools, VolumeLocks locks, NodeCounters counters, Readiness readiness,
    TimeProvider time, ILoggerFactory logs, ILogger<AgentServer> logger) : BackgroundService
{
    private static readonly TimeSpan s_identityRetry = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var identity = await WaitForIdentityAsync(stoppingToken);
        await using var app = Build(options.AgentAddress.ToString(), kestrel => Listen(kestrel, identity), identity);
        await app.StartAsync(stoppingToken);
        readiness.AgentListens = true;
        LogListening(options.AgentAddress, identity.Fingerprint);
        try
        {
            await app.WaitForShutdownAsync(stoppingToken);
        }
        finally
        {
            readiness.AgentListens = false;
        }
    }

    internal WebApplication Build(string name, Action<KestrelServerOptions> listen, ClusterIdentity identity)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = name });
        builder.WebHost.UseKestrelCore().ConfigureKestrel(listen);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            TransferSocket.LimitSending(socket);
            return socket;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddSingleton(logs);
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton(pools);
        builder.Services.AddSingleton(locks);
        builder.Services.AddSingleton(counters);
        builder.Services.AddSingleton(identity);
        builder.Services.AddSingleton<PeerGateway>();
        builder.Services.AddSingleton<VolumePull>();
        builder.Services.AddSingleton(new ReadPace(new ByteCount(AgentLimits.ProofBytesPerSecond), time));
        builder.Services.AddSingleton<VolumeProof>();
        builder.Services.AddSingleton<DeltaEndpoint>();
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddGrpc(grpc => grpc.Interceptors.Add<ErrorInterceptor>());
        var app = builder.Build();
        app.MapGrpcService<AgentService>();
        app.MapGet(DeltaEndpoint.Route, (HttpContext context, DeltaEndpoint endpoint) => endpoint.ServeAsync(context));
        return app;
    }

    internal static TlsHandshakeCallbackOptions Tls(ClusterIdentity identity) => new()
    {
        OnConnection = _ =>
        {
            var tls = PinnedTls.ServerOptions(identity);
            tls.ApplicationProtocols = [SslApplicationProtocol.Http2, SslApplicationProtocol.Http11];
            return ValueTask.FromResult(tls);
        },
    };

    private void Listen(KestrelServerOptions kestrel, ClusterIdentity identity) =>
        kestrel.Listen(options.AgentAddress, listen => listen.UseHttps(Tls(identity)));

    private async Task<ClusterIdentity> WaitForIdentityAsync(CancellationToken ct)
    {
        string? said = null;
        while (true)
        {
            var problem = "The controller has not made the cluster's identity yet.";
            try
            {
                if (await ClusterIdentity.FindAsync(api, options.SystemNamespace, ct) is { } identity)
                    return identity;
            }
            catch (Exception error) when (error is KubernetesApiException or CryptographicException)
            {
                problem = error.Message;
            }

            if (said != problem)
                LogWaiting(problem);
            said = problem;
            await Task.Delay(s_identityRetry, time, ct);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The agent waits: {Problem}")]
    private partial void LogWaiting(string problem);

    [LoggerMessage(Level = LogLevel.Information, Message = "The agent listens on {Address} as {Fingerprint}")]
    private partial void LogListening(IPEndPoint address, string fingerprint);

    /// <summary>Signals are the main host's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
