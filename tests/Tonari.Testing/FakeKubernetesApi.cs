using System.Globalization;
using System.Net;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;

namespace Tonari.Testing;

/// <summary>
/// An API server in memory: resource versions and conflicts, generations, finalizers, owner references (background deletion), status as a
/// subresource, watches, merge and JSON patches, and server-side apply approximately. No validation, no admission, no controllers.
/// </summary>
public sealed partial class FakeKubernetesApi(TimeProvider? time = null) : IKubernetesApi
{
    private readonly Lock _lock = new();
    private readonly Dictionary<Key, JsonObject> _objects = [];
    private readonly Dictionary<(Key, string), JsonObject> _applied = [];
    private readonly List<(long Version, ResourceKind Kind, WatchEvent Event)> _log = [];
    private readonly List<ResourceKind> _kinds = [.. FakeKinds.All];
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _version = 100;
    private long _oldest;
    private int _breaks;
    private long _uids;

    /// <summary>Called before every request; what it throws, the caller gets.</summary>
    public Action<FakeRequest>? OnRequest { get; set; }

    /// <summary>Answers to commands in containers; without it every command ends with 0 and says nothing.</summary>
    public Func<ExecRequest, ExecResult>? OnExec { get; set; }

    /// <summary>Answers reviews (TokenReview, SubjectAccessReview): the status. Without it nobody is known and nothing is allowed.</summary>
    public Func<JsonObject, JsonObject>? OnReview { get; set; }

    /// <summary>Whether a user may do what is asked in his name. Without it everybody may do everything.</summary>
    public Func<ApiUser, FakeRequest, bool>? OnActing { get; set; }

    /// <summary>Events for which this says true never reach a watch.</summary>
    public Func<WatchEvent, bool>? LoseEvent { get; set; }

    /// <summary>Every request so far, oldest first.</summary>
    public IReadOnlyList<FakeRequest> Requests
    {
        get
        {
            lock (_lock)
                return [.. _requests];
        }
    }

    private readonly List<FakeRequest> _requests = [];

    /// <summary>Serves one more kind.</summary>
    public ResourceKind Serve(string group, string version, string kind, bool namespaced)
    {
        var served = FakeKinds.Make(group, version, kind, namespaced);
        lock (_lock)
            _kinds.Add(served);
        return served;
    }

    /// <summary>No longer serves a kind.</summary>
    public void StopServing(string group, string kind)
    {
        lock (_lock)
            _kinds.RemoveAll(k => k.Is(group, kind));
    }

    /// <summary>Puts an object in as it is, status included; replaces one of the same name.</summary>
    public JsonObject Seed(JsonObject value)
    {
        lock (_lock)
        {
            var kind = KindOf(value);
            var key = Key.Of(kind, value.Namespace(), value.Name());
            var exists = _objects.TryGetValue(key, out var old);
            var stored = (JsonObject)value.DeepClone();
            Complete(stored, old?.Uid());
            return Store(key, kind, stored, exists ? WatchChange.Modified : WatchChange.Added);
        }
    }

