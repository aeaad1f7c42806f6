using k8s.Models;
using Tonari.Controller.Hosting;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;

namespace Tonari.Controller.Peers;

/// <summary>Publishes what an invitation needs, and removes invitations that ended.</summary>
internal sealed partial class PairingDesk(
    IKubernetesApi api, Invitations invitations, ControllerOptions options, PeerSelf self, TimeProvider time, ILogger<PairingDesk> logger) : ILeaderTask
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        while (true)
        {
            var pause = Interval;
            try
            {
                await api.ApplyAsync(Info(), ct);
                await invitations.RemoveExpiredAsync(ct);
            }
            catch (KubernetesApiException e)
            {
                LogFailed(logger, options.Namespace, PairingObjects.InfoName, e.Message);
                pause = AfterFailure;
            }
            await Task.Delay(pause, time, ct);
        }
    }

    private V1ConfigMap Info() => new()
    {
        Metadata = new V1ObjectMeta { Name = PairingObjects.InfoName, NamespaceProperty = options.Namespace },
        Data = new Dictionary<string, string>
        {
            [PairingObjects.InfoClusterName] = self.ClusterName,
            [PairingObjects.InfoPeerEndpoint] = self.Endpoint,
            [PairingObjects.InfoFingerprint] = self.Fingerprint,
            [PairingObjects.InfoVersion] = self.Version,
        },
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The ConfigMap {Namespace}/{Name} or expired invitations could not be brought up to date: {Reason}")]
    private static partial void LogFailed(ILogger logger, string @namespace, string name, string reason);
}
