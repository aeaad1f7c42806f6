using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>What a move would bring about, derived from what is known here. For people who are about to decide; nothing is asked of anybody for it.</summary>
internal static class MoveConsequences
{
    /// <summary>What would be left behind by a fail-over here.</summary>
    /// <param name="mirror">The mirror, where this side is the secondary.</param>
    /// <param name="snapshot">Name of the group snapshot to start from; null: the newest.</param>
    /// <param name="now">Now.</param>
    public static FailOverConsequence? OfFailOver(MirrorView mirror, string? snapshot, DateTimeOffset now)
    {
        var chosen = snapshot is null ? (mirror.Snapshots is [var newest, ..] ? newest : null) : mirror.Snapshots.FirstOrDefault(s => s.Name == snapshot);
        if (chosen is null)
            return null;
        var newer = mirror.Snapshots.TakeWhile(s => s != chosen).ToList();
        // A primary that is stopped has written nothing since: the rest is what a living one may have written up to now.
        var end = mirror.There is { Reachable: true, Application: ApplicationRun.Stopped, ApplicationSince: { } stopped } && stopped > chosen.TakenAt ? stopped : now;
        return new FailOverConsequence(
            chosen, end > chosen.TakenAt ? end - chosen.TakenAt : TimeSpan.Zero, newer.Count, newer.Sum(s => s.WireBytes), mirror.Transfer is not null,
            mirror.There is { Reachable: true, Role: MirrorRole.Primary } && mirror.Moves.Any(m => m is { Kind: MirrorMoveKind.Reverse, Can: true }))
        {
            Doubt = StartDoubt.Of(mirror.Proof.DamagedSnapshot, chosen.Name, mirror.Snapshots.Reverse().Select(s => s.Name)),
        };
    }

    /// <summary>What the other side would lose if this one's data is kept.</summary>
    /// <param name="mirror">The mirror, after one side took over.</param>
    /// <param name="keep">Name of the cluster whose data is kept.</param>
    public static ResyncConsequence OfResync(MirrorView mirror, string keep)
    {
        var loser = keep == mirror.Here.Cluster ? mirror.There : mirror.Here;
        var parted = mirror.Snapshots.FirstOrDefault(s => s.IsCommon)?.TakenAt;
        // Whoever took over has written since its application started; whoever was taken over from has since the last point in time both have.
        var since = loser.Role == MirrorRole.Primary ? loser.ApplicationSince ?? parted : parted;
        var until = loser.Application == ApplicationRun.Stopped ? loser.ApplicationSince : null;
        var here = loser.Cluster == mirror.Here.Cluster;
        List<DivergedData> kept = here ? [.. mirror.SetAside.Where(d => !d.Covered)] : [];
        return new ResyncConsequence(
            loser.Cluster, since, until > since || since is null ? until : null, loser.Application == ApplicationRun.Running, MirrorLimits.DivergedKept,
            kept.Count >= MirrorLimits.DivergedKept ? kept[^1].KeptAt : null);
    }

    /// <summary>How long the application stood still at the last planned swap, as far as this side remembers; null: it remembers none.</summary>
    public static TimeSpan? LastDowntime(MirrorView mirror) => mirror.History
        .FirstOrDefault(r => r is { Type: MirrorOperationType.Reverse or MirrorOperationType.FailBack, Succeeded: true, DowntimeMs: not null }) is { DowntimeMs: { } ms }
            ? TimeSpan.FromMilliseconds(ms)
            : null;

    /// <summary>What becomes of each side when the relationship ends.</summary>
    /// <param name="mirror">The mirror.</param>
    /// <param name="keepVolumes">The secondary's volumes are kept as claims.</param>
    public static IReadOnlyList<DeletionConsequence> OfDelete(MirrorView mirror, bool keepVolumes) =>
        [.. new[] { mirror.Here, mirror.There }.Select(side => new DeletionConsequence(side.Cluster, FateOf(mirror, side, keepVolumes)))];

    private static DeletionFate FateOf(MirrorView mirror, MirrorSideView side, bool keepVolumes) => side.Role switch
    {
        MirrorRole.Unassigned => DeletionFate.Nothing,
        MirrorRole.Secondary when keepVolumes => DeletionFate.ReplicaKept,
        // Where the application began, its claims are the user's own.
        MirrorRole.Secondary when side.Cluster == mirror.Home => DeletionFate.HomeClaimsStay,
        MirrorRole.Secondary => DeletionFate.ReplicaGoes,
        _ => DeletionFate.ApplicationStays,
    };
}

/// <summary>What a fail-over would leave behind.</summary>
/// <param name="Chosen">The group snapshot it starts from.</param>
/// <param name="Missing">Writes of at most this long are not in it.</param>
/// <param name="NewerSnapshots">Newer group snapshots here that are not used.</param>
/// <param name="NewerBytes">What was received for those, bytes.</param>
/// <param name="StopsTransfer">A transfer is running and stops.</param>
/// <param name="ReverseInstead">The primary answers, and a planned swap would lose nothing.</param>
public sealed record FailOverConsequence(
    MirrorSnapshotView Chosen, TimeSpan Missing, int NewerSnapshots, long NewerBytes, bool StopsTransfer, bool ReverseInstead)
{
    /// <summary>What is known against the group snapshot; null: nothing.</summary>
    public StartDoubt? Doubt { get; init; }
}

/// <summary>What one side would lose by a resync.</summary>
/// <param name="Loser">Name of the cluster whose writes are set aside.</param>
/// <param name="Since">Since when it wrote alone; null where that is not known.</param>
/// <param name="Until">Until when; null while it goes on, or where that is not known.</param>
/// <param name="Running">Its application still writes.</param>
/// <param name="SetsKept">So many sets of data that was set aside are kept; then the oldest goes.</param>
/// <param name="OldestGoes">When the set was kept that goes for this one; null: none goes, or nothing is known of them here.</param>
public sealed record ResyncConsequence(string Loser, DateTimeOffset? Since, DateTimeOffset? Until, bool Running, int SetsKept, DateTimeOffset? OldestGoes);

/// <summary>What becomes of a side when the relationship ends.</summary>
public enum DeletionFate
{
    /// <summary>It has nothing of it.</summary>
    Nothing,

    /// <summary>Application and volumes stay; group snapshots and set-aside data go.</summary>
    ApplicationStays,

    /// <summary>The replica goes, with the objects that Tonari made.</summary>
    ReplicaGoes,

    /// <summary>The replica's volumes become claims with the data of the newest group snapshot.</summary>
    ReplicaKept,

    /// <summary>The application began here: its claims stay with the data of the newest group snapshot, stopped.</summary>
    HomeClaimsStay,
}

/// <summary>What becomes of one side.</summary>
/// <param name="Cluster">Its name.</param>
/// <param name="Fate">What.</param>
public sealed record DeletionConsequence(string Cluster, DeletionFate Fate);
