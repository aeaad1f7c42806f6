namespace Tonari.Cli.Rendering;

/// <summary>A description as <c>kubectl describe</c> prints it: names in one column, values in the next.</summary>
internal sealed class Fields
{
    private const int Gap = 2;
    private readonly List<(string Name, Line Value)> fields = [];

    public Fields Add(string name, Line value)
    {
        fields.Add((name, value));
        return this;
    }

    /// <summary>Adds the field only where there is something to say.</summary>
    public Fields AddIf(bool condition, string name, Func<Line> value) => condition ? Add(name, value()) : this;

    public IReadOnlyList<Line> ToLines()
    {
        var width = fields.Count == 0 ? 0 : fields.Max(f => f.Name.Length) + 1 + Gap;
        return [.. fields.Select(f => new Line([new Span((f.Name + ":").PadRight(width), Tone.Muted), .. f.Value.Spans]))];
    }
}
