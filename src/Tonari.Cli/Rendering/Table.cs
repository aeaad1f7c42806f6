namespace Tonari.Cli.Rendering;

/// <summary>A table as <c>kubectl get</c> prints it: upper-case headings, columns three blanks apart, no frame.</summary>
internal sealed class Table(params IReadOnlyList<string> headings)
{
    private const int Gap = 3;
    private readonly List<IReadOnlyList<Span>> rows = [];

    public bool IsEmpty => rows.Count == 0;

    public Table Add(params IReadOnlyList<Span> cells)
    {
        if (cells.Count != headings.Count)
        {
            throw new ArgumentException($"A row needs {headings.Count} cells, not {cells.Count}.", nameof(cells));
        }

        rows.Add(cells);
        return this;
    }

    public IReadOnlyList<Line> ToLines(bool withHeadings = true)
    {
        IEnumerable<IReadOnlyList<Span>> all = withHeadings ? rows.Prepend([.. headings.Select(h => new Span(h, Tone.Muted))]) : rows;
        var lines = all.ToList();
        var widths = headings.Select((_, column) => lines.Max(row => row[column].Text.Length)).ToArray();
        return [.. lines.Select(row => Pad(row, widths))];
    }

    private static Line Pad(IReadOnlyList<Span> row, int[] widths)
    {
        var last = row.Count - 1;
        return new([.. row.Select((cell, i) => i == last ? cell : cell with { Text = cell.Text.PadRight(widths[i] + Gap) })]);
    }
}
