namespace Tonari.Mirroring.Rules;

/// <summary>Epochs only grow, and whoever learns of a higher one steps back before doing anything else.</summary>
internal static class EpochRules
{
    public static Decision? Learn(Situation s)
    {
        if (s.Peer is not { HasMirror: true } peer) return null;

        var seen = Math.Max(s.Status.HighestEpochSeen, peer.Epoch);
        var status = seen == s.Status.HighestEpochSeen ? s.Status : s.Status with { HighestEpochSeen = seen };
        status = status.Role switch
        {
            MirrorRole.Primary when seen > status.Epoch => Fence(s with { Status = status }, peer),
            MirrorRole.Secondary when peer.Role == MirrorRole.Primary && peer.Epoch > status.Epoch => Follow(s with { Status = status }, peer),
            _ => status,
        };
        return ReferenceEquals(status, s.Status) ? null : Situation.Write(status);
    }

    /// <summary>
    /// A primary that learns of a higher epoch. Where the promotion was the one it was holding its application for, giving up its live
    /// volumes was agreed on; otherwise a person decides.
    /// </summary>
    private static MirrorStatus Fence(Situation s, PeerView peer)
    {
        var agreed = s.Status.Hold is { } hold && hold.OperationId == peer.HandoverOperation;
        var status = s.Status with
        {
            Role = MirrorRole.Fenced,
            Hold = null,
            Sync = null,
            Promotion = null,
            UnfinishedFrom = s.Status.Promotion is { Stage: MirrorPromotionStage.MakingLive or MirrorPromotionStage.Applying, Snapshot: var snapshot } ? snapshot : null,
        };
        if (s.OwnOperation is { Stage: not MirrorOperationStage.AwaitingFence })
            status = (s with { Status = status }).Finish(false, $"Given up: {s.Policy.PeerCluster} took over in epoch {peer.Epoch}.");
        return agreed ? status with { Demotion = DemotionRules.Begin(s, agreed) } : status;
    }

    /// <summary>A secondary whose primary has taken a new epoch follows it; a transfer of the old epoch is dropped.</summary>
    private static MirrorStatus Follow(Situation s, PeerView peer)
    {
        var status = s.Status with { Epoch = peer.Epoch, LastSequence = HighestSequence(peer), Sync = null, Verification = null };
        return s.OwnOperation is { Request.Type: not (MirrorOperationType.Resync or MirrorOperationType.FailBack) }
            ? (s with { Status = status }).Finish(false, $"Given up: {s.Policy.PeerCluster} took epoch {peer.Epoch} meanwhile.")
            : status;
    }

    /// <summary>The highest sequence the peer holds in its epoch: names must not be given twice, even if this side has lost its memory.</summary>
    public static long HighestSequence(PeerView peer) => peer.Snapshots
        .Select(name => SnapshotNames.TryParse(name, out var epoch, out var sequence) && epoch == peer.Epoch ? sequence : 0)
        .DefaultIfEmpty(0).Max();
}
