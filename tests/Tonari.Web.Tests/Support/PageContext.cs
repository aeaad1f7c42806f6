using Bunit;
using k8s;
using k8s.Models;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using MudBlazor.Services;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Session;

namespace Tonari.Web.Tests.Support;

/// <summary>A page as it lives in a browser, over the services of the real web server and an API server in memory.</summary>
public abstract class PageContext : BunitContext, IAsyncLifetime
{
    private readonly CancellationTokenSource _end = new();
    private readonly FakeUsers _users;
    private readonly WebSources _sources;
    private readonly WebServer _server;
    private readonly SignedIn _signedIn = new();
    private Task _copies = Task.CompletedTask;

    protected PageContext()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Shop.Seed(Api);
        _users = new FakeUsers(Api);
        _sources = new WebSources(
            Api, Make<AppMirror>(), Make<Application>(), Make<AppSnapshot>(), Make<ClusterPeer>(), Make<StoragePool>(), Time, NullLoggerFactory.Instance);
        _server = new WebServer(
            new WebOptions("blue", "0.1.0", "tonari-system", 0), ClusterIdentity.Make("blue", TimeProvider.System.GetUtcNow()), _sources, Preflight, Time, NullLoggerFactory.Instance);
        _server.AddServices(Services);
        Services.AddLocalization().AddMudServices().AddCascadingAuthenticationState();
        Services.AddSingleton<IDrafts>(Drafts).AddSingleton<AuthenticationStateProvider>(_signedIn);

        Informer<T> Make<T>()
            where T : class, IKubernetesObject<V1ObjectMeta> => new(Api, new InformerOptions(), Time, NullLogger.Instance);
    }

    internal FakeKubernetesApi Api { get; } = new();

    internal FakeTimeProvider Time { get; } = new(Shop.Now);

    internal FakePreflight Preflight { get; } = new();

    internal MemoryDrafts Drafts { get; } = new();

    /// <summary>Where the browser is, relative to the first page.</summary>
    protected string Address
    {
        get
        {
            var navigation = Services.GetRequiredService<NavigationManager>();
            return navigation.ToBaseRelativePath(navigation.Uri);
        }
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    /// <summary>Starts the copies over what was seeded and signs somebody in: with the rules given, else everything is allowed.</summary>
    protected async Task StartAsync(params string[] rules)
    {
        var token = rules.Length == 0 ? _users.Admin() : _users.Add("clerk", rules);
        _signedIn.User = CallerClaims.Principal(new Caller(rules.Length == 0 ? "admin" : "clerk", null, [], new Dictionary<string, IList<string>>()), token, "test");
        _copies = Task.WhenAll(
            [.. _sources.Parts.Select(p => p(_end.Token)), _sources.Mirrors.RunAsync(_end.Token), _sources.Applications.RunAsync(_end.Token),
             _sources.Snapshots.RunAsync(_end.Token), _sources.Peers.RunAsync(_end.Token), _sources.Pools.RunAsync(_end.Token)]);
        await _sources.Synced;
    }

    /// <summary>Who is signed in.</summary>
    internal Task<Caller> CallerAsync() => Services.GetRequiredService<Permissions>().CallerAsync(_signedIn.User, Xunit.TestContext.Current.CancellationToken);

    protected override async ValueTask DisposeAsyncCore()
    {
        await _end.CancelAsync();
        await _copies.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await _server.DisposeAsync();
        _end.Dispose();
        await base.DisposeAsyncCore();
    }

    private sealed class SignedIn : AuthenticationStateProvider
    {
        public System.Security.Claims.ClaimsPrincipal User { get; set; } = new();

        public override Task<AuthenticationState> GetAuthenticationStateAsync() => Task.FromResult(new AuthenticationState(User));
    }
}
