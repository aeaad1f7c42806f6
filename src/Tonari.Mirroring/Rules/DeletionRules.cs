namespace Tonari.Mirroring.Rules;

/// <summary>The end of a relationship: the peer is told, a promise to it is honoured, the application is left running, everything else goes.</summary>
internal static class DeletionRules
{
    public static Decision? PeerHasDeleted(Situation s) =>
        s.Peer is { Deleted: true } && !s.Policy.Deleting ? Situation.Do(new DeleteObject()) : null;

    public static Decision? Delete(Situation s)
    {
        if (!s.Policy.Deleting || s.Status.Promotion is not null) return null;
        if (s.Status.CleanedUp) return Situation.Wait();
        if (s.Status.Operation is not null) return Situation.Write(s.Finish(false, "Given up: the relationship is being deleted.") with { Sync = null });

        // Whether the peer can be told is no reason to leave the application stopped.
        if (s.Status is { Role: MirrorRole.Primary, Hold: { } ended } && s.Now >= ended.Until)
            return Situation.Write(PeerRequests.EndHold(s.Status, "The relationship is being deleted."));
        var start = s.Status is { Role: MirrorRole.Primary, Hold: null } ? PrimaryRules.StartAgain(s) : null;
        if (start?.Next is not null) return start;

        var told = s.Status.PeerToldOfDeletion || s.Policy.ForceDelete
            || s.Peer is { Deleted: true } or { Reachable: true, HasMirror: false };
        if (!told) return new Decision(null, [new TellPeerOfDeletion(), .. start?.Steps ?? []], s.Status.Hold?.Until);
        if (s.Status is { Role: MirrorRole.Primary, Hold: { } hold }) return Situation.Wait(hold.Until);
        return start ?? Situation.Do(new CleanUp(s.Status.Role));
    }
}
