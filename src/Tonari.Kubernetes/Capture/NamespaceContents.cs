using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;

namespace Tonari.Kubernetes.Capture;

/// <summary>
/// Knows which namespaces hold objects of which kinds, so that a capture asks only for what is there: of the hundred kinds a cluster serves, an
/// application has about ten. Watches the metadata of every kind that can be captured, as Kubernetes' own garbage collector does, and keeps of
/// each object no more than its name. What it is not sure of may be there.
/// </summary>
public sealed partial class NamespaceContents(IKubernetesApi api, TimeProvider time, ILogger<NamespaceContents> logger)
{
    /// <summary>Kinds of aggregated APIs come and go without an event.</summary>
    private static readonly TimeSpan Rediscovery = TimeSpan.FromSeconds(30);

    /// <summary>The watches are believed; a list of everything now and then finds what they lost.</summary>
    private static readonly TimeSpan Resync = TimeSpan.FromMinutes(20);

    private static readonly ResourceKind Crds = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);
    private readonly ConcurrentDictionary<ResourceKind, Watched> _watched = new();
    private volatile TaskCompletionSource _definitionChanged = NewSignal();
    private int _changes;
    private int _discovered = -1;

    /// <summary>Whether the kinds that the cluster serves are known as they are now: what <see cref="IKubernetesApi.DiscoverAsync"/> remembers is good.</summary>
    public bool KnowsKinds => _watched.GetValueOrDefault(Crds) is { Broke: false, Marks.IsCurrent: true } && Volatile.Read(ref _discovered) == Volatile.Read(ref _changes);

    /// <summary>Whether a namespace may hold objects of a kind; false only where it is known not to.</summary>
    public bool MayHold(ResourceKind kind, string ns) => _watched.GetValueOrDefault(kind) is not { } watched || watched.MayHold(ns);

    /// <summary>Runs until cancelled. Until it has seen everything, everything may be there.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        try
        {
            while (true)
            {
                var changed = _definitionChanged = NewSignal();
                await AlignAsync(ct);
                using var pause = CancellationTokenSource.CreateLinkedTokenSource(ct);
                await Task.WhenAny(changed.Task, Task.Delay(Rediscovery, time, pause.Token));
                await pause.CancelAsync();
                ct.ThrowIfCancellationRequested();
            }
        }
        finally
        {
            foreach (var kind in _watched.Keys)
                await ForgetAsync(kind);
        }
    }

    private async Task AlignAsync(CancellationToken ct)
    {
        var changes = Volatile.Read(ref _changes);
        try
        {
            var served = (await api.DiscoverAsync(refresh: true, ct)).Kinds.Where(k => CaptureRules.IsCapturable(k) && k.Verbs.Contains("watch")).ToHashSet();
            foreach (var (gone, _) in _watched.Where(w => w.Value.Broke || (w.Key != Crds && !served.Contains(w.Key))))
                await ForgetAsync(gone);
            foreach (var kind in served.Append(Crds).Where(k => !_watched.ContainsKey(k)))
                Watch(kind, ct);
            Volatile.Write(ref _discovered, changes);
        }
        catch (KubernetesApiException e)
        {
            LogNotDiscovered(logger, e.Message);
        }
    }

    private void Watch(ResourceKind kind, CancellationToken ct)
    {
        var options = new InformerOptions { Kind = kind, MetadataOnly = true, Resync = Resync };
        var marks = new Informer<ObjectMark>(api, options, time, logger, ObjectMark.Of);
        if (kind == Crds)
            marks.Subscribe(_ => NoteDefinition());
        _watched[kind] = new Watched(marks, ct);
    }

    private void NoteDefinition()
    {
        Interlocked.Increment(ref _changes);
        _definitionChanged.TrySetResult();
    }

    private async Task ForgetAsync(ResourceKind kind)
    {
        if (_watched.TryRemove(kind, out var watched))
            await watched.DisposeAsync();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The kinds that the cluster serves cannot be read and are asked for again: {Problem}")]
    private static partial void LogNotDiscovered(ILogger logger, string problem);

    /// <summary>One kind's objects, counted by namespace.</summary>
    private sealed class Watched : IAsyncDisposable
    {
        private readonly ConcurrentDictionary<string, int> _counts = new(StringComparer.Ordinal);
        private readonly CancellationTokenSource _end;
        private readonly Task _run;

        public Watched(Informer<ObjectMark> marks, CancellationToken ct)
        {
            Marks = marks;
            marks.Subscribe(Count);
            _end = CancellationTokenSource.CreateLinkedTokenSource(ct);
            _run = Task.Run(() => marks.RunAsync(_end.Token), CancellationToken.None);
        }

        public Informer<ObjectMark> Marks { get; }

        /// <summary>It watches no more, though nobody has ended it.</summary>
        public bool Broke => _run.IsCompleted;

        public bool MayHold(string ns) => Broke || !Marks.IsCurrent || _counts.GetValueOrDefault(ns) > 0;

        public async ValueTask DisposeAsync()
        {
            await _end.CancelAsync();
            await _run.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _end.Dispose();
        }

        // The informer calls from one thread at a time.
        private void Count(InformerChange<ObjectMark> change)
        {
            if (change.Old is null == change.New is null)
                return;
            var step = change.New is null ? -1 : 1;
            _counts.AddOrUpdate(change.Value.Metadata.NamespaceProperty ?? "", step, (_, count) => count + step);
        }
    }

    /// <summary>What is kept of an object: where it is.</summary>
    private sealed class ObjectMark : IKubernetesObject<V1ObjectMeta>
    {
        public string ApiVersion { get; set; } = "";

        public string Kind { get; set; } = "";

        public V1ObjectMeta Metadata { get; set; } = new();

        public static ObjectMark Of(JsonObject json) => new() { Metadata = new V1ObjectMeta { Name = json.Name(), NamespaceProperty = json.Namespace() } };
    }
}
