namespace Tonari.Mirroring;

/// <summary>What is known against starting the application from a group snapshot of the replica: it, or an older one that it was received on top of,
/// differs from the primary and has not been healed.</summary>
/// <param name="Damaged">The group snapshot that was found to differ.</param>
/// <param name="Same">It is the one that is to be started from. Else that one is newer: what was not rewritten in between is the same in both.</param>
/// <param name="Instead">The newest group snapshot from before it, if there is one: nothing is known against it.</param>
public sealed record StartDoubt(string Damaged, bool Same, string? Instead)
{
    /// <summary>The doubt; null where nothing is known against it.</summary>
    /// <param name="status">Of the side that holds the replica.</param>
    /// <param name="start">Name of the group snapshot to start from.</param>
    public static StartDoubt? Of(MirrorStatus status, string start) => Of(DamagedIn(status), start, status.Snapshots.Select(snapshot => snapshot.Name));

    /// <summary>As above.</summary>
    /// <param name="damaged">Name of the group snapshot of which the replica's copy is wrong; null: none.</param>
    /// <param name="start">Name of the group snapshot to start from.</param>
    /// <param name="snapshots">Names of those that are complete here, oldest first.</param>
    public static StartDoubt? Of(string? damaged, string start, IEnumerable<string> snapshots) =>
        damaged is null || (start != damaged && !SnapshotNames.IsLater(start, damaged))
            ? null
            : new StartDoubt(damaged, start == damaged, snapshots.LastOrDefault(name => SnapshotNames.IsLater(damaged, name)));

    /// <summary>Name of the group snapshot of which the replica's copy is known to be wrong, or not known to be right; null: none. Where only the primary's
    /// is wrong, nothing is known against the replica's.</summary>
    public static string? DamagedIn(MirrorStatus status) => status.Damage is { SpoilsReplica: true } damage ? damage.Snapshot : null;
}
