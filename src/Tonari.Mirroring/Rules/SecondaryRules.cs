namespace Tonari.Mirroring.Rules;

/// <summary>What a secondary does day by day: sync by schedule, let go of what retention no longer keeps.</summary>
internal static class SecondaryRules
{
    public static Decision? Routine(Situation s)
    {
        if (s.Status.Role != MirrorRole.Secondary) return null;

        if (Retention.LetGo(s) is { } letGo) return letGo;
        var sync = Sync(s);
        if (sync.Next is not null) return sync;

        var verification = VerificationRules.Next(s);
        if (verification.Next is not null) return verification;

        var release = StaleHold(s);
        return new Decision(
            null,
            [.. sync.Steps, .. verification.Steps, .. release, .. Retention.Delete(s)],
            sync.WakeAt is null || verification.WakeAt < sync.WakeAt ? verification.WakeAt : sync.WakeAt);
    }

    private static Decision Sync(Situation s)
    {
        if (s.Paused) return Situation.Wait();
        if (VerificationRules.Mends(s) && s.Status.Sync is not { Stage: MirrorSyncStage.Committing }) return Situation.Wait();
        if (s.Status.Sync is not null) return SyncRules.Continue(s);
        if (!s.PeerServes) return Situation.Wait();

        var pause = s.Status.Retries.FirstOrDefault(retry => retry.Step == SyncRules.FreshStart);
        var dueAt = Wanted(s) || s.Status.LastSyncStartedAt is null ? s.Now : s.Status.LastSyncStartedAt.Value + s.Policy.Schedule;
        if (pause is not null && pause.NextAt > dueAt) dueAt = pause.NextAt;
        return dueAt <= s.Now ? Situation.Write(SyncRules.Begin(s, final: false)) : Situation.Wait(dueAt);
    }

    /// <summary>An operation waits for a sync that begins after it.</summary>
    private static bool Wanted(Situation s) => s.OwnOperation is { Stage: MirrorOperationStage.CatchingUp };

    /// <summary>The primary holds its application for an operation of ours that has ended without a promotion.</summary>
    private static IEnumerable<MirrorStep> StaleHold(Situation s)
    {
        if (s.PeerServes && s.Peer!.HoldOperation is { } held && held != s.OwnOperation?.Request.Id)
            yield return new ReleasePeerHold(held);
    }
}
