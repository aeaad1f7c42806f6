using System.Collections.Immutable;

namespace Tonari.Lab.Rows;

/// <summary>A part of the ledger that belongs to a database's past.</summary>
/// <param name="Side">Rows sent to this cluster.</param>
/// <param name="First">From this number on.</param>
/// <param name="Last">Up to this number.</param>
/// <param name="AcknowledgedBy">Those acknowledged by then must be there; null: all acknowledged ones must.</param>
public sealed record LineageSegment(string Side, long First, long Last, DateTimeOffset? AcknowledgedBy);

/// <summary>
/// Which of the ledger's rows a database must hold, from where it came: the sides it lived on and the group snapshots it was started from.
/// A row whose commit was never acknowledged may be there or not.
/// </summary>
public sealed record Lineage(ImmutableArray<LineageSegment> Segments)
{
    /// <summary>A database that has lived on one side since its first row.</summary>
    public static Lineage On(string side) => new([new LineageSegment(side, 1, long.MaxValue, null)]);

    /// <summary>It was started on another side from a group snapshot, without asking the side it lived on.</summary>
    /// <param name="side">Where it lives now.</param>
    /// <param name="takenAt">The snapshot's point in time.</param>
    /// <param name="next">The number of the next row when the fail-over was asked for.</param>
    /// <param name="sentBy">The number of the last row that was sent before the snapshot was complete. The old side goes on until it hears of the
    /// fail-over, and the snapshot may be one that was taken after the asking.</param>
    public Lineage FailedOverTo(string side, DateTimeOffset takenAt, long next, long sentBy) => new(
    [
        .. Segments.Select(s => s with
        {
            Last = Math.Min(s.Last, Math.Max(next - 1, sentBy)),
            AcknowledgedBy = s.AcknowledgedBy is { } earlier && earlier < takenAt ? earlier : takenAt,
        }),
        new LineageSegment(side, next, long.MaxValue, null),
    ]);

    /// <summary>It moved as planned: everything acknowledged anywhere must still be there.</summary>
    /// <param name="side">Where it lives now.</param>
    /// <param name="next">The number of the next row when the move was asked for.</param>
    public Lineage MovedTo(string side, long next) => new([.. Segments, new LineageSegment(side, next, long.MaxValue, null)]);

    /// <summary>The other side ran from a snapshot for a while and what it wrote was set aside; this database went on as it was.</summary>
    /// <param name="other">The side whose rows are not wanted.</param>
    /// <param name="next">The number of the next row when that began.</param>
    public Lineage Without(string other, long next) =>
        new([.. Segments.Select(s => s.Side == other ? s with { Last = Math.Min(s.Last, next - 1) } : s)]);

    /// <summary>Compares what a database holds with what it must hold.</summary>
    public RowVerdict Judge(IEnumerable<LedgerEntry> ledger, IReadOnlySet<long> present)
    {
        var (required, missing, lost, unexpected) = (0, new List<long>(), new List<long>(), new List<long>());
        long? firstAbsent = null;
        var holes = new List<long>();
        var known = new HashSet<long>();
        foreach (var entry in ledger)
        {
            known.Add(entry.Number);
            var there = present.Contains(entry.Number);
            var mine = Segments.FirstOrDefault(s => s.Side == entry.Side && entry.Number >= s.First && entry.Number <= s.Last);
            if (mine is null)
            {
                if (there) unexpected.Add(entry.Number);
                if (entry.AcknowledgedAt is not null) lost.Add(entry.Number);
                continue;
            }

            if (entry.AcknowledgedAt is not { } acknowledged) continue;
            var must = mine.AcknowledgedBy is not { } by || acknowledged <= by;
            if (must) required++;
            if (there)
            {
                // One writer commits one row after another: a snapshot that holds a row holds all before it.
                if (!must && firstAbsent is not null) holes.Add(firstAbsent.Value);
                continue;
            }

            if (must)
            {
                missing.Add(entry.Number);
            }
            else
            {
                lost.Add(entry.Number);
                firstAbsent ??= entry.Number;
            }
        }

        unexpected.AddRange(present.Where(number => !known.Contains(number)));
        return new RowVerdict(present.Count, required, missing, lost, unexpected, holes);
    }
}

/// <summary>What came of comparing a database with the ledger.</summary>
/// <param name="Present">Rows in the database.</param>
/// <param name="Required">Acknowledged rows that must be in it.</param>
/// <param name="Missing">Those of them that are not. Never anything but empty.</param>
/// <param name="WrittenAfter">Acknowledged rows that the snapshot was too old for, or that were set aside.</param>
/// <param name="Unexpected">Rows that should not be there: of another past, or never written. Never anything but empty.</param>
/// <param name="Holes">Rows absent though later ones of the same snapshot are there. Never anything but empty.</param>
public sealed record RowVerdict(
    int Present,
    int Required,
    IReadOnlyList<long> Missing,
    IReadOnlyList<long> WrittenAfter,
    IReadOnlyList<long> Unexpected,
    IReadOnlyList<long> Holes)
{
    /// <summary>Everything is where it must be.</summary>
    public bool Good => Missing.Count == 0 && Unexpected.Count == 0 && Holes.Count == 0;

    /// <summary>In words.</summary>
    public override string ToString() => string.Join(", ",
    [
        $"{Required - Missing.Count} of {Required} required rows there",
        .. Missing.Count > 0 ? [$"MISSING {Some(Missing)}"] : Array.Empty<string>(),
        .. Unexpected.Count > 0 ? [$"UNEXPECTED {Some(Unexpected)}"] : Array.Empty<string>(),
        .. Holes.Count > 0 ? [$"HOLES at {Some(Holes)}"] : Array.Empty<string>(),
    ]);

    private static string Some(IReadOnlyList<long> numbers) =>
        string.Join(' ', numbers.Take(10)) + (numbers.Count > 10 ? $" and {numbers.Count - 10} more" : "");
}
