using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using k8s.Models;

namespace Tonari.Kubernetes.Pairing;

/// <summary>
/// The objects by which a pairing goes through the Kubernetes API, all in the system namespace.
/// The inviter's CLI reads the <c>tonari-info</c> ConfigMap and creates an invite Secret; the joiner's CLI creates a join Secret and then
/// reads its annotations for the outcome.
/// </summary>
public static class PairingObjects
{
    /// <summary>ConfigMap in which the controller publishes what an invitation needs.</summary>
    public const string InfoName = "tonari-info";

    /// <summary>Key of <see cref="InfoName"/>: name of this cluster.</summary>
    public const string InfoClusterName = "clusterName";

    /// <summary>Key of <see cref="InfoName"/>: <c>host:port</c> of this cluster's peer gateway.</summary>
    public const string InfoPeerEndpoint = "peerEndpoint";

    /// <summary>Key of <see cref="InfoName"/>: fingerprint of this cluster's certificate.</summary>
    public const string InfoFingerprint = "fingerprint";

    /// <summary>Key of <see cref="InfoName"/>: version of the controller.</summary>
    public const string InfoVersion = "version";

    /// <summary>Type of a Secret <c>invite-ID</c>.</summary>
    public const string InviteType = "tonari.dev/invite";

    /// <summary>Type of a Secret <c>join-ID</c>.</summary>
    public const string JoinType = "tonari.dev/join";

    /// <summary>Key of an invite: lower-case hex SHA-256 of the token's secret.</summary>
    public const string InviteHash = "secretSha256";

    /// <summary>Key of an invite: RFC 3339 time after which it is refused.</summary>
    public const string InviteExpires = "expires";

    /// <summary>Key of a join: the token's text. The controller removes it when the outcome stands.</summary>
    public const string JoinToken = "token";

    /// <summary>Annotation of a join: <see cref="JoinPending"/>, <see cref="JoinDone"/> or <see cref="JoinRefused"/>.</summary>
    public const string OutcomeAnnotation = "tonari.dev/join-outcome";

    /// <summary>Annotation of a join: what happened, in words.</summary>
    public const string MessageAnnotation = "tonari.dev/join-message";

    /// <summary>Annotation of a join: name of the ClusterPeer that came of it.</summary>
    public const string PeerAnnotation = "tonari.dev/join-peer";

    /// <summary>Annotation of a join: RFC 3339 time at which its outcome was written; the controller deletes it ten minutes later.</summary>
    public const string FinishedAnnotation = "tonari.dev/join-finished-at";

    /// <summary>Annotation of a ClusterPeer on the inviter's side: the join attempt that made it, so that the caller of a lost answer is recognised.</summary>
    public const string AttemptAnnotation = "tonari.dev/join-attempt";

    /// <summary>Outcome: still being tried, the message says what stands in the way.</summary>
    public const string JoinPending = "Pending";

    /// <summary>Outcome: both clusters have pinned each other.</summary>
    public const string JoinDone = "Joined";

    /// <summary>Outcome: will not succeed.</summary>
    public const string JoinRefused = "Refused";

    /// <summary>The Secret by which the inviter recognises a token. Holds no secret itself.</summary>
    public static V1Secret Invite(string systemNamespace, string id, PairingToken token) => new()
    {
        ApiVersion = "v1",
        Kind = "Secret",
        Metadata = new V1ObjectMeta { Name = "invite-" + id, NamespaceProperty = systemNamespace },
        Type = InviteType,
        Data = new Dictionary<string, byte[]>
        {
            [InviteHash] = Encoding.UTF8.GetBytes(PairingToken.HashOf(token.Secret)),
            [InviteExpires] = Encoding.UTF8.GetBytes(token.Expires.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)),
        },
    };

    /// <summary>The Secret that asks the controller to accept an invitation.</summary>
    public static V1Secret Join(string systemNamespace, string id, PairingToken token) => new()
    {
        ApiVersion = "v1",
        Kind = "Secret",
        Metadata = new V1ObjectMeta { Name = "join-" + id, NamespaceProperty = systemNamespace },
        Type = JoinType,
        Data = new Dictionary<string, byte[]> { [JoinToken] = Encoding.UTF8.GetBytes(token.Encode()) },
    };

    /// <summary>Whether an invite is for this secret. Takes the same time whatever differs.</summary>
    public static bool Matches(V1Secret invite, string secret) =>
        invite.Data is { } data && data.TryGetValue(InviteHash, out var hash)
        && CryptographicOperations.FixedTimeEquals(hash, Encoding.UTF8.GetBytes(PairingToken.HashOf(secret)));

    /// <summary>When an invite ends; an invite without a readable time has ended.</summary>
    public static DateTimeOffset ExpiresAt(V1Secret invite) =>
        invite.Data is { } data && data.TryGetValue(InviteExpires, out var text)
        && DateTimeOffset.TryParse(Encoding.UTF8.GetString(text), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at)
            ? at
            : DateTimeOffset.MinValue;
}
