using System.Runtime.CompilerServices;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Snapshots;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Gateway;

/// <summary>What a primary does for its secondary: takes group snapshots and hands out what belongs to them.</summary>
internal sealed class MirrorServing(
    IMirrorStore mirrors, MirrorPolicies policies, Admission admission, SnapshotThrottle throttle, IGroupSnapshotService snapshots, IAgentDirectory agents, TimeProvider time)
{
    /// <summary>Takes the group snapshot of that name and notes it in the status.</summary>
    public async Task<SnapshotManifest> TakeAsync(ClusterPeer caller, RequestSnapshotRequest request, CancellationToken ct)
    {
        var mirror = admission.MirrorOf(caller, request.MirrorId, "a snapshot");
        if (!MirrorViews.IsGroupOf(request.MirrorId, request.Name) || !SnapshotNames.TryParse(request.Name, out var epoch, out _) || epoch != request.Epoch)
            throw new GatewayRefusal(StatusCode.InvalidArgument, "This is not a name of a group snapshot of this mirror and epoch.");
        var noted = false;

        // Read from the API server: what is decided here must not rest on a cache that has not seen a fencing yet.
        await DecideAsync(mirror, (_, _) => null, ct);
        if (!throttle.Admit(request.MirrorId, request.Name))
            throw admission.Refuse(
                caller.Spec.Fingerprint, "a snapshot", StatusCode.Unavailable, "This application has been snapshotted for you too often just now. Try again in a minute.");

        TakenGroup taken;
        try
        {
            // The last snapshot before a swap: what it lacks is lost on the other side.
            taken = await snapshots.TakeAsync(
                new WantedGroup(mirror.Namespace, mirror.Spec.Application, request.Name, ns => admission.Allows(caller, ns), IsLast: request.RequireStopped), ct);
        }
        catch (SnapshotRefusedException e)
        {
            // Asking for the same again and again would never end where it is there and damaged.
            throw new GatewayRefusal(e.IsDamaged ? StatusCode.OutOfRange : StatusCode.FailedPrecondition, e.Message);
        }
        foreach (var name in taken.Volumes.Select(v => v.Namespace).Distinct(StringComparer.Ordinal))
            admission.DemandNamespace(caller, name, "a snapshot");
        var volumes = (IReadOnlyList<MirrorVolume>)[];
        var after = new MirrorStatus();
        try
        {
            await DecideAsync(mirror, (fresh, status) =>
            {
                volumes = [.. taken.Volumes.Select(v => new MirrorVolume(
                    MirrorKeys.Of(fresh.Spec, status, v.Namespace, v.Claim, v.VolumeId), v.VolumeId, taken.Pool, v.SizeBytes, v.StorageClass))];
                return after = PeerRequests.SnapshotTaken(status, new MirrorSnapshot(request.Name, taken.TakenAt, time.GetUtcNow()), volumes);
            }, CancellationToken.None); // a caller that has left meanwhile does not make it one that nobody knows of
        }
        catch (GatewayRefusal) when (!noted)
        {
            // Nobody knows of it and nobody will: this side was fenced, or the relationship ended, while it was being taken.
            await snapshots.UndoAsync(taken.Pool, request.Name);
            throw;
        }

        await snapshots.DeleteForgottenAsync(taken.Pool, request.MirrorId, request.Name, after);
        return Manifest(request.Name, taken, volumes);

        async Task DecideAsync(AppMirror seen, Func<AppMirror, MirrorStatus, MirrorStatus?> change, CancellationToken stop)
        {
            string? refusal = null;
            string? past = null;
            noted = false;
            var written = await mirrors.UpdateAsync(
                seen.Namespace,
                seen.Name,
                (fresh, status) =>
                {
                    noted = status.Snapshots.Any(known => known.Name == request.Name);
                    var policy = policies.Of(fresh);
                    noted &= !policy.Deleting;
                    refusal = PeerRequests.RefusalToServe(policy, status, request.Epoch, request.RequireStopped, time.GetUtcNow());
                    past = PeerRequests.RefusalToTake(status, request.Name);
                    return (refusal ?? past) is null ? change(fresh, status) : null;
                },
                stop);
            if (written is null)
                throw new GatewayRefusal(StatusCode.NotFound, "The mirror has just been deleted here.");
            if (refusal is not null)
                throw new GatewayRefusal(StatusCode.FailedPrecondition, refusal);
            if (past is not null)
                throw new GatewayRefusal(StatusCode.OutOfRange, past);
        }
    }

    /// <summary>The captured resources of a group snapshot, in pieces.</summary>
    public async IAsyncEnumerable<ByteString> ResourcesAsync(
        ClusterPeer caller, GetPeerResourcesRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var status = Demand(caller, request.MirrorId, request.Name, "captured resources");
        if (status.Volumes is not [{ Pool: var pool }, ..])
            throw new GatewayRefusal(StatusCode.NotFound, "No group snapshot of this mirror has been taken here yet.");
        using var call = agents.Find(pool).Client.GetResources(new GetResourcesRequest { Pool = pool, Name = request.Name }, cancellationToken: ct);
        await foreach (var piece in call.ResponseStream.ReadAllAsync(ct))
            yield return piece.Data;
    }

    /// <summary>The status of the mirror that a group snapshot would be of; refuses where the caller has no such mirror, or this side does not serve it now.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="mirrorId">Of the mirror.</param>
    /// <param name="snapshot">Name of the group snapshot; whether there is one is for the agent to say.</param>
    /// <param name="what">What it is asked for, for the log.</param>
    public MirrorStatus Demand(ClusterPeer caller, string mirrorId, string snapshot, string what)
    {
        var mirror = admission.MirrorOf(caller, mirrorId, what);
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (PeerRequests.RefusalToServe(policies.Of(mirror), status, status.Epoch, requireStopped: false, time.GetUtcNow()) is { } refusal)
            throw new GatewayRefusal(StatusCode.FailedPrecondition, refusal);
        return MirrorViews.IsGroupOf(mirrorId, snapshot)
            ? status
            : throw new GatewayRefusal(StatusCode.InvalidArgument, "This is not a name of a group snapshot of this mirror.");
    }

    private static SnapshotManifest Manifest(string name, TakenGroup taken, IReadOnlyList<MirrorVolume> volumes)
    {
        var manifest = new SnapshotManifest
        {
            Name = name,
            TakenAt = taken.TakenAt.ToTimestamp(),
            FrozenFor = taken.FrozenFor.ToDuration(),
            ResourcesBytes = taken.ResourcesBytes,
        };
        manifest.Volumes.AddRange(volumes.Select(v => new ManifestVolume
        {
            Key = v.Key,
            VolumeId = v.VolumeId,
            SizeBytes = v.SizeBytes,
            StorageClass = v.StorageClass ?? "",
        }));
        return manifest;
    }
}
