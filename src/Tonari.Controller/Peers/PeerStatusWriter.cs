using System.Collections.Concurrent;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Peers;

/// <summary>Writes the status of ClusterPeers.</summary>
internal sealed partial class PeerStatusWriter(IKubernetesApi api, TimeProvider time, ILogger<PeerStatusWriter> logger)
{
    private readonly ConcurrentDictionary<string, ClusterPeerStatus> _written = new(StringComparer.Ordinal);

    /// <summary>Notes what came of a greeting; written only when it says something new, or once a minute.</summary>
    public async Task WriteAsync(string name, Greeting greeting, CancellationToken ct)
    {
        try
        {
            var probe = new ClusterPeer { Status = _written.GetValueOrDefault(name) };
            if (!PeerStatuses.WorthWriting(probe.Status, PeerStatuses.After(probe, greeting, time.GetUtcNow()), time.GetUtcNow()))
                return;
            if (await UpdateAsync(name, peer => PeerStatuses.After(peer, greeting, time.GetUtcNow()), ct) is { } status)
                _written[name] = status;
        }
        catch (KubernetesApiException e)
        {
            // The next greeting, seconds from now, tries again.
            LogNotWritten(logger, name, e.Message);
        }
    }

    /// <summary>Notes that a mirror with this neighbour was deleted here, so that it learns of it whenever it comes back.</summary>
    public Task AddTombstoneAsync(string name, string mirrorId, CancellationToken ct) =>
        UpdateAsync(name, peer => PeerStatuses.WithTombstone(peer.Status, mirrorId, time.GetUtcNow()), ct);

    private async Task<ClusterPeerStatus?> UpdateAsync(string name, Func<ClusterPeer, ClusterPeerStatus> change, CancellationToken ct)
    {
        while (await api.FindAsync<ClusterPeer>(null, name, ct) is { } peer)
        {
            try
            {
                peer.Status = change(peer);
                return (await api.UpdateStatusAsync(peer, ct)).Status;
            }
            catch (ResourceConflictException)
            {
                // Someone else wrote: read again and decide again.
            }
            catch (ResourceNotFoundException)
            {
                break;
            }
        }
        return null;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The status of the ClusterPeer {Peer} could not be written: {Reason}")]
    private static partial void LogNotWritten(ILogger logger, string peer, string reason);
}
