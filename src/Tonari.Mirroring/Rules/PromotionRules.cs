namespace Tonari.Mirroring.Rules;

/// <summary>Taking over. Writing the new epoch is the one act that decides; everything after it is brought to its end whatever happens.</summary>
internal static class PromotionRules
{
    /// <summary>The status in which this side is primary of a new epoch.</summary>
    /// <param name="s">Where it stands.</param>
    /// <param name="snapshot">The group snapshot to start from; null: this side's own live volumes.</param>
    /// <param name="planned">Whether the peer has agreed to it.</param>
    public static MirrorStatus Promote(Situation s, string? snapshot, bool planned)
    {
        var epoch = Math.Max(s.Status.Epoch, s.Status.HighestEpochSeen) + 1;
        var stage = snapshot is null ? MirrorPromotionStage.Starting : MirrorPromotionStage.MakingLive;
        return s.AtStage(MirrorOperationStage.Promoting, stage) with
        {
            Role = MirrorRole.Primary,
            Epoch = epoch,
            HighestEpochSeen = epoch,
            HandoverOperation = planned ? s.Status.Operation!.Request.Id : null,
            Promotion = new MirrorPromotion(snapshot, stage, s.Now),

            // From here on workloads may be started: if this promotion is overtaken by another, they are stopped before anything else.
            Application = ApplicationRun.Starting,
            ApplicationSince = s.Now,
            Sync = null,
            Verification = null,
            Damage = null,
            Demotion = null,
            UnfinishedFrom = null,
            Diverged = planned || snapshot is null ? s.Status.Diverged : DemotionRules.KeptWhenFailingOver(s.Status, snapshot),
        };
    }

    public static Decision? Continue(Situation s)
    {
        if (s.Status is not { Role: MirrorRole.Primary, Promotion: { } promotion }) return null;

        return promotion.Stage switch
        {
            MirrorPromotionStage.MakingLive => Situation.Do(new MakeLive(promotion.Snapshot!)),
            MirrorPromotionStage.Applying => Situation.Do(new ApplyResources(promotion.Snapshot!)),
            MirrorPromotionStage.Starting => Situation.Do(new StartApplication()),
            MirrorPromotionStage.AwaitingReady when s.Now >= promotion.StartedAt + MirrorLimits.ReadyLimit => Situation.Write(End(s, ready: false)),
            MirrorPromotionStage.AwaitingReady => new Decision(null, [new AwaitReady()], promotion.StartedAt + MirrorLimits.ReadyLimit),
            _ => Situation.Do(new RunHooks("PostFailOver")),
        };
    }

    /// <summary>The status once a promotion's step is done.</summary>
    public static MirrorStatus Next(Situation s)
    {
        if (s.Status.Promotion is not { } promotion) return s.Status;

        var status = promotion.Stage is MirrorPromotionStage.Applying or MirrorPromotionStage.Starting
            ? s.Status with { Application = ApplicationRun.Running, ApplicationSince = s.Now }
            : s.Status;
        return promotion.Stage switch
        {
            MirrorPromotionStage.MakingLive => At(MirrorPromotionStage.Applying),
            MirrorPromotionStage.Applying or MirrorPromotionStage.Starting => At(MirrorPromotionStage.AwaitingReady),
            MirrorPromotionStage.AwaitingReady when promotion.Snapshot is not null => At(MirrorPromotionStage.Hooks) with { ApplicationSince = s.Now },
            _ => End(s with { Status = status }, ready: true),
        };

        MirrorStatus At(MirrorPromotionStage stage) => status with
        {
            Promotion = promotion with { Stage = stage },
            Operation = s.OwnOperation?.Entering(MirrorOperationStage.Promoting, stage, s.Now) ?? status.Operation,
        };
    }

    private static MirrorStatus End(Situation s, bool ready)
    {
        var status = s.Status with { Promotion = null };
        if (s.OwnOperation is not { } operation) return status;

        var from = s.Status.Promotion!.Snapshot is { } snapshot ? $" from {snapshot}" : " with its own volumes";
        var downtime = ready && operation.StoppedAt is { } stopped
            ? (long)Math.Max(0, ((s.Status.ApplicationSince ?? s.Now) - stopped).TotalMilliseconds)
            : (long?)null;
        return (s with { Status = status }).Finish(
            ready,
            ready
                ? $"{s.Policy.Application} runs on {s.Policy.LocalCluster}{from}, epoch {s.Status.Epoch}."
                : $"{s.Policy.LocalCluster} is primary{from}, but {s.Policy.Application} was not ready after "
                    + $"{MirrorLimits.ReadyLimit.TotalMinutes:0} minutes; look at its pods and events.",
            downtime);
    }
}
