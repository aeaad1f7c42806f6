using Tonari.Controller.Preflight;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Web.Hosting;

namespace Tonari.Controller.Hosting;

/// <summary>
/// The web interface beside the controller's work, on every replica: it only writes <c>spec</c> and reads copies that are here anyhow. Whatever
/// becomes of it, replication goes on.
/// </summary>
internal sealed partial class WebInterface : IAsyncDisposable
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(30);

    private readonly WebSources _sources;
    private readonly WebServer _server;
    private readonly ControllerOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;

    /// <summary>To be made before the copies run.</summary>
    public WebInterface(ControllerOptions options, IKubernetesApi api, ClusterIdentity identity, Caches caches, RelationshipPreflight preflight, TimeProvider time, ILoggerFactory loggers)
    {
        (_options, _time, _logger) = (options, time, loggers.CreateLogger<WebInterface>());
        _sources = new WebSources(api, caches.Mirrors, caches.Applications, caches.Snapshots, caches.Peers, caches.Pools, time, loggers, options.Namespace);
        var web = new WebOptions(options.ClusterName, ControllerOptions.Version, options.Namespace, options.WebPort) { Oidc = options.Oidc };
        _server = new WebServer(web, identity, _sources, new WebPreflight(preflight, options.ClusterName), time, loggers);
    }

    /// <summary>What has to run.</summary>
    public IEnumerable<Func<CancellationToken, Task>> Parts => [.. _sources.Parts, ServeAsync];

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _server.DisposeAsync();

    private async Task ServeAsync(CancellationToken ct)
    {
        await _sources.Synced.WaitAsync(ct);
        while (true)
        {
            try
            {
                await _server.StartAsync(ct);
                LogListening(_logger, _server.Port);
                break;
            }
            catch (IOException e)
            {
                LogNotListening(_logger, _options.WebPort, e.Message);
                await Task.Delay(Retry, _time, ct);
            }
        }
        await Task.Delay(Timeout.InfiniteTimeSpan, _time, ct);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "The web interface and the REST API listen on port {Port}")]
    private static partial void LogListening(ILogger logger, int port);

    [LoggerMessage(Level = LogLevel.Error, Message = "The web interface cannot listen on port {Port} and tries again; replication goes on. Give it another: --web-port. {Reason}")]
    private static partial void LogNotListening(ILogger logger, int port, string reason);
}
