using System.Net;
using Tonari.Controller.Agents;
using Tonari.Controller.Applications;
using Tonari.Controller.AppSnapshots;
using Tonari.Controller.Gateway;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Controller.Snapshots;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Hosting;

/// <summary>Puts the controller together, once it knows who it is.</summary>
internal static class ControllerServices
{
    /// <summary>Everything behind the gateway and the leader's work.</summary>
    public static ServiceProvider Build(ControllerOptions options, IKubernetesApi api, ClusterIdentity identity, TimeProvider time, ILoggerFactory loggers)
    {
        var services = new ServiceCollection();
        services.AddSingleton(options).AddSingleton(api).AddSingleton(identity).AddSingleton(time).AddSingleton(loggers);
        services.AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        services.AddSingleton(
            new PeerSelf(options.ClusterName, options.PeerEndpoint, ControllerOptions.Version, identity.Fingerprint) { SystemNamespace = options.Namespace });
        services.AddSingleton<Leadership>();
        AddCaches(services);
        AddPeers(services, options);
        AddGateway(services, options);
        services.AddMirrors();
        services.AddSingleton<IAgentDirectory, AgentDirectory>();
        services.AddSingleton<GroupSnapshotService>().AddSingleton<FailedFileSystems>().AddSingleton<IGroupSnapshotService, RecoveringSnapshots>();
        services.AddSingleton<IPreflight, PreflightGatherer>();
        AddReconcilers(services);
        return services.BuildServiceProvider();
    }

    private static void AddCaches(ServiceCollection services)
    {
        services.AddSingleton<Caches>();
        services.AddSingleton<IPeerDirectory>(s => s.GetRequiredService<Caches>());
        services.AddSingleton<IPools>(s => s.GetRequiredService<Caches>());
        services.AddSingleton<IMirrorStore>(s => s.GetRequiredService<Caches>().Store);
    }

    private static void AddPeers(ServiceCollection services, ControllerOptions options)
    {
        services.AddSingleton<PeerViews>().AddSingleton<ExchangeBook>().AddSingleton<PeerStatusWriter>();
        services.AddSingleton<PeerConnections>();
        services.AddSingleton<IPeerClients>(s => s.GetRequiredService<PeerConnections>());
        services.AddSingleton(s => new Invitations(
            s.GetRequiredService<IKubernetesApi>(), options.Namespace, s.GetRequiredService<PeerSelf>(), s.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Joining>();
        services.AddSingleton<ILeaderTask, PairingDesk>();
        services.AddSingleton<ILeaderTask>(s =>
        {
            var peers = s.GetRequiredService<Caches>().Peers;
            var supervisor = ActivatorUtilities.CreateInstance<PeerSupervisor>(s, peers);
            peers.Subscribe(_ => supervisor.PeerChanged());
            return supervisor;
        });
    }

    private static void AddGateway(ServiceCollection services, ControllerOptions options)
    {
        services.AddHttpForwarder();
        services.AddSingleton<Admission>().AddSingleton<MirrorPolicies>().AddSingleton<MirrorSetup>().AddSingleton<MirrorServing>().AddSingleton<RegionServing>();
        services.AddSingleton<JoinThrottle>().AddSingleton<SnapshotThrottle>().AddSingleton<CallGuard>().AddSingleton<PeerService>().AddSingleton<PairingService>();
        services.AddSingleton<DeltaForwarder>().AddSingleton<RequestGate>().AddSingleton<ConnectionGate>().AddSingleton<GatewayParts>();
        services.AddSingleton(s => new GatewayServer(
            new IPEndPoint(IPAddress.IPv6Any, options.PeerPort),
            s.GetRequiredService<ClusterIdentity>(),
            s.GetRequiredService<GatewayParts>(),
            s.GetRequiredService<ILoggerFactory>()));
    }

    private static void AddReconcilers(ServiceCollection services)
    {
        services.AddSingleton(s => ActivatorUtilities.CreateInstance<ApplicationReconciler>(
            s, (Func<IReadOnlyCollection<Application>>)(() => s.GetRequiredService<Caches>().Applications.Items)));
        services.AddSingleton<AppSnapshotReconciler>();
        services.AddSingleton<ILeaderTask>(s =>
        {
            var caches = s.GetRequiredService<Caches>();
            var joining = s.GetRequiredService<Joining>();
            return Reconcile(s, caches.Joins, (key, ct) =>
                caches.Joins.Find(key.Namespace, key.Name) is { } join ? joining.HandleAsync(join, ct) : Task.FromResult<TimeSpan?>(null));
        });
        services.AddSingleton<ILeaderTask>(s => Reconcile(s, s.GetRequiredService<Caches>().Snapshots, s.GetRequiredService<AppSnapshotReconciler>().ReconcileAsync));
        services.AddSingleton<ILeaderTask>(s =>
        {
            var caches = s.GetRequiredService<Caches>();
            var applications = Reconcile(s, caches.Applications, s.GetRequiredService<ApplicationReconciler>().ReconcileAsync, resyncs: false);
            var triggers = new ApplicationTriggers(() => caches.Applications.Items, applications.Look);
            caches.Claims.Subscribe(triggers.OnClaim);
            caches.Mirrors.Subscribe(triggers.OnMirror);
            return applications;
        });
    }

    private static Reconciling<T> Reconcile<T>(IServiceProvider services, Informer<T> informer, Func<ObjectKey, CancellationToken, Task<TimeSpan?>> reconcile, bool resyncs = true)
        where T : class, k8s.IKubernetesObject<k8s.Models.V1ObjectMeta> =>
        new(informer, reconcile, resyncs, services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILoggerFactory>());
}
