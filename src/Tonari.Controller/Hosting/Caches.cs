using k8s.Models;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Hosting;

/// <summary>This program's copies of what is in the API.</summary>
internal sealed class Caches : IPeerDirectory, IPools
{
    public Caches(IKubernetesApi api, ControllerOptions options, TimeProvider time, ILoggerFactory loggers)
    {
        Mirrors = Make<AppMirror>(new InformerOptions());
        Peers = Make<ClusterPeer>(new InformerOptions());
        Pools = Make<StoragePool>(new InformerOptions());
        Applications = Make<Application>(new InformerOptions());
        Snapshots = Make<AppSnapshot>(new InformerOptions());
        Claims = Make<V1PersistentVolumeClaim>(new InformerOptions());
        Joins = Make<V1Secret>(new InformerOptions { Namespace = options.Namespace, FieldSelector = "type=" + PairingObjects.JoinType });
        Store = new MirrorStore(api, () => Mirrors.Items);
        Mirrors.Subscribe(change => Store.Tell(change.Value));

        Informer<T> Make<T>(InformerOptions o)
            where T : class, k8s.IKubernetesObject<V1ObjectMeta> => new(api, o, time, loggers.CreateLogger<Informer<T>>());
    }

    public Informer<AppMirror> Mirrors { get; }

    public Informer<ClusterPeer> Peers { get; }

    public Informer<StoragePool> Pools { get; }

    public Informer<Application> Applications { get; }

    public Informer<AppSnapshot> Snapshots { get; }

    public Informer<V1PersistentVolumeClaim> Claims { get; }

    public Informer<V1Secret> Joins { get; }

    public MirrorStore Store { get; }

    IReadOnlyList<ClusterPeer> IPeerDirectory.All => [.. Peers.Items];

    IReadOnlyList<StoragePool> IPools.All => [.. Pools.Items];

    /// <summary>Completed once everything has been listed.</summary>
    public Task Synced => Task.WhenAll(Mirrors.Synced, Peers.Synced, Pools.Synced, Applications.Synced, Snapshots.Synced, Claims.Synced, Joins.Synced);

    /// <summary>Keeps all copies until cancelled.</summary>
    public IEnumerable<Func<CancellationToken, Task>> Parts =>
        [Mirrors.RunAsync, Peers.RunAsync, Pools.RunAsync, Applications.RunAsync, Snapshots.RunAsync, Claims.RunAsync, Joins.RunAsync];
}
