namespace Tonari.Mirroring.Rules;

/// <summary>What may go: never the common snapshot, never anything newer than it on the primary, never on the word of a silent peer.</summary>
internal static class Retention
{
    /// <summary>The status in which what may go has left the lists; null when nothing more may go.</summary>
    public static Decision? LetGo(Situation s)
    {
        var names = Expendable(s);
        return names.Count == 0 ? null : Situation.Write(s.Status with
        {
            Snapshots = [.. s.Status.Snapshots.Where(snapshot => !names.Contains(snapshot.Name))],
            Diverged = [.. s.Status.Diverged.Where(kept => !names.Contains(kept.Name))],
            Leaving = [.. s.Status.Leaving, .. names],
        });
    }

    /// <summary>Deletes what has left the lists.</summary>
    public static IEnumerable<MirrorStep> Delete(Situation s)
    {
        if (s.Status.Leaving.Count > 0) yield return new DeleteSnapshots(s.Status.Leaving);
    }

    private static List<string> Expendable(Situation s)
    {
        var (covered, diverged) = (s.Status.Diverged.Where(kept => kept.Covered), s.Status.Diverged.Where(kept => !kept.Covered));
        List<string> names =
        [
            .. covered.SkipLast(MirrorLimits.CoveredKept).Select(kept => kept.Name), .. diverged.SkipLast(MirrorLimits.DivergedKept).Select(kept => kept.Name),
        ];

        // A secondary only goes by what the primary of its own epoch says: what the peer said before that, and what arrives late, knows nothing of what it
        // has received since, and would make strays of it.
        var answers = s.Status.Role == MirrorRole.Secondary ? s.PeerServes : s.PeerAnswers;
        if (!answers || s.Common is not { } common) return names;

        var snapshots = s.Status.Snapshots;
        var commonAt = snapshots.ToList().FindIndex(snapshot => snapshot.Name == common.Name);
        var newest = snapshots.Count - Math.Max(1, s.Policy.Retain);
        for (var i = 0; i < snapshots.Count; i++)
        {
            var name = snapshots[i].Name;
            var inUse = i == commonAt || name == s.Status.Sync?.Base || name == s.Status.Verification?.Snapshot || name == s.Peer!.Verification?.Snapshot;
            if (!inUse && ((i < newest && i < commonAt) || Stray(s, i, commonAt))) names.Add(snapshots[i].Name);
        }

        return names;
    }

    /// <summary>
    /// On a secondary: a snapshot of an earlier epoch that the primary never received before it was promoted. It is not part of the
    /// history that goes on; what it held is kept in the diverged data.
    /// </summary>
    private static bool Stray(Situation s, int index, int commonAt) =>
        s.Status.Role == MirrorRole.Secondary && index > commonAt
        && SnapshotNames.TryParse(s.Status.Snapshots[index].Name, out var epoch, out _) && epoch < s.Status.Epoch
        && !s.Peer!.Snapshots.Contains(s.Status.Snapshots[index].Name);
}
