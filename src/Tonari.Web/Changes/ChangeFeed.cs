using k8s;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Web.Hosting;

namespace Tonari.Web.Changes;

/// <summary>An object has changed.</summary>
/// <param name="Kind">Of which kind.</param>
/// <param name="Namespace">Empty for cluster-scoped kinds.</param>
/// <param name="Name">Its name.</param>
/// <param name="Gone">It no longer exists.</param>
internal sealed record ObjectChange(ResourceKind Kind, string Namespace, string Name, bool Gone);

/// <summary>Tells everybody who listens of every change in the copies. Nobody polls.</summary>
internal sealed class ChangeFeed
{
    private readonly Lock _lock = new();
    private Action<ObjectChange>[] _listeners = [];

    /// <summary>To be made before the copies run.</summary>
    public ChangeFeed(WebSources sources)
    {
        Follow(sources.Mirrors);
        Follow(sources.Applications);
        Follow(sources.Snapshots);
        Follow(sources.Peers);
        Follow(sources.Pools);
        Follow(sources.Hooks);
        Follow(sources.StorageClasses);
        Follow(sources.Journal);
    }

    /// <summary>How many listen.</summary>
    public int Listeners => Volatile.Read(ref _listeners).Length;

    /// <summary>Calls the listener for every change until disposed. It must return at once: it is called by the thread that keeps the copy.</summary>
    public IDisposable Subscribe(Action<ObjectChange> listener)
    {
        lock (_lock)
            _listeners = [.. _listeners, listener];
        return new Subscription(this, listener);
    }

    private void Follow<T>(Informer<T> informer)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var kind = ResourceKind.Of<T>();
        informer.Subscribe(change =>
        {
            // A copy is listed anew from time to time and then tells of everything.
            if (change.Old?.Metadata.ResourceVersion is { } old && old == change.New?.Metadata.ResourceVersion)
                return;
            var key = ObjectKey.Of(change.Value);
            var told = new ObjectChange(kind, key.Namespace, key.Name, change.New is null);
            foreach (var listener in Volatile.Read(ref _listeners))
                listener(told);
        });
    }

    private void Remove(Action<ObjectChange> listener)
    {
        lock (_lock)
            _listeners = [.. _listeners.Where(l => l != listener)];
    }

    private sealed class Subscription(ChangeFeed feed, Action<ObjectChange> listener) : IDisposable
    {
        public void Dispose() => feed.Remove(listener);
    }
}
