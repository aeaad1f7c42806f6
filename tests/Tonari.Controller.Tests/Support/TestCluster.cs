using System.Net;
using System.Net.Sockets;
using Grpc.Net.Client;
using k8s;
using k8s.Models;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tonari.Controller.Gateway;
using Tonari.Controller.Hosting;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;
using Yarp.ReverseProxy.Forwarder;

namespace Tonari.Controller.Tests.Support;

/// <summary>One cluster as its neighbour sees it: a real gateway with real TLS on loopback before an API server in memory.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public const string SystemNamespace = "tonari-system";
    public const string MirrorId = "aaaaaaaaaa";

    private readonly GatewayServer _gateway;
    private readonly ServiceProvider _services;

    private TestCluster(string name)
    {
        Identity = ClusterIdentity.Make(name, TimeProvider.System.GetUtcNow());
        Self = new PeerSelf(name, OwnEndpoint(), "0.1.0", Identity.Fingerprint);
        _services = new ServiceCollection().AddLogging(l => l.AddProvider(Log)).AddHttpForwarder().BuildServiceProvider();
        var loggers = _services.GetRequiredService<ILoggerFactory>();
        Mirrors = new MirrorStore(Api, () => [.. Stored<AppMirror>()]);
        Views = new PeerViews(TimeProvider.System);
        Peers = new Directory(this);
        Clients = new PeerConnections(Peers, Identity, Self, TimeProvider.System);
        Joining = new Joining(Api, Identity, Self, TimeProvider.System, loggers.CreateLogger<Joining>());
        var admission = new Admission(Peers, Mirrors, Self, loggers.CreateLogger<Admission>());
        var policies = new MirrorPolicies(Self);
        var invitations = new Invitations(Api, SystemNamespace, Self, Time);
        Book = new ExchangeBook(Mirrors, Views, loggers.CreateLogger<ExchangeBook>());
        var setup = new MirrorSetup(Api, Mirrors, admission, Preflight, Self, loggers.CreateLogger<MirrorSetup>());
        var serving = new MirrorServing(Mirrors, policies, admission, new SnapshotThrottle(TimeProvider.System), Snapshots, Agents, TimeProvider.System);
        Leadership.Set(true);
        _gateway = new GatewayServer(
            IPEndPoint.Parse(Self.Endpoint),
            Identity,
            new GatewayParts(
                new CallGuard(admission, Leadership, Self, loggers.CreateLogger<CallGuard>()),
                new PeerService(Api, Mirrors, policies, admission, Book, setup, serving, new RegionServing(serving, Agents), Self, TimeProvider.System, loggers.CreateLogger<PeerService>()),
                new PairingService(invitations, new JoinThrottle(TimeProvider.System), admission, Self, loggers.CreateLogger<PairingService>()),
                new DeltaForwarder(
                    admission, _services.GetRequiredService<IHttpForwarder>(), Agents, policies, TimeProvider.System, loggers.CreateLogger<DeltaForwarder>()),
                new RequestGate(admission),
                new ConnectionGate(admission)),
            loggers);
    }

    public FakeKubernetesApi Api { get; } = new();

    public LogBook Log { get; } = new();

    public ClusterIdentity Identity { get; }

    public PeerSelf Self { get; }

    public Leadership Leadership { get; } = new();

    public MirrorStore Mirrors { get; }

    public PeerViews Views { get; }

    public ExchangeBook Book { get; }

    public IPeerDirectory Peers { get; }

    public PeerConnections Clients { get; }

    public Joining Joining { get; }

    public TestAgents Agents { get; } = new();

    public TestSnapshots Snapshots { get; } = new();

    public TestPreflight Preflight { get; } = new();

    /// <summary>The clock that invitations are judged by.</summary>
    public ShiftedTime Time { get; } = new();

    public static async Task<TestCluster> StartAsync(string name, CancellationToken ct)
    {
        var cluster = new TestCluster(name);
        await cluster._gateway.StartAsync(ct);
        return cluster;
    }

    public IEnumerable<T> Stored<T>()
        where T : IKubernetesObject<V1ObjectMeta> =>
        Api.All().Where(o => ResourceKind.Of<T>().Is(o.Group(), o.Kind())).Select(KubeJson.FromJson<T>);

    /// <summary>What `tonari peer invite` does.</summary>
    public PairingToken Invite(TimeSpan validFor)
    {
        var token = Tokens.New(Self.Endpoint, Identity.Fingerprint, Time.GetUtcNow() + validFor);
        Api.Seed(PairingObjects.Invite(SystemNamespace, token.Secret[..6].ToLowerInvariant().Replace('_', 'x').Replace('-', 'x'), token));
        return token;
    }

    /// <summary>What `tonari peer join` does, until the controller has answered: the annotations of the Secret.</summary>
    public async Task<V1Secret> JoinAsync(PairingToken token, CancellationToken ct)
    {
        var join = Api.Seed(PairingObjects.Join(SystemNamespace, $"j{Api.Requests.Count}", token));
        await Joining.HandleAsync(join, ct);
        return await OutcomeOfAsync(join, ct);
    }

    /// <summary>What the controller does that died after the other side had answered: the same Secret once more.</summary>
    public async Task<V1Secret> JoinTwiceAsync(PairingToken token, CancellationToken ct)
    {
        var join = Api.Seed(PairingObjects.Join(SystemNamespace, $"j{Api.Requests.Count}", token));
        await Joining.HandleAsync(join, ct);
        await Joining.HandleAsync(join, ct);
        return await OutcomeOfAsync(join, ct);
    }

    private async Task<V1Secret> OutcomeOfAsync(V1Secret join, CancellationToken ct)
    {
        return await Api.GetAsync<V1Secret>(SystemNamespace, join.Metadata.Name, ct);
    }

    /// <summary>Knows the other cluster, as after a pairing.</summary>
    public void Knows(TestCluster other, Func<ClusterPeerSpec, ClusterPeerSpec>? but = null)
    {
        var peer = PeerObjects.New(other.Self.ClusterName, other.Self.Endpoint, other.Identity.Fingerprint);
        peer.Spec = but?.Invoke(peer.Spec) ?? peer.Spec;
        Api.Seed(peer);
    }

    /// <summary>A mirror with the other cluster in which this one is primary of epoch 2 and holds one volume.</summary>
    public AppMirror Mirror(string peer, string id = MirrorId, Func<MirrorStatus, MirrorStatus>? but = null, string ns = "shop")
    {
        var status = new MirrorStatus
        {
            Role = MirrorRole.Primary,
            Epoch = 2,
            HighestEpochSeen = 2,
            Application = ApplicationRun.Running,
            Volumes = [new MirrorVolume("shop/data", "pvc-1", "blue-main", 1024, "tonari")],
        };
        return Api.Seed(new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = "shop-" + id, NamespaceProperty = ns },
            Spec = new AppMirrorSpec { Application = "shop", Peer = peer, MirrorId = id },
            Status = new AppMirrorStatus { Mirror = but?.Invoke(status) ?? status },
        });
    }

    public MirrorStatus Status(string id = MirrorId) => Stored<AppMirror>().Single(m => m.Spec.MirrorId == id).Status!.Mirror;

    /// <summary>A bare channel to this cluster's gateway that shows the given certificate.</summary>
    public GrpcChannel ChannelAs(ClusterIdentity identity) => PeerConnections.Open(Self.Endpoint, Identity.Fingerprint, identity);

    /// <summary>A bare HTTP client to this cluster's gateway that shows the given certificate.</summary>
    public HttpClient HttpAs(ClusterIdentity identity) =>
        new(new SocketsHttpHandler { SslOptions = PinnedTls.ClientOptions(identity, Identity.Fingerprint) }) { BaseAddress = new Uri($"https://{Self.Endpoint}") };

    public async ValueTask DisposeAsync()
    {
        Clients.Dispose();
        await _gateway.DisposeAsync();
        await Agents.DisposeAsync();
        await _services.DisposeAsync();
        Identity.Certificate.Dispose();
    }

    /// <summary>A loopback address of its own: a port that was free a moment ago may be another test's by now.</summary>
    private static string OwnEndpoint() => $"127.{Random.Shared.Next(1, 255)}.{Random.Shared.Next(256)}.{Random.Shared.Next(1, 255)}:7443";

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private sealed class Directory(TestCluster cluster) : IPeerDirectory
    {
        public IReadOnlyList<ClusterPeer> All => [.. cluster.Stored<ClusterPeer>()];
    }
}

/// <summary>The system's clock, moved.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => System.GetUtcNow() + Shift;
}
