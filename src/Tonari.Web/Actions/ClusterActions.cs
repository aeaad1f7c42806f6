using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>Neighbours and pools. Pairing is a matter of Secrets in the system namespace: whoever may make those may pair.</summary>
internal sealed class ClusterActions(
    IKubernetesApi api, WebSources sources, WebOptions options, Permissions permissions, UserActions users, IRandomness randomness, TimeProvider time)
{
    private const int IdLength = 8;

    private Permission Pairing => Permission.To<V1Secret>("create", options.Namespace);

    public Task<InvitationView> InviteAsync(Caller caller, InviteRequest request, CancellationToken ct)
    {
        var lifetime = request.Lifetime?.Value ?? PairingToken.DefaultLifetime;
        if (lifetime <= TimeSpan.Zero || lifetime > PairingToken.LongestLifetime)
            throw new NotUnderstoodException($"A token may live at most {new GoDuration(PairingToken.LongestLifetime)}. Make a new one when it is needed.");
        var action = new UserAction(ActivityKind.Invite, null, null, Pairing) { Detail = $"A token that lives {new GoDuration(lifetime)}." };
        return users.RunAsync(caller, action, async acting =>
        {
            var info = await InfoAsync(ct);
            var token = new PairingToken(info.PeerEndpoint, info.Fingerprint, randomness.NewSecret(), time.GetUtcNow() + lifetime);
            await acting.CreateAsync(PairingObjects.Invite(options.Namespace, randomness.NewId(IdLength), token), ct);
            return new InvitationView(token.Encode(), token.Expires);
        }, ct);
    }

    public Task<JoinView> JoinAsync(Caller caller, JoinRequest request, CancellationToken ct)
    {
        var token = PairingToken.Decode(request.Token ?? "", out var problem) ?? throw new NotUnderstoodException(problem!);
        return users.RunAsync(caller, new UserAction(ActivityKind.Join, null, token.Endpoint, Pairing), async acting =>
        {
            if (token.Expires <= time.GetUtcNow())
                throw new RefusedException("This token has expired.", "Make a new one on the other cluster.");
            var info = await InfoAsync(ct);
            if (token.Fingerprint == info.Fingerprint)
                throw new RefusedException($"This token was made by {info.ClusterName} itself.", "Give it to the other cluster.");
            var id = randomness.NewId(IdLength);
            await acting.CreateAsync(PairingObjects.Join(options.Namespace, id, token), ct);
            return new JoinView(id, PairingObjects.JoinPending, null, null);
        }, ct);
    }

    /// <summary>How accepting an invitation stands.</summary>
    public async Task<JoinView> FindJoinAsync(Caller caller, string id, CancellationToken ct)
    {
        var name = "join-" + id;
        await permissions.DemandAsync(caller, Permission.To<V1Secret>("get", options.Namespace, name), ct);
        var join = await api.FindAsync<V1Secret>(options.Namespace, name, ct);
        if (join is not { Type: PairingObjects.JoinType })
            throw new ResourceNotFoundException($"There is no join {id}: it ended more than ten minutes ago, or was withdrawn. See the neighbours.");
        string? Annotation(string key) => join.Metadata.Annotations?.TryGetValue(key, out var value) == true ? value : null;
        return new JoinView(
            id, Annotation(PairingObjects.OutcomeAnnotation) ?? PairingObjects.JoinPending, Annotation(PairingObjects.MessageAnnotation),
            Annotation(PairingObjects.PeerAnnotation));
    }

    public Task RemovePeerAsync(Caller caller, string name, CancellationToken ct) =>
        users.RunAsync(caller, new UserAction(ActivityKind.RemovePeer, null, name, Permission.To<ClusterPeer>("delete", null, name)), async acting =>
        {
            if (sources.Mirrors.Items.FirstOrDefault(m => m.Spec.Peer == name) is { } mirror)
                throw new RefusedException($"{name} is still the neighbour of the mirror {mirror.Namespace}/{mirror.Name}.", "Delete that first.");
            if (!await acting.DeleteAsync<ClusterPeer>(null, name, ct))
                throw new ResourceNotFoundException($"There is no ClusterPeer {name}.");
        }, ct);

    public Task<StoragePool> ManageAsync(Caller caller, string name, bool managed, bool force, CancellationToken ct)
    {
        var kind = ResourceKind.Of<StoragePool>();
        var action = new UserAction(managed ? ActivityKind.ManagePool : ActivityKind.UnmanagePool, null, name, Permission.To<StoragePool>("patch", null, name))
        {
            Detail = force ? "By force." : null,
        };
        return users.RunAsync(caller, action, async acting => KubeJson.FromJson<StoragePool>(await CarefulChange.RunAsync(
            () => api.GetAsync(kind, null, name, ct),
            seen =>
            {
                Check(KubeJson.FromJson<StoragePool>(seen), managed, force);
                return StoragePool.Managing(managed);
            },
            patch => acting.PatchAsync(kind, null, name, new ObjectPatch.Merge(patch), null, ct))), ct);
    }

    private static void Check(StoragePool pool, bool managed, bool force)
    {
        if (managed && pool.Status is { Usable: false })
            throw new RefusedException($"The pool {pool.Name} cannot be used: {pool.Status.Reason}", "It was not changed.");
        if (!managed && !force && pool.Status is { Volumes: > 0 } status)
        {
            throw new RefusedException(
                $"{(status.Volumes == 1 ? "1 volume lives" : $"{status.Volumes} volumes live")} in the pool {pool.Name}.",
                "Move or delete them first. With force they stay and go on working, but no volume can be made or received in it, so mirrors stop.");
        }
    }

    // With Tonari's own rights: whoever may invite needs to know this, and need not be able to read what else is in the system namespace.
    private async Task<ClusterInfo> InfoAsync(CancellationToken ct) => await ClusterInfo.FindAsync(api, options.Namespace, ct)
        ?? throw new RefusedException("Tonari's controller has not published its address yet.", "Is it running?");
}
