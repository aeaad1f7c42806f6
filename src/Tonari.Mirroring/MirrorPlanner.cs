using Tonari.Mirroring.Rules;

namespace Tonari.Mirroring;

/// <summary>
/// The protocol: from what is wanted, what is durably known here, and what is known of the peer, to what happens next.
/// Pure and total: no I/O, no clock, no randomness, no exception. A caller may ask as often as it likes and gets the same answer for the
/// same situation; a step runs as long as the answer names it.
/// </summary>
public static class MirrorPlanner
{
    // The first rule with an answer wins. Order matters: what protects data comes before what makes progress.
    private static readonly Func<Situation, Decision?>[] Chain =
    [
        DeletionRules.PeerHasDeleted,
        EpochRules.Learn,
        DeletionRules.Delete,
        PromotionRules.Continue,
        EstablishRules.Establish,
        RequestRules.TakeUp,
        RequestRules.Forward,
        DemotionRules.Continue,
        HandoverRules.Continue,
        PrimaryRules.Routine,
        FencedRules.Routine,
        SecondaryRules.Routine,
    ];

    /// <summary>What happens next.</summary>
    public static Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
    {
        var situation = new Situation(policy, status, peer, now);
        foreach (var rule in Chain)
        {
            if (rule(situation) is not { } decision) continue;
            return decision.Next is { } next ? decision with { Next = SyncRules.LeavingNothing(status, next) } : Pausing(decision, status, now);
        }

        return Situation.Wait();
    }

    /// <summary>The status after a step has ended.</summary>
    public static MirrorStatus Complete(
        MirrorPolicy policy, MirrorStatus status, PeerView? peer, MirrorStep step, StepResult result, DateTimeOffset now)
    {
        var situation = new Situation(policy, status, peer, now);
        return SyncRules.LeavingNothing(status, result switch
        {
            StepResult.NotYet pending => Again(situation, step.Key, pending.Message, failed: false),
            StepResult.Failed failed => Again(situation, step.Key, failed.Message, failed: true),
            StepResult.Refused refused => Completion.Refused(situation, step, refused.Message),
            _ => Completion.Succeeded(situation with { Status = Forget(status, step.Key) }, step, result),
        });
    }

    /// <summary>The status with a further failure of a step noted, and when it is tried again: pauses double from 1 s to 30 s.</summary>
    internal static MirrorStatus Again(Situation situation, string key, string message, bool failed)
    {
        var before = situation.Status.Retries.FirstOrDefault(retry => retry.Step == key);
        var failures = (before?.Failures ?? 0) + (failed ? 1 : 0);
        var pause = failed
            ? Math.Min(MirrorLimits.FirstRetry.TotalSeconds * Math.Pow(2, Math.Min(failures - 1, 10)), MirrorLimits.LongestRetry.TotalSeconds)
            : MirrorLimits.NotYetPause.TotalSeconds;
        return Forget(situation.Status, key) with
        {
            Retries =
            [
                .. situation.Status.Retries.Where(retry => retry.Step != key),
                new MirrorRetry(key, failures, situation.Now.AddSeconds(pause), message),
            ],
        };
    }

    private static MirrorStatus Forget(MirrorStatus status, string key) =>
        status.Retries.Any(retry => retry.Step == key)
            ? status with { Retries = [.. status.Retries.Where(retry => retry.Step != key)] }
            : status;

    /// <summary>Leaves out steps whose pause after a failure has not passed, and asks to be woken when it has.</summary>
    private static Decision Pausing(Decision decision, MirrorStatus status, DateTimeOffset now)
    {
        var waiting = status.Retries.Where(retry => retry.NextAt > now && decision.Steps.Any(step => step.Key == retry.Step)).ToList();
        if (waiting.Count == 0) return decision;

        var wake = waiting.Min(retry => retry.NextAt);
        return decision with
        {
            Steps = [.. decision.Steps.Where(step => waiting.All(retry => retry.Step != step.Key))],
            WakeAt = decision.WakeAt < wake ? decision.WakeAt : wake,
        };
    }
}
