namespace Tonari.Mirroring.Rules;

/// <summary>From a new object to a role. A role is only ever taken from an answer of the peer, never from its silence.</summary>
internal static class EstablishRules
{
    public static Decision? Establish(Situation s)
    {
        if (s.Status.Role != MirrorRole.Unassigned) return null;

        if (s.PeerAnswers && s.Peer!.Epoch > 0) return Join(s, s.Peer);
        return s.Policy.InitialRole == MirrorRole.Secondary && s.PeerAnswers
            ? Situation.Wait()
            : Situation.Do(new PrepareRelationship());
    }

    /// <summary>The peer holds a role already: take the one that goes with it (also after this side has lost its memory).</summary>
    private static Decision Join(Situation s, PeerView peer)
    {
        var status = s.Status with { HighestEpochSeen = peer.Epoch, Problems = [] };
        return peer.Role switch
        {
            MirrorRole.Primary when s.Policy.InitialRole == MirrorRole.Secondary => Situation.Write(status with
            {
                Role = MirrorRole.Secondary,
                Epoch = peer.Epoch,
                LastSequence = EpochRules.HighestSequence(peer),
            }),

            // The application may still be running here: fenced, until someone decides what is kept.
            MirrorRole.Primary => Situation.Write(status with { Role = MirrorRole.Fenced, Application = ApplicationRun.Running }),
            MirrorRole.Secondary => Situation.Write(status with
            {
                Role = MirrorRole.Primary,
                Epoch = peer.Epoch,
                Application = ApplicationRun.Running,
            }),
            _ => Situation.Wait(),
        };
    }
}
