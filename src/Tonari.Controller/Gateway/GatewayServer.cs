using System.Net;
using System.Security.Authentication;
using Grpc.AspNetCore.Server;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Connections;
using Tonari.Kubernetes.Identity;

namespace Tonari.Controller.Gateway;

/// <summary>
/// The port that neighbours talk to: TLS 1.3 with a certificate on both sides. Any certificate may connect, since a pairing begins with an
/// unknown one; who it is and what it may is judged per request.
/// </summary>
internal sealed class GatewayServer(IPEndPoint listen, ClusterIdentity identity, GatewayParts parts, ILoggerFactory loggers) : IAsyncDisposable
{
    /// <summary>Connections at a time: a handful per neighbour; more is an attack.</summary>
    private const int MostConnections = 512;

    private WebApplication? _app;

    /// <summary>Where it listens, once started.</summary>
    public IPEndPoint? Endpoint { get; private set; }

    /// <summary>Starts to listen.</summary>
    public async Task StartAsync(CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddSingleton(loggers).AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(ConfigureKestrel);
        builder.WebHost.UseSockets(sockets => sockets.CreateBoundListenSocket = endpoint =>
        {
            var socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            TransferSocket.LimitSending(socket);
            return socket;
        });
        builder.Services.AddRoutingCore();
        builder.Services.AddGrpc(ConfigureGrpc)
            .AddServiceOptions<PairingService>(grpc => grpc.MaxReceiveMessageSize = PeerLimits.LargestSmallMessage - RequestGate.Framing);
        builder.Services.AddSingleton(parts.Guard).AddSingleton(parts.Peer).AddSingleton(parts.Pairing);
        _app = builder.Build();
        _app.Use((context, next) => parts.Requests.InvokeAsync(context, _ => next(context)));
        _app.UseRouting();
        _app.MapGrpcService<PeerService>();
        _app.MapGrpcService<PairingService>();
        _app.MapGet("/v1/mirrors/{mirrorId}/volumes/{key}/delta", parts.Deltas.HandleAsync);
        await _app.StartAsync(ct);
        var address = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Endpoint = new IPEndPoint(listen.Address, new Uri(address).Port);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = MostConnections;
        kestrel.Limits.MaxRequestBodySize = 2 * PeerLimits.LargestMessage;
        // A peer with a rate limit may read slowly; a dead one is found by pings and by the forwarder's silence.
        kestrel.Limits.MinResponseDataRate = null;
        kestrel.Limits.Http2.KeepAlivePingDelay = PeerLimits.KeepAlive;
        kestrel.Limits.Http2.KeepAlivePingTimeout = PeerLimits.KeepAlive;
        // The any address is left to Kestrel, which takes IPv4 alone where there is no IPv6.
        if (listen.Address.Equals(IPAddress.IPv6Any))
            kestrel.ListenAnyIP(listen.Port, ConfigureTls);
        else
            kestrel.Listen(listen, ConfigureTls);
    }

    private void ConfigureTls(ListenOptions endpoint)
    {
        endpoint.Protocols = HttpProtocols.Http1AndHttp2;
        endpoint.UseHttps(new HttpsConnectionAdapterOptions
        {
            ServerCertificate = identity.Certificate,
            SslProtocols = SslProtocols.Tls13,
            ClientCertificateMode = ClientCertificateMode.RequireCertificate,
            ClientCertificateValidation = (_, _, _) => true,
            HandshakeTimeout = PeerLimits.Connect,
        });
        endpoint.Use(next => connection => parts.Connections.InvokeAsync(connection, next));
    }

    private static void ConfigureGrpc(GrpcServiceOptions grpc)
    {
        grpc.MaxReceiveMessageSize = PeerLimits.LargestMessage;
        grpc.MaxSendMessageSize = PeerLimits.LargestMessage;
        grpc.EnableDetailedErrors = false;
        grpc.Interceptors.Add<CallGuard>();
    }

    /// <summary>Signals are the program's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

/// <summary>What answers at the gateway.</summary>
internal sealed record GatewayParts(CallGuard Guard, PeerService Peer, PairingService Pairing, DeltaForwarder Deltas, RequestGate Requests, ConnectionGate Connections);
