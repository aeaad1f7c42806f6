namespace Tonari.Mirroring.Rules;

/// <summary>
/// Proving the replica: the common group snapshot is compared region by region, what differs here is fetched again, and it is compared once more. It goes
/// on beside the syncs, waits while anything else moves, and never stands in the way of a move.
/// </summary>
internal static class VerificationRules
{
    /// <summary>Pause key for beginning anew after a verification was refused.</summary>
    public const string FreshStart = "fresh verification";

    /// <summary>Whether the replica is being mended: nothing is staged on it meanwhile.</summary>
    public static bool Mends(Situation s) => s.Status.Verification is { Stage: MirrorVerificationStage.Healing };

    /// <summary>What a secondary does about it now.</summary>
    public static Decision Next(Situation s)
    {
        if (s.OwnOperation is { Request.Type: not (MirrorOperationType.Verify or MirrorOperationType.Sync) } || s.Paused || !s.PeerServes) return Situation.Wait();
        if (s.Status.Verification is { } running) return Continue(s, running);
        if (s.Common is not { } common || DueAt(s) is not { } dueAt) return Situation.Wait();
        return dueAt > s.Now ? Situation.Wait(dueAt) : Situation.Write(s.Status with
        {
            Verification = new MirrorVerification { Snapshot = common.Name, Stage = MirrorVerificationStage.Comparing, StartedAt = s.Now },
            Suspected = false,
        });
    }

    /// <summary>The status once both sides have been read.</summary>
    public static MirrorStatus Compared(Situation s, StepResult.Compared result)
    {
        var running = s.Status.Verification!;
        if (result.Damaged.Count == 0)
        {
            var proof = new MirrorProof(running.Snapshot, s.Now, result.BytesCompared, running.HealedRegions)
            {
                DurationMs = (long)Math.Max(0, (s.Now - running.StartedAt).TotalMilliseconds),
            };
            return End(s, s.Status with { Proven = proof, Damage = null }, succeeded: true, Proved(s, running));
        }

        var damage = new MirrorDamage(running.Snapshot, s.Status.Damage?.FoundAt ?? s.Now, result.Damaged);
        if (!damage.Healable)
            return End(s, s.Status with { Damage = damage }, succeeded: false, damage.Describe(s.Policy.LocalCluster, s.Policy.PeerCluster));
        return running.HealedRegions == 0
            ? s.Status with { Damage = damage, Verification = running with { Stage = MirrorVerificationStage.Healing } }
            : GiveUp(s, damage, $"{s.Policy.LocalCluster} still differs after everything that differed was fetched again; check its disk.");
    }

    /// <summary>The status once what differed has been fetched again: that it is right now is proven by comparing everything once more.</summary>
    public static MirrorStatus Healed(Situation s, StepResult.Healed result)
    {
        var running = s.Status.Verification!;
        return s.Status with
        {
            Verification = running with
            {
                Stage = MirrorVerificationStage.Comparing,
                HealedRegions = Math.Max(1, s.Status.Damage?.Volumes.Where(volume => volume.Copy == DamagedCopy.Secondary).Sum(volume => volume.Regions) ?? 0),
                WireBytes = running.WireBytes + result.WireBytes,
                Unhealed = result.Unhealed,
            },
        };
    }

    /// <summary>The status when a step of it was refused.</summary>
    public static MirrorStatus Refused(Situation s, MirrorStep step, string message) => step is HealReplica && s.Status.Damage is { } damage
        ? GiveUp(s, damage, message)
        : MirrorPlanner.Again(s, FreshStart, message, failed: true) with { Verification = null };

    /// <summary>The status with a running verification given up; what it has found stays known.</summary>
    public static MirrorStatus Stopped(MirrorStatus status, DateTimeOffset now) =>
        status.Verification is null ? status : status with { Verification = null, LastVerificationAt = now };

    /// <summary>The status when what was received was refused: a base that is no longer what it was explains that, and no other attempt would end better.</summary>
    public static MirrorStatus Suspect(Situation s, PullGroup pull, string message) =>
        MirrorPlanner.Again(s, pull.Key, message, failed: true) with { Suspected = pull.Base is not null };

    /// <summary>When the next one is due; null: never by itself.</summary>
    private static DateTimeOffset? DueAt(Situation s)
    {
        var from = s.Status.LastVerificationAt;
        var dueAt = s.OwnOperation is { Stage: MirrorOperationStage.Verifying } ? s.Now
            : s.Status.Suspected || s.Status.Damage is { Healable: true } ? (from ?? s.Now) + MirrorLimits.HealRetry
            : from + s.Policy.VerifySchedule;
        var pause = s.Status.Retries.FirstOrDefault(retry => retry.Step == FreshStart);
        return pause is not null && pause.NextAt > dueAt ? pause.NextAt : dueAt;
    }

    private static Decision Continue(Situation s, MirrorVerification running)
    {
        var held = s.Status.Snapshots.Any(snapshot => snapshot.Name == running.Snapshot) && s.Peer!.Snapshots.Contains(running.Snapshot);
        if (!held) return Situation.Write(s.Status with { Verification = null });
        if (running.Stage == MirrorVerificationStage.Comparing) return Situation.Do(new CompareReplica(running.Snapshot));

        // A group that is complete in the pool is made known first; what is only staged is taken from the healed snapshot again.
        return s.Status.Sync is { Stage: MirrorSyncStage.Committing }
            ? Situation.Wait()
            : Situation.Do(new HealReplica(running.Snapshot, [.. s.Status.Damage!.Volumes.Where(volume => volume.Copy == DamagedCopy.Secondary)]));
    }

    private static MirrorStatus GiveUp(Situation s, MirrorDamage damage, string why)
    {
        var known = damage with { Failure = why };
        return End(s, s.Status with { Damage = known }, succeeded: false, known.Describe(s.Policy.LocalCluster, s.Policy.PeerCluster));
    }

    /// <summary>The end of a verification. It is in the history where somebody asked for it, and where it has found something.</summary>
    private static MirrorStatus End(Situation s, MirrorStatus status, bool succeeded, string message)
    {
        var running = s.Status.Verification!;
        status = status with
        {
            Verification = null,
            LastVerificationAt = s.Now,
            Retries = [.. status.Retries.Where(retry => retry.Step != FreshStart)],
        };
        if (s.OwnOperation is { Stage: MirrorOperationStage.Verifying } operation)
        {
            status = status with { Operation = operation with { Snapshot = running.Snapshot, WireBytes = running.WireBytes } };
            return (s with { Status = status }).Finish(succeeded, message);
        }

        return succeeded && running.HealedRegions == 0 ? status : Situation.Remember(status, new MirrorOperationRecord(
            running.Snapshot, MirrorOperationType.Verify, running.StartedAt, s.Now, succeeded, message)
        {
            Snapshot = running.Snapshot,
            WireBytes = running.WireBytes == 0 ? null : running.WireBytes,
        });
    }

    private static string Proved(Situation s, MirrorVerification running)
    {
        var equal = $"{running.Snapshot} is the same on {s.Policy.LocalCluster} and {s.Policy.PeerCluster}.";
        if (running.HealedRegions > 0)
            equal = $"{running.HealedRegions} region{(running.HealedRegions == 1 ? "" : "s")} differed and {(running.HealedRegions == 1 ? "was" : "were")} fetched again. {equal}";
        return running.Unhealed.Count == 0
            ? equal
            : $"{equal} The same damage is in {string.Join(", ", running.Unhealed)} and cannot be healed there; do not fail over to that.";
    }
}
