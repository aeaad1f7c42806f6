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

        var told = s.Status.PeerToldOfDeletion || s.Policy.ForceDelete
            || s.Peer is { Deleted: true } or { Reachable: true, HasMirror: false };
        if (!told) return Situation.Do(new TellPeerOfDeletion());

        if (s.Status is { Role: MirrorRole.Primary, Hold: { } hold })
            return s.Now < hold.Until ? Situation.Wait(hold.Until) : Situation.Write(PeerRequests.EndHold(s.Status, "The relationship is being deleted."));
        if (s.Status is { Role: MirrorRole.Primary, Application: ApplicationRun.Stopping or ApplicationRun.Stopped })
            return Situation.Do(new StartApplication());
        return Situation.Do(new CleanUp(s.Status.Role));
    }
}
