using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;

namespace Tonari.Kubernetes.Api;

/// <summary>A real API server, over HTTP. Safe for use from many threads.</summary>
public sealed class KubernetesApi : IKubernetesApi, IDisposable
{
    // What the server is asked to send, see "Resource representations" in the Kubernetes API concepts.
    private const string Everything = "application/json";
    private const string MetadataOfOne = "application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1";
    private const string MetadataOfMany = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1";

    private readonly k8s.Kubernetes _client;
    private readonly TimeProvider _time;
    private readonly Discovery _discovery;
    private readonly Lazy<k8s.Kubernetes> _acting;
    private readonly ApiUser? _user;
    private readonly Turns _turns;

    private KubernetesApi(KubernetesClientConfiguration configuration, TimeProvider time)
    {
        configuration.HttpClientTimeout = Timeout.InfiniteTimeSpan;
        configuration.UserAgent = "tonari";
        configuration.FirstMessageHandlerSetup = handler =>
        {
            handler.ConnectTimeout = ApiLimits.Connect;
            handler.KeepAlivePingDelay = ApiLimits.PingDelay;
            handler.KeepAlivePingTimeout = ApiLimits.PingTimeout;
            handler.KeepAlivePingPolicy = HttpKeepAlivePingPolicy.Always;
            handler.EnableMultipleHttp2Connections = true;
        };
        _client = new k8s.Kubernetes(configuration);
        _acting = new Lazy<k8s.Kubernetes>(() => Acting(configuration));
        _time = time;
        _turns = new Turns(ApiLimits.RequestsAtOnce);
        _discovery = new Discovery(GetJsonAsync);
        Server = new Uri(configuration.Host);
    }

    // The same server and connections in a user's name; the original owns them.
    private KubernetesApi(KubernetesApi original, ApiUser user)
    {
        (_client, _acting, _time, _turns, _discovery, Server) = (original._client, original._acting, original._time, original._turns, original._discovery, original.Server);
        Requests = original.Requests;
        _user = user;
    }

    /// <summary>Address of the API server.</summary>
    public Uri Server { get; }

    /// <summary>What was asked of it, in whoever's name.</summary>
    public ApiRequestCounts Requests { get; } = new();

    /// <summary>The server of the cluster this process runs in, by its address in KUBERNETES_SERVICE_HOST: no DNS is needed.</summary>
    public static KubernetesApi InCluster(TimeProvider time) => new(KubernetesClientConfiguration.InClusterConfig(), time);

    /// <summary>
    /// The server that a kubeconfig file names. Without path: the first existing file of the KUBECONFIG variable, else <c>~/.kube/config</c>.
    /// Without context: the file's current one.
    /// </summary>
    /// <exception cref="k8s.Exceptions.KubeConfigException">The file is missing or incomplete.</exception>
    public static KubernetesApi FromKubeconfig(string? path, string? context, TimeProvider time)
    {
        path ??= (Environment.GetEnvironmentVariable("KUBECONFIG") ?? "").Split(Path.PathSeparator).FirstOrDefault(File.Exists);
        return new KubernetesApi(KubernetesClientConfiguration.BuildConfigFromConfigFile(path, context), time);
    }

    /// <summary>The cluster this process runs in, or where it runs in none, <see cref="FromKubeconfig"/>.</summary>
    public static KubernetesApi Default(TimeProvider time) =>
        KubernetesClientConfiguration.IsInCluster() ? InCluster(time) : FromKubeconfig(null, null, time);

    /// <inheritdoc/>
    public IKubernetesApi As(ApiUser user) => new KubernetesApi(this, user);

    /// <inheritdoc/>
    public Task<JsonObject> GetAsync(ResourceKind kind, string? ns, string name, CancellationToken ct) =>
        SendAsync(HttpMethod.Get, kind.Path(ns, name), null, ct);

