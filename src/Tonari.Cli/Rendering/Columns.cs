namespace Tonari.Cli.Rendering;

/// <summary>The columns of a table of things of one kind.</summary>
internal sealed class Columns<T>
{
    private readonly List<(string Heading, Func<T, Span> Cell)> columns = [];

    public Columns<T> Add(string heading, Func<T, Span> cell)
    {
        columns.Add((heading, cell));
        return this;
    }

    public Columns<T> AddIf(bool wanted, string heading, Func<T, Span> cell) => wanted ? Add(heading, cell) : this;

    public IReadOnlyList<Line> Render(IEnumerable<T> items)
    {
        var table = new Table([.. columns.Select(c => c.Heading)]);
        foreach (var item in items)
        {
            table.Add([.. columns.Select(c => c.Cell(item))]);
        }

        return table.ToLines();
    }
}
