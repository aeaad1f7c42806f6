namespace Tonari.Mirroring.Rules;

/// <summary>
/// The planned swap, and taking a fenced side's own data up again. The peer's promise to keep its application stopped is a lease that is
/// counted here from before it was asked for, and there from when it arrived, so it ends here first. Promotion is written only
/// while it surely holds; otherwise the swap is given up and the application starts again where it was.
/// </summary>
internal static class HandoverRules
{
    public static Decision? Continue(Situation s)
    {
        if (s.OwnOperation is not { Stage: MirrorOperationStage.Holding or MirrorOperationStage.FinalSync } operation) return null;

        if (operation.HeldUntil is { } until && s.Now >= until)
            return GiveUp(s, $"{s.Policy.PeerCluster} could not be asked in time to keep {s.Policy.Application} stopped; it starts again there.");
        if (s.Now - operation.StageStartedAt > MirrorLimits.SwapStageLimit)
            return GiveUp(s, $"{operation.Stage} took longer than {MirrorLimits.SwapStageLimit.TotalMinutes:0} minutes; {s.Policy.Application} starts again on {s.Policy.PeerCluster}.");
        if (operation.HeldUntil is null && s.Now - operation.StageStartedAt > MirrorLimits.PeerPatience)
            return GiveUp(s, $"{s.Policy.PeerCluster} cannot be reached; {s.Policy.Application} was not touched.");

        var work = operation.Stage == MirrorOperationStage.Holding ? Holding(s, operation) : FinalSync(s, operation);
        return work.Next is not null ? work : Renewing(s, operation, work);
    }

    /// <summary>The hold is asked for first, and renewed beside whatever else is being done.</summary>
    private static Decision Renewing(Situation s, MirrorOperation operation, Decision work)
    {
        var renewAt = operation.HeldUntil - MirrorLimits.HoldRenewal;
        var wake = renewAt is null || renewAt <= s.Now ? operation.HeldUntil ?? operation.StageStartedAt + MirrorLimits.PeerPatience : renewAt;
        var steps = work.Steps;
        if (renewAt is null || renewAt <= s.Now)
        {
            var purpose = s.Status.Role == MirrorRole.Fenced ? "Reclaim" : "Reverse";
            steps = [.. steps, new HoldPeer(operation.Request.Id, s.Status.HighestEpochSeen, MirrorLimits.HoldDuration, purpose)];
        }

        return work with { Steps = steps, WakeAt = work.WakeAt < wake ? work.WakeAt : wake };
    }

    private static Decision Holding(Situation s, MirrorOperation operation)
    {
        var stopped = operation.HeldUntil is not null && s.PeerAnswers
            && s.Peer!.HoldOperation == operation.Request.Id && s.Peer.Application == ApplicationRun.Stopped;
        if (!stopped) return Situation.Wait();

        s = s with { Status = s.Status with { Operation = operation with { StoppedAt = s.Peer!.ApplicationSince } } };
        return Situation.Write(s.Status.Role == MirrorRole.Fenced
            ? PromotionRules.Promote(s, s.Status.UnfinishedFrom, planned: true)
            : s.AtStage(MirrorOperationStage.FinalSync));
    }

    private static Decision FinalSync(Situation s, MirrorOperation operation)
    {
        if (operation.Snapshot is { } final && s.Status.Snapshots.Any(snapshot => snapshot.Name == final))
            return Situation.Write(PromotionRules.Promote(s, final, planned: true));
        return s.Status.Sync is null or { Final: false } ? Situation.Write(SyncRules.Begin(s, final: true)) : SyncRules.Continue(s);
    }

    /// <summary>Given up before the promotion: nothing has changed hands.</summary>
    private static Decision GiveUp(Situation s, string why) => Situation.Write(s.Finish(false, why) with { Sync = null });

    /// <summary>The status once the peer has answered a hold.</summary>
    public static MirrorStatus Answered(Situation s, string operationId, StepResult.HoldAnswered answer)
    {
        if (s.OwnOperation is not { Stage: MirrorOperationStage.Holding or MirrorOperationStage.FinalSync } operation
            || operation.Request.Id != operationId) return s.Status;
        if (!answer.Granted) return GiveUp(s, answer.Message).Next!;

        var until = answer.AskedAt + MirrorLimits.HoldDuration - MirrorLimits.HoldMargin;
        return operation.HeldUntil >= until ? s.Status : s.Status with { Operation = operation with { HeldUntil = until } };
    }
}
