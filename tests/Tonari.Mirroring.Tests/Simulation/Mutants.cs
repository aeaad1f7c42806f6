namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>The protocol with one rule broken on purpose, for each invariant: what finds none of them finds nothing.</summary>
internal static class Mutants
{
    /// <summary>Invariant 1: takes over from the group that is just being received.</summary>
    internal sealed class StartsFromWhatIsNotComplete : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
        {
            var decision = base.Decide(policy, status, peer, now);
            return status.Sync is { } sync && status.Promotion is null && decision.Next is { Promotion.Snapshot: not null } next
                ? decision with { Next = next with { Promotion = next.Promotion with { Snapshot = sync.Name } } }
                : decision;
        }
    }

    /// <summary>Invariant 1: takes a name again that was let go of, when the question for it comes late.</summary>
    internal sealed class TakesOldNamesAgain : Protocol
    {
        public override string? RefusalToTake(MirrorStatus status, string name) => null;
    }

    /// <summary>Invariant 2: retention keeps the newest snapshot, whether the peer has it or not.</summary>
    internal sealed class LetsGoOfTheCommonSnapshot : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
        {
            var decision = base.Decide(policy, status, peer, now);
            if (decision.Next is not { Snapshots: [.., var newest] } next || next.Leaving.Count <= status.Leaving.Count) return decision;
            return decision with
            {
                Next = next with { Snapshots = [newest], Leaving = [.. next.Leaving, .. next.Snapshots.SkipLast(1).Select(snapshot => snapshot.Name)] },
            };
        }
    }

    /// <summary>Invariant 3: a promotion does not raise the epoch.</summary>
    internal sealed class KeepsTheEpoch : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
        {
            var decision = base.Decide(policy, status, peer, now);
            return decision.Next is { Role: MirrorRole.Primary } next && next.Epoch > status.Epoch && status.Epoch > 0
                ? decision with { Next = next with { Epoch = status.Epoch, HighestEpochSeen = status.HighestEpochSeen } }
                : decision;
        }
    }

    /// <summary>Invariant 3: goes on serving, whatever it knows of higher epochs.</summary>
    internal sealed class ServesWhoeverAsks : Protocol
    {
        public override string? RefusalToServe(MirrorPolicy policy, MirrorStatus status, long epoch, bool requireStopped, DateTimeOffset now) =>
            policy.Deleting || requireStopped ? base.RefusalToServe(policy, status, epoch, requireStopped, now) : null;
    }

    /// <summary>Invariant 4: live data that was set aside is not kept.</summary>
    internal sealed class DropsDivergedData : Protocol
    {
        public override MirrorStatus Complete(
            MirrorPolicy policy, MirrorStatus status, PeerView? peer, MirrorStep step, StepResult result, DateTimeOffset now)
        {
            var next = base.Complete(policy, status, peer, step, result, now);
            return step is SetLiveAside aside && next.Role == MirrorRole.Secondary
                ? next with { Diverged = status.Diverged, Leaving = [.. next.Leaving, aside.KeepAs] }
                : next;
        }
    }

    /// <summary>Invariant 5: an application that was stopped for a swap is not started again where it was.</summary>
    internal sealed class NeverStartsAgain : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
        {
            var decision = base.Decide(policy, status, peer, now);
            return status.Promotion is null && decision.Steps.Any(step => step is StartApplication) ? decision with { Steps = [] } : decision;
        }
    }

    /// <summary>Invariant 5: promotes without asking whether the peer's promise still holds.</summary>
    internal sealed class IgnoresTheEndOfAHold : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now) => base.Decide(
            policy,
            status.Operation is { HeldUntil: not null } operation ? status with { Operation = operation with { HeldUntil = now.AddHours(1) } } : status,
            peer,
            now);
    }

    /// <summary>Invariant 6: a fail-over waits until the peer answers.</summary>
    internal sealed class FailsOverOnlyWithThePeer : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now) =>
            policy.Operation is { Type: MirrorOperationType.FailOver } request && request.Id != status.LastOperationId && peer is not { Reachable: true }
                ? new Decision(null, [], null)
                : base.Decide(policy, status, peer, now);
    }

    /// <summary>Invariant 7: what has failed once waits for a person.</summary>
    internal sealed class NeverTriesAgain : Protocol
    {
        public override MirrorStatus Complete(
            MirrorPolicy policy, MirrorStatus status, PeerView? peer, MirrorStep step, StepResult result, DateTimeOffset now)
        {
            var next = base.Complete(policy, status, peer, step, result, now);
            return result is StepResult.Failed ? next with { Retries = [.. next.Retries.Select(retry => retry with { NextAt = now.AddYears(1) })] } : next;
        }
    }

    /// <summary>Invariant 7: a promotion counts as done as soon as its volumes are there.</summary>
    internal sealed class ForgetsItsPromotion : Protocol
    {
        public override MirrorStatus Complete(
            MirrorPolicy policy, MirrorStatus status, PeerView? peer, MirrorStep step, StepResult result, DateTimeOffset now)
        {
            var next = base.Complete(policy, status, peer, step, result, now);
            return step is MakeLive && next.Promotion is not null ? next with { Promotion = null, Operation = null } : next;
        }
    }

    /// <summary>Invariant 8: what was received is committed as it is.</summary>
    internal sealed class TrustsTheStream : Protocol
    {
        public override bool Verifies => false;
    }

    /// <summary>Invariant 9: the object goes, and what belongs to it stays.</summary>
    internal sealed class LeavesEverything : Protocol
    {
        public override Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
        {
            var decision = base.Decide(policy, status, peer, now);
            return decision.Steps.Any(step => step is CleanUp) ? new Decision(status with { CleanedUp = true }, [], null) : decision;
        }
    }

    /// <summary>Invariant 10: a peer that releases a hold can take the primary's role away.</summary>
    internal sealed class GivesItsRoleAway : Protocol
    {
        public override MirrorStatus Release(MirrorStatus status, string operationId) => base.Release(status, operationId) with { Role = MirrorRole.Secondary };
    }

    /// <summary>Invariant 10: a peer can stop the application for as long as it likes.</summary>
    internal sealed class HoldsForEver : Protocol
    {
        public override (MirrorStatus Status, bool Granted, string Message) Hold(MirrorPolicy policy, MirrorStatus status, HoldPeer hold, DateTimeOffset now)
        {
            var answer = base.Hold(policy, status, hold, now);
            return answer.Granted ? (answer.Status with { Hold = answer.Status.Hold! with { Until = now.AddDays(1) } }, true, "") : answer;
        }
    }
}
