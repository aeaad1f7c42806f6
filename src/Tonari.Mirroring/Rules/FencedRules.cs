namespace Tonari.Mirroring.Rules;

/// <summary>A former primary waits for someone to decide, with its application stopped unless its user wants otherwise.</summary>
internal static class FencedRules
{
    public static Decision? Routine(Situation s)
    {
        if (s.Status.Role != MirrorRole.Fenced) return null;

        var release = s.PeerAnswers && s.Peer!.HoldOperation is { } held && s.Status.LastOperationId == held && s.OwnOperation is null
            ? new ReleasePeerHold(held)
            : null;
        if (release is not null) return Situation.Do(release);
        return s.Policy.OnFenced == FencedAction.Stop ? DemotionRules.EnsureStopped(s, runHooks: false) : null;
    }
}
