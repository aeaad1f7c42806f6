using System.Diagnostics.CodeAnalysis;

namespace Tonari.Cli.Rendering;

/// <summary>How a piece of text is meant; a terminal shows it as a colour, anything else not at all.</summary>
internal enum Tone
{
    Plain,
    Strong,
    Muted,
    Good,
    Warning,
    Bad,
}

/// <summary>A piece of text with its tone.</summary>
[SuppressMessage("Naming", "CA1720", Justification = "Plain says what it is.")]
internal readonly record struct Span(string Text, Tone Tone = Tone.Plain)
{
    public static implicit operator Span(string text) => new(text);
}

/// <summary>One line of output.</summary>
internal sealed class Line(params IReadOnlyList<Span> spans)
{
    public static readonly Line Empty = new();

    public IReadOnlyList<Span> Spans { get; } = spans;

    public static implicit operator Line(string text) => new(new Span(text));

    /// <summary>The text alone, without trailing blanks.</summary>
    public override string ToString() => string.Concat(Spans.Select(s => s.Text)).TrimEnd();

    public Line Indent(int columns) => new([new string(' ', columns), .. Spans]);
}
