using System.Net;
using Grpc.Core;
using Tonari.Controller.Peers;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Gateway;

/// <summary>The one door that is open to strangers.</summary>
internal sealed partial class PairingService(
    Invitations invitations, JoinThrottle throttle, Admission admission, PeerSelf self, ILogger<PairingService> logger) : Pairing.PairingBase
{
    public override async Task<JoinResponse> Join(JoinRequest request, ServerCallContext context)
    {
        var connection = context.GetHttpContext().Connection;
        var fingerprint = Admission.FingerprintOf(connection.ClientCertificate);
        var from = $"a pairing from {connection.RemoteIpAddress ?? IPAddress.None}";
        if (!throttle.Admit(connection.RemoteIpAddress))
            throw admission.Refuse(fingerprint, from, StatusCode.ResourceExhausted, "Too many pairing attempts. Wait a minute and try again.");
        if (await invitations.AcceptAsync(request, fingerprint, context.CancellationToken) is { } refusal)
            throw admission.Refuse(fingerprint, from, StatusCode.PermissionDenied, refusal);
        LogPaired(logger, request.ClusterName, fingerprint);
        return new JoinResponse { ClusterName = self.ClusterName, Version = self.Version };
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Paired with {Cluster}, certificate {Fingerprint}")]
    private static partial void LogPaired(ILogger logger, string cluster, string fingerprint);
}
