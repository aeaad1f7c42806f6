using System.Net;
using System.Net.Http.Headers;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;
using Tonari.Web.Hosting;

namespace Tonari.Web.Tests.Support;

/// <summary>The web server as it runs, over TLS, before an API server in memory.</summary>
internal sealed class TestWeb : IAsyncDisposable
{
    private readonly CancellationTokenSource _end = new();
    private readonly ClusterIdentity _identity = ClusterIdentity.Make("blue", TimeProvider.System.GetUtcNow());
    private readonly WebServer _server;
    private readonly Task _copies;
    private readonly List<HttpClient> _clients = [];

    private TestWeb(FakeKubernetesApi api, TimeProvider time, ILoggerFactory loggers, OidcOptions? oidc)
    {
        (Api, Users) = (api, new FakeUsers(api));
        var sources = new WebSources(
            api, Make<AppMirror>(), Make<Application>(), Make<AppSnapshot>(), Make<ClusterPeer>(), Make<StoragePool>(), time, loggers);
        _server = new WebServer(new WebOptions("blue", "0.1.0", "tonari-system", 0) { Oidc = oidc }, _identity, sources, Preflight, time, loggers);
        _copies = Task.WhenAll(
            [.. sources.Parts.Select(p => p(_end.Token)), sources.Mirrors.RunAsync(_end.Token), sources.Applications.RunAsync(_end.Token),
             sources.Snapshots.RunAsync(_end.Token), sources.Peers.RunAsync(_end.Token), sources.Pools.RunAsync(_end.Token)]);
        Sources = sources;

        Informer<T> Make<T>()
            where T : class, k8s.IKubernetesObject<k8s.Models.V1ObjectMeta> => new(api, new InformerOptions(), time, NullLogger.Instance);
    }

    public FakeKubernetesApi Api { get; }

    public FakeUsers Users { get; }

    public FakePreflight Preflight { get; } = new();

    public WebSources Sources { get; }

    public Uri Address => new($"https://localhost:{_server.Port}");

    /// <summary>With what the test has put in before.</summary>
    public static async Task<TestWeb> StartAsync(FakeKubernetesApi? api = null, TimeProvider? time = null, ILoggerFactory? loggers = null, OidcOptions? oidc = null)
    {
        var web = new TestWeb(api ?? new FakeKubernetesApi(), time ?? TimeProvider.System, loggers ?? NullLoggerFactory.Instance, oidc);
        await web.Sources.Synced;
        await web._server.StartAsync(TestContext.Current.CancellationToken);
        return web;
    }

    /// <summary>A client that trusts this very certificate and keeps no cookies by itself; it does not follow redirects.</summary>
    public HttpClient Client(string? token = null, CookieContainer? cookies = null)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = cookies is not null };
        if (cookies is not null)
            handler.CookieContainer = cookies;
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null && ClusterIdentity.FingerprintOf(shown) == _identity.Fingerprint;
        var client = new HttpClient(handler) { BaseAddress = Address };
        if (token is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _clients.Add(client);
        return client;
    }

    /// <summary>Waits until a copy shows what was written.</summary>
    public Task SeenAsync(Func<WebSources, bool> seen) => Eventually.TrueAsync(() => seen(Sources), "the copy is up to date");

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients)
            client.Dispose();
        await _server.DisposeAsync();
        await _end.CancelAsync();
        await _copies.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _end.Dispose();
    }
}
