using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>A point in time, on whichever side it is kept.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TakenAt">The point in time; null where only the other side knows it.</param>
/// <param name="Here">This cluster holds it.</param>
/// <param name="There">The neighbour holds it, as far as is known.</param>
/// <param name="IsCommon">The newest one that both hold: the next difference is taken from it.</param>
/// <param name="FrozenMs">How long the file systems were frozen for it, milliseconds; null where not known.</param>
/// <param name="WireBytes">Bytes received for it here; 0 where none were.</param>
/// <param name="SetAside">Live data that was set aside here, not a group snapshot.</param>
/// <param name="NewerUntilGone">Of what was set aside: it is deleted when so many newer sets have been kept. 0 for group snapshots.</param>
public sealed record SnapshotRow(
    string Name, DateTimeOffset? TakenAt, bool Here, bool There, bool IsCommon, long? FrozenMs, long WireBytes, DivergedData? SetAside, int NewerUntilGone)
{
    /// <summary>All of a mirror, newest first, then what was set aside.</summary>
    public static IReadOnlyList<SnapshotRow> Of(MirrorView mirror)
    {
        var here = mirror.Snapshots.Select(s => new SnapshotRow(
            s.Name, s.TakenAt, true, mirror.SnapshotsThere.Contains(s.Name), s.IsCommon, s.FrozenMs, s.WireBytes, null, 0));
        var there = mirror.SnapshotsThere.Except(mirror.Snapshots.Select(s => s.Name))
            .Select(name => new SnapshotRow(name, null, false, true, false, null, 0, null, 0));
        return [.. here.Concat(there).OrderByDescending(r => OrderOf(r.Name)), .. Kept(mirror.SetAside)];
    }

    // Each kind pushes out its own: what did diverge is never pushed out by what the other side holds anyhow.
    private static IEnumerable<SnapshotRow> Kept(IReadOnlyList<DivergedData> newestFirst)
    {
        var (covered, diverged) = (MirrorLimits.CoveredKept, MirrorLimits.DivergedKept);
        foreach (var kept in newestFirst)
            yield return new SnapshotRow(kept.Name, kept.KeptAt, true, false, false, null, 0, kept, Math.Max(1, kept.Covered ? covered-- : diverged--));
    }

    private static (long Epoch, long Sequence) OrderOf(string name) => SnapshotNames.TryParse(name, out var epoch, out var sequence) ? (epoch, sequence) : (0, 0);
}
