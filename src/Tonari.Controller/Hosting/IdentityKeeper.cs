using System.Security.Cryptography;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;

namespace Tonari.Controller.Hosting;

/// <summary>Makes this cluster's identity at the first start and finds it at every other.</summary>
internal sealed partial class IdentityKeeper(IKubernetesApi api, ControllerOptions options, TimeProvider time, ILogger<IdentityKeeper> logger)
{
    private static readonly TimeSpan Retry = TimeSpan.FromSeconds(1);

    /// <summary>The identity; waits for the API server as long as it takes.</summary>
    public async Task<ClusterIdentity> EnsureAsync(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                return await ClusterIdentity.FindAsync(api, options.Namespace, ct) ?? await MakeAsync(ct);
            }
            catch (ResourceAlreadyExistsException)
            {
                // Another controller was faster: read what it made.
            }
            catch (Exception e) when (e is KubernetesApiException or CryptographicException)
            {
                LogWaiting(logger, e.Message);
                await Task.Delay(Retry, time, ct);
            }
        }
    }

    private async Task<ClusterIdentity> MakeAsync(CancellationToken ct)
    {
        var made = ClusterIdentity.Make(options.ClusterName, time.GetUtcNow());
        await api.CreateAsync(made.ToSecret(options.Namespace), ct);
        LogMade(logger, made.Fingerprint);
        return made;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The cluster's identity cannot be read or made yet: {Reason}")]
    private static partial void LogWaiting(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Made the cluster's identity, certificate {Fingerprint}")]
    private static partial void LogMade(ILogger logger, string fingerprint);
}
