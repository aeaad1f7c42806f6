using k8s;
using k8s.Models;
using Tonari.Kubernetes.Informers;

namespace Tonari.Controller.Hosting;

/// <summary>Looks at every object of a kind whenever it changes, and again when the last look asked for it.</summary>
internal sealed class Reconciling<T> : ILeaderTask
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private const int Workers = 4;

    private readonly Informer<T> _informer;
    private readonly Func<ObjectKey, CancellationToken, Task<TimeSpan?>> _reconcile;
    private readonly WorkQueue<ObjectKey> _queue;

    /// <param name="informer">What there is.</param>
    /// <param name="reconcile">Looks at one; after which time to look again.</param>
    /// <param name="resyncs">Whether to look at everything whenever the informer has listed it again, changed or not. Not where a look costs much and comes again by itself.</param>
    /// <param name="time">The clock.</param>
    /// <param name="loggers">Makes the queue's logger.</param>
    public Reconciling(Informer<T> informer, Func<ObjectKey, CancellationToken, Task<TimeSpan?>> reconcile, bool resyncs, TimeProvider time, ILoggerFactory loggers)
    {
        _informer = informer;
        _reconcile = reconcile;
        _queue = new WorkQueue<ObjectKey>(time, loggers.CreateLogger($"Tonari.Controller.{typeof(T).Name}"));
        informer.Subscribe(change =>
        {
            if (resyncs || change.Old is null || change.New is null || change.Old.Metadata.ResourceVersion != change.New.Metadata.ResourceVersion)
                _queue.Add(ObjectKey.Of(change.Value));
        });
    }

    /// <summary>Looks at an object soon, whatever its informer says.</summary>
    public void Look(ObjectKey key) => _queue.Add(key);

    /// <inheritdoc/>
    public Task RunAsync(CancellationToken ct)
    {
        foreach (var item in _informer.Items)
            _queue.Add(ObjectKey.Of(item));
        return _queue.RunAsync(_reconcile, Workers, ct);
    }
}
