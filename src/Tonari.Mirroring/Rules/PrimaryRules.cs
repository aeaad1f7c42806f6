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
        return StartAgain(s) ?? Retention.LetGo(s) ?? Situation.Do([.. Retention.Delete(s)]);
    }

    /// <summary>
    /// Null unless the application was stopped here. That it is being started is written down first: otherwise a side that is fenced, or asked
    /// to hold, before it has noted the start would take a running application for a stopped one.
    /// </summary>
    public static Decision? StartAgain(Situation s) => s.Status.Application switch
    {
        ApplicationRun.Starting => Situation.Do(new StartApplication()),
        ApplicationRun.Stopping or ApplicationRun.Stopped => Situation.Write(s.Status with { Application = ApplicationRun.Starting, ApplicationSince = s.Now }),
        _ => null,
    };
}