    /// <summary>Puts a typed object in as it is, status included.</summary>
    public T Seed<T>(T value)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var json = KubeJson.ToJson(value);
        json["apiVersion"] = ResourceKind.Of<T>().ApiVersion;
        json["kind"] = ResourceKind.Of<T>().Kind;
        return KubeJson.FromJson<T>(Seed(json));
    }

    /// <summary>Puts every object of a YAML text in.</summary>
    public void SeedYaml(string yaml)
    {
        foreach (var value in YamlJson.ParseAll(yaml))
            Seed(value);
    }

    /// <summary>Every object, in no particular order.</summary>
    public IReadOnlyList<JsonObject> All()
    {
        lock (_lock)
            return [.. _objects.Values.Select(o => (JsonObject)o.DeepClone())];
    }

    /// <summary>Every running watch ends with a broken connection.</summary>
    public void BreakWatches()
    {
        lock (_lock)
        {
            _breaks++;
            Pulse();
        }
    }

    /// <summary>Watches from any version until now are refused with 410, also those that run.</summary>
    public void ExpireVersions()
    {
        lock (_lock)
        {
            _oldest = ++_version;
            _log.Clear();
            Pulse();
        }
    }

    /// <inheritdoc/>
    public Task<JsonObject> GetAsync(ResourceKind kind, string? ns, string name, CancellationToken ct) =>
        Run("get", kind, ns, name, null, () => (JsonObject)Existing(Key.Of(kind, ns, name), kind).DeepClone(), ct);

    /// <inheritdoc/>
    public Task<ObjectList> ListAsync(ResourceKind kind, string? ns, ListOptions options, CancellationToken ct) =>
        Run("list", kind, ns, null, null, () =>
        {
            var items = _objects
                .Where(pair => pair.Key.Group == kind.Group && pair.Key.Plural == kind.Plural && (string.IsNullOrEmpty(ns) || pair.Key.Namespace == ns))
                .Where(pair => FakeSelectors.MatchesLabels(options.LabelSelector, pair.Value) && FakeSelectors.MatchesFields(options.FieldSelector, pair.Value))
                .OrderBy(pair => pair.Key.Namespace, StringComparer.Ordinal).ThenBy(pair => pair.Key.Name, StringComparer.Ordinal)
                .Select(pair => (JsonObject)pair.Value.DeepClone());
            return new ObjectList(Text(_version), [.. items]);
        }, ct);

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceKind kind, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        await Run("watch", kind, ns, null, null, () => 0, ct);
        using var ends = new CancellationTokenSource(options.Timeout, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, ends.Token);
        var seen = long.Parse(options.ResourceVersion, CultureInfo.InvariantCulture);
        int breaks;
        lock (_lock)
            breaks = _breaks;
        while (true)
        {
            List<WatchEvent> events;
            Task changed;
            lock (_lock)
            {
                if (breaks != _breaks)
                    throw new ApiUnavailableException($"Watching {kind}: the connection broke.");
                if (seen < _oldest)
                    throw new ResourceVersionExpiredException($"Watching {kind}: too old resource version: {seen} ({_oldest})");
                events = [.. _log.Where(e => e.Version > seen && e.Kind.Equals(kind) && IsSeen(e.Event.Value, ns, options)).Select(e => Copy(e.Event))];
                seen = _version;
                changed = _changed.Task;
            }
            foreach (var e in events.Where(e => LoseEvent?.Invoke(e) != true))
                yield return e;
            if (ends.IsCancellationRequested)
                yield break;
            await changed.WaitAsync(both.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <inheritdoc/>
    public Task<JsonObject> CreateAsync(ResourceKind kind, JsonObject value, CancellationToken ct) =>
        Run("create", kind, value.Namespace(), value.Name(), value, () =>
        {
            if (FakeKinds.IsReview(kind))
                return Reviewed(value);
            var stored = (JsonObject)value.DeepClone();
            if (value.Metadata()["generateName"].Text() is { } prefix && value.Name().Length == 0)
                stored.Metadata()["name"] = $"{prefix}{_uids + 1:x5}";
            var key = Key.Of(kind, stored.Namespace(), stored.Name());
            if (_objects.ContainsKey(key))
                throw new ResourceAlreadyExistsException($"{kind.Plural} \"{key.Name}\" already exists");
            stored.Remove("status");
            Complete(stored, null);
            return Store(key, kind, stored, WatchChange.Added);
        }, ct);

    /// <inheritdoc/>
    public Task<JsonObject> ReplaceAsync(ResourceKind kind, JsonObject value, string? subresource, CancellationToken ct) =>
        Run("update", kind, value.Namespace(), value.Name(), value, () =>
        {
            var key = Key.Of(kind, value.Namespace(), value.Name());
            return Change(key, kind, subresource, value.ResourceVersion(), target =>
            {
                target.Clear();
                foreach (var (name, inner) in value)
                    target[name] = inner?.DeepClone();
            });
        }, ct);

    /// <inheritdoc/>
    public Task<JsonObject> PatchAsync(ResourceKind kind, string? ns, string name, ObjectPatch patch, string? subresource, CancellationToken ct) =>
        Run("patch", kind, ns, name, BodyOf(patch), () => Patch(Key.Of(kind, ns, name), kind, patch, subresource), ct);

    /// <inheritdoc/>
    public Task DeleteAsync(ResourceKind kind, string? ns, string name, DeleteOptions options, CancellationToken ct) =>
        Run("delete", kind, ns, name, null, () =>
        {
            var key = Key.Of(kind, ns, name);
            var value = Existing(key, kind);
            if ((options.Uid is { } uid && uid != value.Uid()) || (options.ResourceVersion is { } version && version != value.ResourceVersion()))
                throw new ResourceConflictException($"the precondition of deleting {kind} {name} is not met");
            Delete(key, kind, value, options.Propagation);
            return 0;
        }, ct);

    /// <inheritdoc/>
    public Task<ApiDiscovery> DiscoverAsync(bool refresh, CancellationToken ct)
    {
        lock (_lock)
            return Task.FromResult(new ApiDiscovery([.. _kinds], []));
    }

    /// <inheritdoc/>
    public Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken ct) =>
        Run("exec", ResourceKind.Of<V1Pod>(), request.Namespace, request.Pod, null, () => OnExec?.Invoke(request) ?? new ExecResult(0, "", "", null), ct);

    // A review is answered and not kept.
    private JsonObject Reviewed(JsonObject value)
    {
        var answer = (JsonObject)value.DeepClone();
        answer["status"] = OnReview?.Invoke(value) ?? new JsonObject { ["authenticated"] = false, ["allowed"] = false };
        return answer;
    }

    private static JsonObject? BodyOf(ObjectPatch patch) => patch switch
    {
        ObjectPatch.Merge merge => merge.Body,
        ObjectPatch.Apply apply => apply.Body,
        _ => null,
    };

    private Task<T> Run<T>(string verb, ResourceKind kind, string? ns, string? name, JsonObject? body, Func<T> action, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var request = new FakeRequest(verb, kind, ns, name, (JsonObject?)body?.DeepClone()) { User = _acting.Value };
        lock (_lock)
            _requests.Add(request);
        OnRequest?.Invoke(request);
        if (request.User is { } user && OnActing?.Invoke(user, request) == false)
            throw new ApiForbiddenException($"{kind.Plural} \"{name}\" is forbidden: User \"{user.Name}\" cannot {verb} resource \"{kind.Plural}\"", HttpStatusCode.Forbidden);
        lock (_lock)
        {
            if (!_kinds.Contains(kind))
                throw new ResourceNotFoundException($"the server could not find the requested resource {kind}");
            return Task.FromResult(action());
        }
    }

    private static bool IsSeen(JsonObject value, string? ns, WatchOptions options) =>
        (string.IsNullOrEmpty(ns) || value.Namespace() == ns)
        && FakeSelectors.MatchesLabels(options.LabelSelector, value) && FakeSelectors.MatchesFields(options.FieldSelector, value);

    private static WatchEvent Copy(WatchEvent e) => new(e.Type, (JsonObject)e.Value.DeepClone());
}
