using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Journal;

namespace Tonari.Web.Hosting;

/// <summary>What the web interface reads: its host's copies of the API, and three more that nobody else needs.</summary>
public sealed class WebSources
{
    /// <summary>Over the copies that the host keeps.</summary>
    public WebSources(
        IKubernetesApi api, Informer<AppMirror> mirrors, Informer<Application> applications, Informer<AppSnapshot> snapshots,
        Informer<ClusterPeer> peers, Informer<StoragePool> pools, TimeProvider time, ILoggerFactory loggers, string systemNamespace = WellKnown.SystemNamespace)
    {
        Api = api;
        Mirrors = mirrors;
        Applications = applications;
        Snapshots = snapshots;
        Peers = peers;
        Pools = pools;
        Hooks = new Informer<ExecHook>(api, new InformerOptions(), time, loggers.CreateLogger<Informer<ExecHook>>());
        StorageClasses = new Informer<V1StorageClass>(api, new InformerOptions(), time, loggers.CreateLogger<Informer<V1StorageClass>>());
        var journal = new InformerOptions { Namespace = systemNamespace, FieldSelector = $"metadata.name={ActivityJournal.Name}" };
        Journal = new Informer<V1ConfigMap>(api, journal, time, loggers.CreateLogger<Informer<V1ConfigMap>>());
    }

    /// <summary>For reviews and for writing <c>spec</c>.</summary>
    public IKubernetesApi Api { get; }

    /// <summary>All mirrors.</summary>
    public Informer<AppMirror> Mirrors { get; }

    /// <summary>All applications.</summary>
    public Informer<Application> Applications { get; }

    /// <summary>All snapshots.</summary>
    public Informer<AppSnapshot> Snapshots { get; }

    /// <summary>All neighbours.</summary>
    public Informer<ClusterPeer> Peers { get; }

    /// <summary>All pools.</summary>
    public Informer<StoragePool> Pools { get; }

    /// <summary>All hooks.</summary>
    public Informer<ExecHook> Hooks { get; }

    /// <summary>All storage classes.</summary>
    public Informer<V1StorageClass> StorageClasses { get; }

    /// <summary>The journal of what users did, one ConfigMap; none before anybody did something.</summary>
    public Informer<V1ConfigMap> Journal { get; }

    /// <summary>Completed once everything has been listed.</summary>
    public Task Synced => Task.WhenAll(
        Mirrors.Synced, Applications.Synced, Snapshots.Synced, Peers.Synced, Pools.Synced, Hooks.Synced, StorageClasses.Synced, Journal.Synced);

    /// <summary>What the host has to run besides its own copies, until cancelled.</summary>
    public IEnumerable<Func<CancellationToken, Task>> Parts => [Hooks.RunAsync, StorageClasses.RunAsync, Journal.RunAsync];
}
