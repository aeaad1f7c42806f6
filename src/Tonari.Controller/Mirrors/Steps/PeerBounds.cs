using Tonari.Controller.Peers;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>What a mirror's neighbour may have written here: objects, volumes and bytes.</summary>
internal sealed class PeerBounds(IPeerDirectory peers, IMirrorStore mirrors, PeerSelf self)
{
    /// <summary>What captured objects may become here.</summary>
    public ApplyBounds Of(AppMirror mirror)
    {
        var peer = peers.Find(mirror.Spec.Peer);
        // Without the ClusterPeer its rights are not known, and a fail-over must go on all the same: into the namespaces that were judged
        // when the relationship was made.
        var known = mirror.Spec.NamespaceMapping.Values.Append(mirror.Namespace).ToHashSet(StringComparer.Ordinal);
        return new ApplyBounds
        {
            Writer = mirror.Spec.Peer,
            AllowsNamespace = ns => peer is null
                ? known.Contains(ns) && !ClusterPeerSpec.IsOfTheSystem(ns, self.SystemNamespace)
                : peer.Spec.AllowsNamespace(ns, self.SystemNamespace),
            ClusterKinds = peer?.Spec.AllowedClusterKinds ?? [],
        };
    }

    /// <summary>Why the volumes of a group snapshot are not received; null where they are.</summary>
    public string? RefusalOfVolumes(StepContext context, SnapshotManifest manifest, string pool)
    {
        if (peers.Find(context.Policy.PeerCluster) is not { } peer)
            return null;
        var mirror = context.Mirror;
        if (mirror.Spec.InitialRole == MirrorRole.Secondary && peer.Spec.AllowedPools.Count > 0 && !peer.Spec.AllowedPools.Contains(pool))
            return $"{peer.Name} may not keep volumes in the pool {pool} any more. Add it to spec.allowedPools of the ClusterPeer, or delete the mirror.";
        if (peer.Spec.QuotaBytes is not { } quota)
            return null;
        var others = mirrors.All
            .Where(m => m.Spec.Peer == peer.Name && m.Metadata.Uid != mirror.Metadata.Uid && m.Status?.Mirror.Role == MirrorRole.Secondary)
            .Sum(m => m.Status!.Mirror.Volumes.Sum(v => v.SizeBytes));
        var wanted = manifest.Volumes.Sum(v => v.SizeBytes);
        return others + wanted <= quota
            ? null
            : $"{peer.Name} may keep volumes of {quota} bytes here together; with these {wanted} they would be {others + wanted}. "
                + "Raise spec.quotaBytes of the ClusterPeer, or let go of other mirrors.";
    }

    /// <summary>
    /// Why a volume that is here already is not written for the mirror; null where it is the mirror's own, or a replica that nothing was received into.
    /// The neighbour chooses the id, and could name another application's.
    /// </summary>
    public static string? RefusalOfVolume(Volume there, string mirrorId, MirrorStatus status)
    {
        if (status.Volumes.Any(known => known.VolumeId == there.VolumeId))
            return null;
        var marks = LocalVolumes.SnapshotsOf(there).Concat(there.Staging is { } staging ? [staging.To] : []).ToList();
        var own = marks.Any(name => LocalVolumes.IsOf(name, mirrorId));
        var foreign = marks.Any(name => IsOfAnother(name, mirrorId));
        return !foreign && (own || (!there.HasLive && marks.Count == 0))
            ? null
            : $"The volume {there.VolumeId} is here already and does not belong to this mirror; nothing was written to it.";
    }

    private static bool IsOfAnother(string name, string mirrorId) => !LocalVolumes.IsOf(name, mirrorId)
        && (SnapshotNames.TryParse(name, out _, out _) || name.StartsWith("diverged-", StringComparison.Ordinal));
}
