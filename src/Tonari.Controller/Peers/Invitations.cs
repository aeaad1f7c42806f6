using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Peers;

/// <summary>The inviter's half of a pairing: judges a token's secret, uses it up, and pins the caller's certificate.</summary>
internal sealed class Invitations(IKubernetesApi api, string systemNamespace, PeerSelf self, TimeProvider time)
{
    private static readonly ListOptions OnlyInvites = new(FieldSelector: "type=" + PairingObjects.InviteType);

    /// <summary>Pairs with the caller. Null when done, else a sentence why not.</summary>
    public async Task<string?> AcceptAsync(JoinRequest request, string callerFingerprint, CancellationToken ct)
    {
        if (Malformed(request) is { } malformed)
            return malformed;
        var peers = await api.ListAsync<ClusterPeer>(null, ct);
        var known = peers.FirstOrDefault(p => p.Name == request.ClusterName);
        if (known is not null && known.Spec.Fingerprint == callerFingerprint && IsAnswerLost(known, request))
            return null;

        var invite = await FindAsync(request.Secret, ct);
        if (invite is null)
            return $"{self.ClusterName} does not know this token: it was used already, has expired, was withdrawn, or is another cluster's. Make a new one with `tonari peer invite`.";
        if (time.GetUtcNow() >= PairingObjects.ExpiresAt(invite))
            return $"This token has expired. Make a new one with `tonari peer invite` on {self.ClusterName}.";
        if (known is not null && known.Spec.Fingerprint != callerFingerprint)
            return $"{self.ClusterName} already has a ClusterPeer {request.ClusterName} with another certificate. If that cluster was made anew, delete the ClusterPeer there and join again.";
        if (!await UseUpAsync(invite, ct))
            return $"This token has just been used by someone else. Make a new one with `tonari peer invite` on {self.ClusterName}.";
        if (known is null)
            await api.CreateAsync(PeerObjects.New(request.ClusterName, request.Endpoint, callerFingerprint, request.Attempt), ct);
        else
            await RenewAsync(known, request, ct);
        return null;
    }

    /// <summary>Deletes invites that ended.</summary>
    public async Task RemoveExpiredAsync(CancellationToken ct)
    {
        foreach (var invite in await ListAsync(ct))
        {
            if (time.GetUtcNow() >= PairingObjects.ExpiresAt(invite))
                await UseUpAsync(invite, ct);
        }
    }

    /// <summary>Whether this very join was accepted already. Another join, even of the same cluster with the same token, is not.</summary>
    private static bool IsAnswerLost(ClusterPeer known, JoinRequest request) =>
        request.Attempt.Length > 0
        && known.Metadata.Annotations?.TryGetValue(PairingObjects.AttemptAnnotation, out var attempt) == true && attempt == request.Attempt;

    /// <summary>A neighbour that pairs once more tells where it is reached now; what it may do stays as the administrator set it.</summary>
    private async Task RenewAsync(ClusterPeer known, JoinRequest request, CancellationToken ct) => await api.MergeAsync<ClusterPeer>(
        null,
        known.Name,
        new JsonObject
        {
            ["metadata"] = new JsonObject { ["annotations"] = new JsonObject { [PairingObjects.AttemptAnnotation] = request.Attempt } },
            ["spec"] = new JsonObject { ["endpoint"] = request.Endpoint },
        },
        ct);

    private string? Malformed(JoinRequest request)
    {
        if (!PeerObjects.IsClusterName(request.ClusterName))
            return "The cluster name must consist of 1 to 63 lower-case letters, digits and hyphens.";
        if (request.ClusterName == self.ClusterName)
            return $"Both clusters are called {self.ClusterName}. Install one of them with another --cluster-name.";
        return PeerEndpoint.IsValid(request.Endpoint) ? null : "The caller's endpoint is not of the form host:port.";
    }

    private async Task<V1Secret?> FindAsync(string secret, CancellationToken ct)
    {
        V1Secret? found = null;
        foreach (var invite in await ListAsync(ct))
        {
            // No early end: the time taken must not say which invite was nearly right.
            if (PairingObjects.Matches(invite, secret))
                found = invite;
        }
        return found;
    }

    private async Task<IReadOnlyList<V1Secret>> ListAsync(CancellationToken ct)
    {
        var list = await api.ListAsync(ResourceKind.Of<V1Secret>(), systemNamespace, OnlyInvites, ct);
        return [.. list.Items.Select(Kubernetes.Json.KubeJson.FromJson<V1Secret>).Where(s => s.Type == PairingObjects.InviteType)];
    }

    /// <summary>Deleting exactly this object is what makes a token good for one use: of two callers only one succeeds.</summary>
    private async Task<bool> UseUpAsync(V1Secret invite, CancellationToken ct)
    {
        try
        {
            return await api.DeleteAsync<V1Secret>(
                systemNamespace,
                invite.Metadata.Name,
                ct,
                new DeleteOptions { Uid = invite.Metadata.Uid, ResourceVersion = invite.Metadata.ResourceVersion });
        }
        catch (ResourceConflictException)
        {
            return false;
        }
    }
}
