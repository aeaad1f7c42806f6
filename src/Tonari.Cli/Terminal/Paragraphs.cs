using Spectre.Console;
using Spectre.Console.Rendering;
using Tonari.Cli.Rendering;

namespace Tonari.Cli.Terminal;

/// <summary>Lines as Spectre.Console draws them. Text is never read as markup.</summary>
internal sealed class Paragraphs(IReadOnlyList<Line> lines) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => new(1, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        foreach (var line in lines)
        {
            var left = maxWidth;
            foreach (var span in line.Spans)
            {
                var text = span.Text.Length <= left ? span.Text : span.Text[..left];
                left -= text.Length;
                if (text.Length > 0)
                {
                    yield return new Segment(text, StyleOf(span.Tone));
                }
            }

            yield return Segment.LineBreak;
        }
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Strong => new Style(decoration: Decoration.Bold),
        Tone.Muted => new Style(decoration: Decoration.Dim),
        Tone.Good => new Style(Color.Green),
        Tone.Warning => new Style(Color.Yellow),
        Tone.Bad => new Style(Color.Red),
        _ => Style.Plain,
    };
}
