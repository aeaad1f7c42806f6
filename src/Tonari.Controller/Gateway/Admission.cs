using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Gateway;

/// <summary>
/// Who may do what at the gateway: a certificate stands for a ClusterPeer, and a ClusterPeer reaches only the mirrors that are configured with
/// it, in the namespaces it is allowed. Every refusal is logged with the fingerprint.
/// </summary>
internal sealed partial class Admission(IPeerDirectory peers, IMirrorStore mirrors, PeerSelf self, ILogger<Admission> logger)
{
    /// <summary>Lower-case hex SHA-256 of a connection's certificate.</summary>
    public static string FingerprintOf(X509Certificate2? certificate) => certificate is null
        ? throw new GatewayRefusal(StatusCode.Unauthenticated, "A client certificate is required.")
        : ClusterIdentity.FingerprintOf(certificate);

    /// <summary>The neighbour that shows this certificate.</summary>
    public ClusterPeer Admit(X509Certificate2? certificate, string what)
    {
        var fingerprint = FingerprintOf(certificate);
        return peers.All.FirstOrDefault(p => p.Spec.Fingerprint == fingerprint) switch
        {
            null => throw Refuse(
                fingerprint, what, StatusCode.Unauthenticated, "This cluster does not know your certificate. Pair the clusters first, with `tonari peer invite` here."),
            { Spec.Suspended: true } peer => throw Refuse(
                fingerprint, what, StatusCode.PermissionDenied, $"The ClusterPeer {peer.Name} is suspended here."),
            { } peer => peer,
        };
    }

    /// <summary>The mirror with this id, if it is configured with the caller.</summary>
    public AppMirror MirrorOf(ClusterPeer caller, string mirrorId, string what)
    {
        var mirror = mirrors.All.FirstOrDefault(m => m.Spec.MirrorId == mirrorId && m.Spec.Peer == caller.Name);
        if (mirror is null)
        {
            // The same words for a mirror of somebody else: its existence is not the caller's business.
            throw Refuse(caller.Spec.Fingerprint, what, StatusCode.NotFound, $"There is no mirror with id {Shown(mirrorId)} for you here.");
        }
        DemandNamespace(caller, mirror.Namespace, what);
        return mirror;
    }

    /// <summary>Refuses where the caller's ClusterPeer does not allow the namespace.</summary>
    public void DemandNamespace(ClusterPeer caller, string name, string what)
    {
        if (!Allows(caller, name))
            throw Refuse(
                caller.Spec.Fingerprint, what, StatusCode.PermissionDenied, $"The ClusterPeer {caller.Name} may not use the namespace {Shown(name)} here; see its spec.allowedNamespaces.");
    }

    /// <summary>Whether the neighbour may use the namespace.</summary>
    public bool Allows(ClusterPeer caller, string name) => caller.Spec.AllowsNamespace(name, self.SystemNamespace);

    /// <summary>The neighbour that shows this certificate, without judging what it wants; null for a stranger.</summary>
    public ClusterPeer? Recognise(X509Certificate2? certificate) =>
        certificate is null ? null : peers.All.FirstOrDefault(p => p.Spec.Fingerprint == ClusterIdentity.FingerprintOf(certificate));

    /// <summary>Logs a refusal and gives the exception to throw.</summary>
    public GatewayRefusal Refuse(string fingerprint, string what, StatusCode code, string message)
    {
        LogRefused(logger, what, fingerprint, message);
        return new GatewayRefusal(code, message);
    }

    /// <summary>A text of the peer's, fit for a log line.</summary>
    private static string Shown(string text) =>
        new([.. text.Take(64).Select(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' ? c : '?')]);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Refused {What} to the certificate {Fingerprint}: {Reason}")]
    private static partial void LogRefused(ILogger logger, string what, string fingerprint, string reason);
}
