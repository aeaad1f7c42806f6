using Tonari.Controller.Gateway;
using Tonari.Controller.Preflight;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Informers;

namespace Tonari.Controller.Hosting;

/// <summary>The controller's life: its identity, its copies of the API, the gateway, and while it leads, its work.</summary>
internal sealed partial class ControllerService(
    ControllerOptions options, IKubernetesApi api, ControllerState state, TimeProvider time, ILoggerFactory loggers, IHostApplicationLifetime lifetime,
    ILogger<ControllerService> logger) : BackgroundService
{
    /// <summary>
    /// A controller that is killed costs a fail-over no more than this. Below, a busy API server would cost the lead too easily.
    /// </summary>
    private static readonly LeaderElectionOptions Election = new()
    {
        LeaseDuration = TimeSpan.FromSeconds(5),
        RenewDeadline = TimeSpan.FromSeconds(4),
        RetryPeriod = TimeSpan.FromSeconds(1),
    };

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await RunAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            return;
        }
        catch (Exception e)
        {
            // Nothing but the API remembers: starting again is always safe, going on half-broken is not.
            LogFailed(logger, e);
            Environment.ExitCode = 1;
        }
        lifetime.StopApplication();
    }

    private async Task RunAsync(CancellationToken ct)
    {
        var identity = await new IdentityKeeper(api, options, time, loggers.CreateLogger<IdentityKeeper>()).EnsureAsync(ct);
        await using var services = ControllerServices.Build(options, api, identity, time, loggers);
        var caches = services.GetRequiredService<Caches>();
        var leadership = services.GetRequiredService<Leadership>();
        var work = services.GetServices<ILeaderTask>().ToList();
        await using var web = options.WebPort == 0
            ? null
            : new WebInterface(options, api, identity, caches, services.GetRequiredService<RelationshipPreflight>(), time, loggers);
        state.Set(caches, leadership);
        await Together.RunAsync([.. caches.Parts, services.GetRequiredService<NamespaceContents>().RunAsync, ServeAsync, .. web?.Parts ?? []], ct);

        async Task ServeAsync(CancellationToken end)
        {
            await caches.Synced.WaitAsync(end);
            var gateway = services.GetRequiredService<GatewayServer>();
            await gateway.StartAsync(end);
            LogListening(logger, options.PeerPort, options.PeerEndpoint, identity.Fingerprint);
            var election = new LeaderElection(
                api, options.Namespace, WellKnown.ControllerLease, Environment.MachineName, Election, time, loggers.CreateLogger<LeaderElection>());
            await election.RunAsync(lead => LeadAsync(leadership, work, lead), end);
        }
    }

    private static async Task LeadAsync(Leadership leadership, IReadOnlyList<ILeaderTask> work, CancellationToken ct)
    {
        leadership.Set(true);
        try
        {
            await Together.RunAsync(work.Select(task => (Func<CancellationToken, Task>)task.RunAsync), ct);
        }
        finally
        {
            leadership.Set(false);
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The peer gateway listens on port {Port}; neighbours reach it at {Endpoint}; its certificate is {Fingerprint}")]
    private static partial void LogListening(ILogger logger, int port, string endpoint, string fingerprint);

    [LoggerMessage(Level = LogLevel.Critical, Message = "The controller has failed and ends")]
    private static partial void LogFailed(ILogger logger, Exception e);
}

/// <summary>What the health port shows.</summary>
internal sealed class ControllerState
{
    private volatile Known? _known;

    /// <summary>To be called once, when the parts exist.</summary>
    public void Set(Caches caches, Leadership leadership) => _known = new Known(caches, leadership);

    /// <summary>Ready means leading: the Service then sends neighbours to the controller that can answer them.</summary>
    public bool IsReady => _known is { } known && known.Caches.Synced.IsCompletedSuccessfully && known.Leadership.IsLeader;

    /// <summary>The numbers.</summary>
    public string Metrics(IReadOnlyDictionary<ApiRequestSort, long> requests, DateTimeOffset now) => _known is { } known
        ? MetricsText.Of(known.Leadership.IsLeader, known.Caches.Mirrors.Items, known.Caches.Peers.Items, requests, now)
        : MetricsText.Of(leads: false, [], [], requests, now);

    private sealed record Known(Caches Caches, Leadership Leadership);
}
