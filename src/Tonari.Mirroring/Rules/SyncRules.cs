namespace Tonari.Mirroring.Rules;

/// <summary>One sync: name it, have it taken, pull it, commit it.</summary>
internal static class SyncRules
{
    /// <summary>Pause key for starting anew after a sync was refused.</summary>
    public const string FreshStart = "fresh sync";

    /// <summary>The status in which a new sync has its name. The name is durable before anyone is asked for it.</summary>
    public static MirrorStatus Begin(Situation s, bool final)
    {
        var sequence = s.Status.LastSequence + 1;
        var name = SnapshotNames.Group(s.Policy.MirrorId, s.Status.Epoch, sequence);
        var status = s.Status with
        {
            LastSequence = sequence,
            LastSyncStartedAt = s.Now,
            Sync = new MirrorSync
            {
                Name = name,
                Base = s.Common?.Name,
                Stage = MirrorSyncStage.Requesting,
                StartedAt = s.Now,
                Final = final,
            },
        };
        return final ? status with { Operation = status.Operation! with { Snapshot = name } } : status;
    }

    public static Decision Continue(Situation s)
    {
        var sync = s.Status.Sync!;
        if (sync.Stage == MirrorSyncStage.Committing) return Situation.Do(new CommitGroup(sync.Name));
        if (!s.PeerServes) return Situation.Wait();
        return Situation.Do(sync.Stage == MirrorSyncStage.Requesting
            ? new RequestSnapshot(sync.Name, sync.Final)
            : new PullGroup(sync.Name, sync.Base));
    }

    /// <summary>The status once the group is complete here. This one write is the commit.</summary>
    public static MirrorStatus Committed(Situation s)
    {
        var sync = s.Status.Sync!;
        var status = s.Status with
        {
            Sync = null,
            LastVerificationAt = s.Status.LastVerificationAt ?? s.Now,
            Retries = [.. s.Status.Retries.Where(retry => retry.Step != FreshStart)],
            Snapshots =
            [
                .. s.Status.Snapshots.Where(snapshot => snapshot.Name != sync.Name),
                new MirrorSnapshot(sync.Name, sync.TakenAt ?? sync.StartedAt, s.Now) { FrozenMs = sync.FrozenMs, WireBytes = sync.WireBytes },
            ],
        };
        if (s.OwnOperation is not { } operation) return status;

        status = status with { Operation = operation with { WireBytes = operation.WireBytes + sync.WireBytes } };
        var caughtUp = operation.Stage == MirrorOperationStage.CatchingUp && sync.StartedAt >= operation.StageStartedAt;
        return caughtUp ? CaughtUp(s with { Status = status }, sync) : status;
    }

    /// <summary>
    /// What is left of a sync that ends without a commit leaves like anything else that is given up: it may be staged, or complete on disk by a step
    /// that was not noted any more, and nothing else would ever delete it.
    /// </summary>
    public static MirrorStatus LeavingNothing(MirrorStatus before, MirrorStatus after) =>
        before.Sync is not { } sync || after.Sync?.Name == sync.Name || after.Snapshots.Any(snapshot => snapshot.Name == sync.Name)
            || after.Leaving.Contains(sync.Name)
            ? after
            : after with { Leaving = [.. after.Leaving, sync.Name] };

    private static MirrorStatus CaughtUp(Situation s, MirrorSync sync)
    {
        if (s.Status.Operation!.Request.Type is MirrorOperationType.Reverse or MirrorOperationType.FailBack)
            return s.AtStage(MirrorOperationStage.Holding);

        s = s with { Status = s.Status with { Operation = s.Status.Operation with { Snapshot = sync.Name } } };
        return s.Finish(true, $"{sync.Name} is complete on {s.Policy.LocalCluster}.");
    }
}