    /// <inheritdoc/>
    public async Task<ObjectList> ListAsync(ResourceKind kind, string? ns, ListOptions options, CancellationToken ct)
    {
        try
        {
            return await ListPagesAsync(kind, ns, options, ApiLimits.PageSize, ct);
        }
        catch (ResourceVersionExpiredException)
        {
            // The pages took longer than the server remembers: one answer with everything.
            return await ListPagesAsync(kind, ns, options, limit: null, ct);
        }
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<WatchEvent> WatchAsync(
        ResourceKind kind, string? ns, WatchOptions options, [EnumeratorCancellation] CancellationToken ct)
    {
        var seconds = Math.Max(1, (int)options.Timeout.TotalSeconds).ToString(CultureInfo.InvariantCulture);
        var path = kind.Path(ns) + Query(
            ("watch", "true"), ("allowWatchBookmarks", "true"), ("timeoutSeconds", seconds), ("resourceVersion", options.ResourceVersion),
            ("labelSelector", options.LabelSelector), ("fieldSelector", options.FieldSelector));
        var what = $"Watching {kind}";
        using var response = await StartAsync(HttpMethod.Get, path, null, what, ct, options.MetadataOnly ? MetadataOfOne : Everything);
        var lines = new WatchLines(await response.Content.ReadAsStreamAsync(ct), what);
        while (await lines.NextAsync(ct) is { } line)
            yield return WatchLines.Parse(line, what);
    }

    /// <inheritdoc/>
    public Task<JsonObject> CreateAsync(ResourceKind kind, JsonObject value, CancellationToken ct) =>
        SendAsync(HttpMethod.Post, kind.Path(value.Namespace()), Body(value, "application/json"), ct);

    /// <inheritdoc/>
    public Task<JsonObject> ReplaceAsync(ResourceKind kind, JsonObject value, string? subresource, CancellationToken ct) =>
        SendAsync(HttpMethod.Put, kind.Path(value.Namespace(), value.Name(), subresource), Body(value, "application/json"), ct);

    /// <inheritdoc/>
    public Task<JsonObject> PatchAsync(ResourceKind kind, string? ns, string name, ObjectPatch patch, string? subresource, CancellationToken ct)
    {
        var path = kind.Path(ns, name, subresource);
        return patch switch
        {
            ObjectPatch.Merge merge => SendAsync(HttpMethod.Patch, path, Body(merge.Body, "application/merge-patch+json"), ct),
            ObjectPatch.Json json => SendAsync(HttpMethod.Patch, path, Body(json.Operations, "application/json-patch+json"), ct),
            ObjectPatch.Apply apply => SendAsync(
                HttpMethod.Patch, path + Query(("fieldManager", apply.FieldManager), ("force", apply.Force ? "true" : null)),
                Body(apply.Body, "application/apply-patch+yaml"), ct),
            _ => throw new ArgumentException($"{patch.GetType().Name} is not a known kind of patch.", nameof(patch)),
        };
    }

    /// <inheritdoc/>
    public Task DeleteAsync(ResourceKind kind, string? ns, string name, DeleteOptions options, CancellationToken ct)
    {
        var body = new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "DeleteOptions",
            ["propagationPolicy"] = options.Propagation.ToString(),
        };
        if (options.GracePeriodSeconds is { } seconds)
            body["gracePeriodSeconds"] = seconds;
        var preconditions = new JsonObject();
        if (options.Uid is { } uid)
            preconditions["uid"] = uid;
        if (options.ResourceVersion is { } version)
            preconditions["resourceVersion"] = version;
        if (preconditions.Count > 0)
            body["preconditions"] = preconditions;
        return SendAsync(HttpMethod.Delete, kind.Path(ns, name), Body(body, "application/json"), ct);
    }

    /// <inheritdoc/>
    public Task<ApiDiscovery> DiscoverAsync(bool refresh, CancellationToken ct) => _discovery.GetAsync(refresh, ct);

    /// <inheritdoc/>
    public async Task<ExecResult> ExecAsync(ExecRequest request, CancellationToken ct)
    {
        if (_user is not null)
            throw new NotSupportedException("Commands in containers are run in nobody's name but Tonari's own.");
        try
        {
            return await PodExec.RunAsync(_client, request, _time, ct);
        }
        catch (ApiUnavailableException)
        {
            // A refused WebSocket does not say why; the pod's absence is the usual reason and not worth another try.
            await GetAsync(ResourceKind.Of<V1Pod>(), request.Namespace, request.Pod, ct);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_user is not null)
            return;
        _discovery.Dispose();
        _client.Dispose();
        if (_acting.IsValueCreated)
            _acting.Value.Dispose();
    }

    private static k8s.Kubernetes Acting(KubernetesClientConfiguration configuration)
    {
        configuration.FirstMessageHandlerSetup = handler =>
        {
            handler.ConnectTimeout = ApiLimits.Connect;
            HeaderLines.Configure(handler);
        };
        return new k8s.Kubernetes(configuration);
    }

