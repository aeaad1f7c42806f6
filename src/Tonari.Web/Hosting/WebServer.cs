using System.Security.Authentication;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Hosting;
using MudBlazor.Services;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Identity;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Api;
using Tonari.Web.Assets;
using Tonari.Web.Changes;
using Tonari.Web.Components;
using Tonari.Web.Journal;
using Tonari.Web.Reading;
using Tonari.Web.Session;

namespace Tonari.Web.Hosting;

/// <summary>The port that people and scripts talk to: the REST API over TLS, with the cluster's own certificate.</summary>
/// <remarks>
/// Make it before the copies run, so that it hears of every change; start it once they are complete. It runs on every replica, leading or not:
/// it only writes <c>spec</c> and reads copies, and a change of the lead must not sign people out.
/// </remarks>
public sealed class WebServer : IAsyncDisposable
{
    private readonly WebOptions _options;
    private readonly ClusterIdentity _identity;
    private readonly WebSources _sources;
    private readonly IMirrorPreflight _preflight;
    private readonly ChangeFeed _changes;
    private readonly TransferRates _rates;
    private readonly LagSeries _lags;
    private readonly TimeProvider _time;
    private readonly ILoggerFactory _loggers;
    private readonly CancellationTokenSource _end = new();
    private WebApplication? _app;
    private Task _renewing = Task.CompletedTask;

    /// <summary>Makes it; nothing listens yet.</summary>
    public WebServer(WebOptions options, ClusterIdentity identity, WebSources sources, IMirrorPreflight preflight, TimeProvider time, ILoggerFactory loggers)
    {
        (_options, _identity, _sources, _preflight, _time, _loggers) = (options, identity, sources, preflight, time, loggers);
        _changes = new ChangeFeed(sources);
        _rates = new TransferRates(sources.Mirrors, time);
        _lags = new LagSeries(sources.Mirrors, time);
    }

    /// <summary>The port it listens on, once started.</summary>
    public int Port { get; private set; }

    /// <summary>Starts to listen.</summary>
    /// <exception cref="IOException">The port is taken.</exception>
    public async Task StartAsync(CancellationToken ct)
    {
        // An empty one: see the controller's own host.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ApplicationName = typeof(WebServer).Assembly.GetName().Name });
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(ConfigureKestrel);
        AddServices(builder.Services);
        AddPages(builder.Services);
        var app = builder.Build();
        ConfigurePipeline(app);
        if (_options.Oidc is not null)
            OidcSignIn.Map(app);
        try
        {
            var (keys, manager) = (app.Services.GetRequiredService<SessionKeys>(), app.Services.GetRequiredService<IKeyManager>());
            await keys.EnsureAsync(manager, ct);
            await app.StartAsync(ct);
            _renewing = keys.RenewAsync(manager, _end.Token);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        _app = app;
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Port = new Uri(address).Port;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        await _renewing;
        _end.Dispose();
        if (_app is null)
            return;
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    /// <summary>Adds all that answers, to pages and to scripts.</summary>
    internal void AddServices(IServiceCollection services)
    {
        services.AddSingleton(_loggers).AddSingleton(_time);
        services.AddSingleton(_options).AddSingleton(_sources).AddSingleton(_sources.Api).AddSingleton(_changes).AddSingleton(_rates);
        services.AddSingleton(_lags).AddSingleton(_preflight).AddSingleton<PreflightActions>();
        services.AddRouting();
        services.AddSingleton<TokenReviews>().AddSingleton<Permissions>().AddSingleton<ClusterReader>().AddSingleton<ThisCluster>().AddSingleton<NamespaceDiscovery>().AddSingleton<ApplicationPreviews>();
        services.AddSingleton<UserActions>().AddSingleton<MirrorActions>().AddSingleton<ApplicationActions>().AddSingleton<ClusterActions>();
        services.AddSingleton<HookMatches>().AddSingleton<HookActions>();
        services.AddSingleton<IRandomness, SystemRandomness>().AddSingleton(typeof(ILogger<>), typeof(Logger<>));
        var authentication = services.AddAuthentication(Sessions.SchemeName).AddCookie(Sessions.SchemeName, Sessions.Configure)
            .AddScheme<AuthenticationSchemeOptions, BearerHandler>(BearerHandler.SchemeName, null);
        if (_options.Oidc is { } issuer)
            OidcSignIn.Add(authentication, issuer);
        services.AddAuthorization(o => o.AddPolicy(BearerHandler.SchemeName, p => p.AddAuthenticationSchemes(BearerHandler.SchemeName).RequireAuthenticatedUser()));
        services.AddSingleton<Rights>().AddSingleton<IActivityJournal, ActivityJournal>().AddSingleton<SignInJournal>().AddSingleton<JournalReader>();
        ApiDescription.Add(services);
        services.AddProblemDetails();
        services.AddExceptionHandler<ProblemAnswers>();
        // So that the answer says what was not understood.
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json => ApiJson.Configure(json.SerializerOptions));
    }

    private static void AddPages(IServiceCollection services)
    {
        services.AddLocalization();
        services.Configure<RequestLocalizationOptions>(Languages.Configure);
        services.AddAntiforgery(forms =>
        {
            forms.Cookie.Name = "__Host-tonari-form";
            forms.Cookie.SecurePolicy = CookieSecurePolicy.Always;
            forms.Cookie.SameSite = SameSiteMode.Strict;
            forms.Cookie.Path = "/";
        });
        services.AddCascadingAuthenticationState();
        services.AddScoped<AuthenticationStateProvider, OpenPages>();
        services.AddRazorComponents().AddInteractiveServerComponents(circuits =>
        {
            circuits.DisconnectedCircuitMaxRetained = SessionLimits.LostPages;
            circuits.DisconnectedCircuitRetentionPeriod = SessionLimits.LostPageWait;
        }).AddHubOptions(hub =>
        {
            hub.KeepAliveInterval = SessionLimits.SignOfLife;
            hub.ClientTimeoutInterval = SessionLimits.Silence;
        });
        services.AddScoped<IDrafts, Drafts>();
        services.AddMudServices();
        services.AddSingleton<SessionKeys>();
        services.AddDataProtection().SetApplicationName("tonari").DisableAutomaticKeyGeneration();
        services.AddOptions<KeyManagementOptions>().Configure<SessionKeys>((keys, repository) => keys.XmlRepository = repository);
    }

    private static void ConfigurePipeline(WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        app.UseExceptionHandler(new ExceptionHandlerOptions { SuppressDiagnosticsCallback = context => ProblemAnswers.IsExpected(context.Exception) });
        app.UseStatusCodePages();
        app.UseRequestLocalization();
        app.UseRouting();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseAntiforgery();
        app.UseWebSockets();
        RestApi.Map(app);
        ApiDescription.Map(app);
        AssetFiles.Map(app);
        Languages.Map(app);
        Sessions.Map(app);
        ActivityDownload.Map(app);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(pages => pages.ContentSecurityFrameAncestorsPolicy = "'none'");
    }

    private void ConfigureKestrel(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.Limits.MaxConcurrentConnections = WebLimits.Connections;
        kestrel.Limits.MaxConcurrentUpgradedConnections = WebLimits.UpgradedConnections;
        kestrel.Limits.MaxRequestBodySize = WebLimits.RequestBody;
        kestrel.ListenAnyIP(_options.Port, listen =>
        {
            listen.Protocols = HttpProtocols.Http1AndHttp2;
            listen.UseHttps(_identity.Certificate, https =>
            {
                https.SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13;
                https.HandshakeTimeout = WebLimits.Handshake;
            });
        });
    }

    /// <summary>Signals are the program's business.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
