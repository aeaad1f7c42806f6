namespace Tonari.Mirroring.Rules;

/// <summary>What a step's end changes.</summary>
internal static class Completion
{
    public static MirrorStatus Succeeded(Situation s, MirrorStep step, StepResult result) => step switch
    {
        PrepareRelationship => Prepared(s, result),
        RequestSnapshot request when s.Status.Sync?.Name == request.Name && result is StepResult.SnapshotTaken taken => s.Status with
        {
            Sync = s.Status.Sync with { Stage = MirrorSyncStage.Pulling, TakenAt = taken.TakenAt, FrozenMs = taken.FrozenMs },
        },
        PullGroup pull when s.Status.Sync?.Name == pull.Name && result is StepResult.Pulled pulled => s.Status with
        {
            Volumes = pulled.Volumes,
            Sync = s.Status.Sync with { Stage = MirrorSyncStage.Committing, WireBytes = s.Status.Sync.WireBytes + pulled.WireBytes },
        },
        CommitGroup commit when s.Status.Sync?.Name == commit.Name => SyncRules.Committed(s),
        PullGroup pull when result is StepResult.Spoilt spoilt => VerificationRules.Suspect(s, pull, spoilt.Message),
        CompareReplica compare when s.Status.Verification?.Snapshot == compare.Name && result is StepResult.Compared compared =>
            VerificationRules.Compared(s, compared),
        HealReplica heal when s.Status.Verification?.Snapshot == heal.Name && result is StepResult.Healed healed => VerificationRules.Healed(s, healed),
        DeleteSnapshots delete => s.Status with { Leaving = [.. s.Status.Leaving.Except(delete.Names)] },
        StopApplication when s.Status.Application == ApplicationRun.Stopping =>
            s.Status with { Application = ApplicationRun.Stopped, ApplicationSince = s.Now },
        StartApplication when s.Status.Promotion is not null => PromotionRules.Next(s),
        StartApplication => s.Status with { Application = ApplicationRun.Running, ApplicationSince = s.Now },
        HoldPeer hold when result is StepResult.HoldAnswered answer => HandoverRules.Answered(s, hold.OperationId, answer),
        MakeLive or ApplyResources or AwaitReady => PromotionRules.Next(s),
        RunHooks => HooksRan(s, result),
        SetLiveAside aside when s.Status.Demotion?.SetAsideAs == aside.KeepAs => DemotionRules.Demoted(s, aside.KeepAs),
        ForwardOperation forward when s.Status.Operation is { Stage: MirrorOperationStage.Forwarding } operation
            && operation.Request.Id == forward.Request.Id => s.AtStage(MirrorOperationStage.Forwarded),
        TellPeerOfDeletion => s.Status with { PeerToldOfDeletion = true },
        CleanUp => s.Status with { CleanedUp = true },
        _ => s.Status,
    };

    /// <summary>What trying again does not mend.</summary>
    public static MirrorStatus Refused(Situation s, MirrorStep step, string message) => step switch
    {
        // The snapshot or the base is gone at the other end, or what was staged is gone at this one: a fresh sync under a new name, after a pause.
        RequestSnapshot or PullGroup or CommitGroup => MirrorPlanner.Again(s, SyncRules.FreshStart, message, failed: true) with { Sync = null },
        CompareReplica or HealReplica when s.Status.Verification is not null => VerificationRules.Refused(s, step, message),
        StopApplication when s.Status.Hold is not null => PeerRequests.EndHold(s.Status, message),
        ForwardOperation when s.Status.Operation is { Stage: MirrorOperationStage.Forwarding } => s.Finish(false, message),
        _ => MirrorPlanner.Again(s, step.Key, message, failed: true),
    };

    private static MirrorStatus Prepared(Situation s, StepResult result) => result switch
    {
        StepResult.ProblemsFound found => MirrorPlanner.Again(s, new PrepareRelationship().Key, found.Problems[0].Message, failed: true) with
        {
            Problems = found.Problems,
        },
        _ when s.Policy.InitialRole == MirrorRole.Primary && s.Status.Role == MirrorRole.Unassigned && !(s.Peer is { HasMirror: true, Epoch: > 0 }) =>
            s.Status with
            {
                Role = MirrorRole.Primary,
                Epoch = 1,
                HighestEpochSeen = Math.Max(1, s.Status.HighestEpochSeen),
                Application = ApplicationRun.Running,
                ApplicationSince = s.Now,
                Problems = [],
            },
        _ => MirrorPlanner.Again(s, new PrepareRelationship().Key, "Waiting for the neighbour to take its role.", failed: false) with { Problems = [] },
    };

    private static MirrorStatus HooksRan(Situation s, StepResult result)
    {
        if (result is StepResult.HooksRan ran && s.Status.Operation is { } operation)
            s = s with { Status = s.Status with { Operation = operation with { Hooks = [.. operation.Hooks, .. ran.Records] } } };
        return PromotionRules.Next(s);
    }
}
