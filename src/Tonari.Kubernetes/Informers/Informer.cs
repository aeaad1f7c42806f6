using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Microsoft.Extensions.Logging;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;

namespace Tonari.Kubernetes.Informers;

/// <summary>
/// Keeps a copy of all objects of a kind and tells of changes: list, then watch, then again. It believes in no watch for long: broken ones go on
/// from the last version, expired or silent ones are replaced by a list, and everything is listed again at an interval anyhow.
/// The objects are shared: do not change them.
/// </summary>
/// <typeparam name="T">Type of the objects.</typeparam>
/// <param name="api">Is asked.</param>
/// <param name="options">What is kept, and how.</param>
/// <param name="time">Measures silence and pauses.</param>
/// <param name="logger">Is told of failures.</param>
/// <param name="read">From an object as it travels to what is kept of it; when left out, all of it.</param>
public sealed partial class Informer<T>(IKubernetesApi api, InformerOptions options, TimeProvider time, ILogger logger, Func<JsonObject, T>? read = null)
    where T : class, IKubernetesObject<V1ObjectMeta>
{
    private readonly ResourceKind _kind = options.Kind ?? ResourceKind.Of<T>();
    private readonly Func<JsonObject, T> _read = read ?? KubeJson.FromJson<T>;
    private readonly ConcurrentDictionary<ObjectKey, T> _store = new();
    private readonly TaskCompletionSource _synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Action<InformerChange<T>>? _handlers;
    private volatile bool _current;

    /// <summary>All objects, in no particular order. Empty before the first list.</summary>
    public IReadOnlyCollection<T> Items => [.. _store.Values];

    /// <summary>Completed once everything has been listed.</summary>
    public Task Synced => _synced.Task;

    /// <summary>
    /// Everything was listed and the watch since then is not known to be broken: the copy lags by no more than what is on its way.
    /// </summary>
    public bool IsCurrent => _current;

    /// <summary>One object; null if there is none.</summary>
    public T? Find(string? ns, string name) => _store.GetValueOrDefault(new ObjectKey(ns ?? "", name));

    /// <summary>Calls the handler for every change from now on, from one thread at a time. Subscribe before running; handlers only put keys into queues.</summary>
    public void Subscribe(Action<InformerChange<T>> handler) => _handlers += handler;

    /// <summary>Puts the key of every changed object into a queue.</summary>
    public void Feed(WorkQueue<ObjectKey> queue) => Subscribe(change => queue.Add(ObjectKey.Of(change.Value)));

    /// <summary>Runs until cancelled. Failures are logged and tried again, without end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                var version = await ListAsync(ct);
                failures = 0;
                await WatchUntilRelistAsync(version, ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (KubernetesApiException e)
            {
                _current = false;
                LogFailure(logger, _kind, e.Message);
                await PauseAsync(failures++, ct);
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken ct)
    {
        var list = await api.ListAsync(
            _kind, options.Namespace, new ListOptions(options.LabelSelector, options.FieldSelector) { MetadataOnly = options.MetadataOnly }, ct);
        var gone = _store.Keys.ToHashSet();
        foreach (var item in list.Items)
        {
            gone.Remove(ObjectKey.Of(item));
            Take(item);
        }
        foreach (var key in gone)
            Drop(key);
        _current = true;
        _synced.TrySetResult();
        return list.ResourceVersion;
    }

    // Returns when everything has to be listed again.
    private async Task WatchUntilRelistAsync(string version, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        var failures = 0;
        while (true)
        {
            var left = options.Resync - time.GetElapsedTime(started);
            if (left <= TimeSpan.Zero)
                return;
            using var silence = new CancellationTokenSource(Earlier(left, options.Silence), time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, silence.Token);
            try
            {
                var watch = new WatchOptions(version, left)
                {
                    LabelSelector = options.LabelSelector,
                    FieldSelector = options.FieldSelector,
                    MetadataOnly = options.MetadataOnly,
                };
                await foreach (var change in api.WatchAsync(_kind, options.Namespace, watch, both.Token).WithCancellation(both.Token))
                {
                    silence.CancelAfter(Earlier(left, options.Silence));
                    failures = 0;
                    version = change.Value.ResourceVersion() ?? version;
                    Take(change);
                    _current = true;
                    if (time.GetElapsedTime(started) >= options.Resync)
                        return;
                }
                // A server that ends watches at once must not be asked in a tight loop.
                await PauseAsync(failures++, ct);
            }
            catch (OperationCanceledException) when (silence.IsCancellationRequested && !ct.IsCancellationRequested)
            {
                _current = false;
                return;
            }
            catch (ResourceVersionExpiredException)
            {
                return;
            }
            catch (ApiUnavailableException e)
            {
                _current = false;
                LogFailure(logger, _kind, e.Message);
                await PauseAsync(failures++, ct);
            }
        }
    }

    private void Take(WatchEvent change)
    {
        if (change.Type == WatchChange.Deleted)
            Drop(ObjectKey.Of(change.Value));
        else if (change.Type != WatchChange.Bookmark)
            Take(change.Value);
    }

    private void Take(JsonObject json)
    {
        T value;
        try
        {
            value = _read(json);
        }
        catch (Exception e) when (e is JsonException or FormatException or ArithmeticException or ArgumentException or InvalidOperationException or NotSupportedException)
        {
            // One object we cannot read must not hide all others, whatever a converter makes of it.
            LogUnreadable(logger, _kind, ObjectKey.Of(json), e.Message);
            Drop(ObjectKey.Of(json));
            return;
        }
        var key = ObjectKey.Of(value);
        var old = _store.GetValueOrDefault(key);
        _store[key] = value;
        _handlers?.Invoke(new InformerChange<T>(old, value));
    }

    private void Drop(ObjectKey key)
    {
        if (_store.TryRemove(key, out var old))
            _handlers?.Invoke(new InformerChange<T>(old, null));
    }

    private Task PauseAsync(int failures, CancellationToken ct) =>
        Task.Delay(BackOff.Pause(failures, options.FirstPause, options.LongestPause), time, ct);

    private static TimeSpan Earlier(TimeSpan one, TimeSpan other) => one < other ? one : other;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Watching {Kind} failed and is tried again: {Problem}")]
    private static partial void LogFailure(ILogger logger, ResourceKind kind, string problem);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Kind} {Key} cannot be read and is treated as if it did not exist: {Problem}")]
    private static partial void LogUnreadable(ILogger logger, ResourceKind kind, ObjectKey key, string problem);
}
