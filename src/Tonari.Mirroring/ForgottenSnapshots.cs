namespace Tonari.Mirroring;

/// <summary>
/// Group snapshots that lie on this side and that nobody knows of: their controller died when they had just been taken, and what asked for them was
/// given up. None of them was ever handed out.
/// </summary>
public static class ForgottenSnapshots
{
    /// <summary>
    /// Those that can be asked for no more: they are older than one that is complete here (<see cref="PeerRequests.RefusalToTake"/>), so that whoever writes
    /// the status while they are being deleted cannot take one of them up.
    /// </summary>
    /// <param name="status">What this side knows.</param>
    /// <param name="mirrorId">Id of the relationship.</param>
    /// <param name="newest">The group snapshot that has just become complete here.</param>
    /// <param name="here">Names of group snapshots that lie here, of whichever relationship.</param>
    public static IEnumerable<string> Of(MirrorStatus status, string mirrorId, string newest, IEnumerable<string> here)
    {
        HashSet<string?> known =
        [
            .. status.Snapshots.Select(snapshot => snapshot.Name), .. status.Leaving,
            status.Sync?.Name, status.Sync?.Base, status.Promotion?.Snapshot, status.UnfinishedFrom, status.Verification?.Snapshot,
        ];
        return here.Where(name => name.StartsWith(SnapshotNames.GroupPrefix(mirrorId), StringComparison.Ordinal) && SnapshotNames.IsLater(newest, name) && !known.Contains(name));
    }
}
