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

    public Reconciling(Informer<T> informer, Func<ObjectKey, CancellationToken, Task<TimeSpan?>> reconcile, TimeProvider time, ILoggerFactory loggers)
    {
        _informer = informer;
        _reconcile = reconcile;
        _queue = new WorkQueue<ObjectKey>(time, loggers.CreateLogger($"Tonari.Controller.{typeof(T).Name}"));
        informer.Feed(_queue);
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
