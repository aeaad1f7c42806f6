namespace Tonari.Mirroring.Rules;

/// <summary>What a primary does day by day: keep a promise to its peer, else keep the application running.</summary>
internal static class PrimaryRules
{
    public static Decision? Routine(Situation s)
    {
        if (s.Status.Role != MirrorRole.Primary) return null;

        if (s.Status.Hold is { } hold)
        {
            if (s.Now >= hold.Until) return Situation.Write(PeerRequests.EndHold(s.Status, "The hold ran out before the swap was done."));
            var stopping = DemotionRules.EnsureStopped(s, runHooks: true) ?? Situation.Wait();
            return stopping.Next is null ? stopping with { WakeAt = hold.Until } : stopping;
        }

        // Stopped for a swap that has ended without a promotion: the application starts again where it was.
        if (s.Status.Application is ApplicationRun.Stopping or ApplicationRun.Stopped) return Situation.Do(new StartApplication());
        return Retention.LetGo(s) ?? Situation.Do([.. Retention.Delete(s)]);
    }
}