    private async Task<ObjectList> ListPagesAsync(ResourceKind kind, string? ns, ListOptions options, int? limit, CancellationToken ct)
    {
        var items = new List<JsonObject>();
        string? next = null;
        while (true)
        {
            var path = kind.Path(ns) + Query(
                ("limit", limit?.ToString(CultureInfo.InvariantCulture)), ("continue", next),
                ("labelSelector", options.LabelSelector), ("fieldSelector", options.FieldSelector));
            var page = await SendAsync(HttpMethod.Get, path, null, ct, options.MetadataOnly ? MetadataOfMany : Everything);
            var array = page["items"] as JsonArray ?? [];
            var values = array.Select(item => item!.AsObject()).ToArray();
            array.Clear();
            foreach (var value in values)
            {
                if (options.MetadataOnly || value["apiVersion"] is null)
                    value["apiVersion"] = kind.ApiVersion;
                if (options.MetadataOnly || value["kind"] is null)
                    value["kind"] = kind.Kind;
            }
            items.AddRange(values);
            next = page.At("metadata", "continue").Text();
            if (string.IsNullOrEmpty(next))
                return new ObjectList(page.ResourceVersion() ?? "", items);
        }
    }

    private Task<JsonObject> GetJsonAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    private async Task<JsonObject> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken ct, string accept = Everything)
    {
        var what = $"{method} {path.Split('?')[0]}";
        using var turn = NeedsTurn(path) ? await _turns.TakeAsync(ct) : null;
        using var limit = new CancellationTokenSource(ApiLimits.Request, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        try
        {
            using var response = await StartAsync(method, path, body, what, both.Token, accept);
            await using var stream = await response.Content.ReadAsStreamAsync(both.Token);
            return await JsonNode.ParseAsync(stream, cancellationToken: both.Token) as JsonObject
                ?? throw new ApiUnavailableException($"{what}: the answer is not a JSON object.");
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new ApiUnavailableException($"{what}: no answer within {ApiLimits.Request.TotalSeconds:0} s.");
        }
        catch (Exception e) when (e is IOException or HttpRequestException or JsonException)
        {
            throw new ApiUnavailableException($"{what}: the answer broke off. {e.Message}", inner: e);
        }
    }

    // Whoever leads must be able to say so however much else is asked, and a user does not wait behind the machinery.
    private bool NeedsTurn(string path) => _user is null && !path.StartsWith("/apis/coordination.k8s.io/", StringComparison.Ordinal);

    // Headers only; the caller reads the body. Anything but success becomes an exception.
    private async Task<HttpResponseMessage> StartAsync(
        HttpMethod method, string path, HttpContent? body, string what, CancellationToken ct, string accept = Everything)
    {
        using var request = new HttpRequestMessage(method, new Uri(Server.AbsoluteUri.TrimEnd('/') + path));
        var client = _user is null ? _client : _acting.Value;
        request.Version = _user is null ? HttpVersion.Version20 : HttpVersion.Version11;
        request.VersionPolicy = _user is null ? HttpVersionPolicy.RequestVersionOrLower : HttpVersionPolicy.RequestVersionExact;
        request.Content = body;
        request.Headers.Accept.Add(MediaTypeWithQualityHeaderValue.Parse(accept));
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("tonari", null));
        if (_client.Credentials is { } credentials)
            await credentials.ProcessHttpRequestAsync(request, ct);
        if (_user is not null)
            HeaderLines.Add(request, _user.Headers());

        Requests.Add(ApiRequestSort.Of(method, request.RequestUri!));
        using var limit = new CancellationTokenSource(ApiLimits.Request, _time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        HttpResponseMessage response;
        try
        {
            response = await client.HttpClient.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, both.Token);
        }
        catch (HttpRequestException e)
        {
            throw new ApiUnavailableException($"{what}: the API server at {Server.Authority} cannot be reached. {e.Message}", inner: e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            // Also a connection that is not made in time looks like a cancellation.
            var why = limit.IsCancellationRequested
                ? $"no answer within {ApiLimits.Request.TotalSeconds:0} s."
                : $"no connection to the API server at {Server.Authority} within {ApiLimits.Connect.TotalSeconds:0} s.";
            throw new ApiUnavailableException($"{what}: {why}", inner: e);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
            throw await ApiErrors.FromAsync(response, what, ct);
    }

    private static StringContent Body(JsonNode json, string mediaType) =>
        new(json.ToJsonString(), Encoding.UTF8, new MediaTypeHeaderValue(mediaType));

    private static string Query(params ReadOnlySpan<(string Name, string? Value)> parts)
    {
        var query = new StringBuilder();
        foreach (var (name, value) in parts)
        {
            if (!string.IsNullOrEmpty(value))
                query.Append(query.Length == 0 ? '?' : '&').Append(name).Append('=').Append(Uri.EscapeDataString(value));
        }
        return query.ToString();
    }
}
