using Spectre.Console;
using Tonari.Cli.Rendering;

namespace Tonari.Cli.Terminal;

/// <summary>What the user's side can show.</summary>
/// <param name="Interactive">Output goes to a terminal: progress is redrawn in place.</param>
/// <param name="Colour">Tones are shown as colours.</param>
/// <param name="Width">Columns; only of interest where interactive.</param>
internal sealed record TerminalFeatures(bool Interactive, bool Colour, int Width)
{
    /// <summary>A pipe, a file, a CI log.</summary>
    public static readonly TerminalFeatures Plain = new(false, false, int.MaxValue);
}

/// <summary>The user: where output, errors and questions go. The only place that knows of Spectre.Console.</summary>
internal sealed class UserTerminal(TextReader input, TextWriter output, TextWriter error, TerminalFeatures features)
{
    public TerminalFeatures Features { get; } = features;

    public TextWriter Output { get; } = output;

    public TextWriter Error { get; } = error;

    public void Write(Line line) => WriteTo(Output, line);

    public void Write(IEnumerable<Line> lines)
    {
        foreach (var line in lines)
        {
            Write(line);
        }
    }

    public void WriteError(Line line) => WriteTo(Error, line);

    /// <summary>Asks on the error stream, so that redirected output stays clean, and reads a line; null at the end of the input.</summary>
    public async Task<string?> AskAsync(string question, CancellationToken ct)
    {
        await Error.WriteAsync(question);
        await Error.FlushAsync(ct);
        return await input.ReadLineAsync(ct);
    }

    /// <summary>Runs something that shows its progress: redrawn in place on a terminal, otherwise a line per change.</summary>
    /// <param name="toError">The output stream is taken by the result; progress goes to the error stream.</param>
    /// <param name="work">Reports through the display it is given.</param>
    public async Task<T> ShowProgressAsync<T>(bool toError, Func<IProgressDisplay, Task<T>> work)
    {
        if (!Features.Interactive || toError)
        {
            return await work(new PlainProgressDisplay(toError ? WriteError : Write));
        }

        var console = CreateConsole(Output, Features.Width);
        return await console.Live(new Text(""))
            .Overflow(VerticalOverflow.Crop)
            .StartAsync(context => work(new LiveProgressDisplay(context)));
    }

    private void WriteTo(TextWriter writer, Line line)
    {
        if (!Features.Colour)
        {
            writer.WriteLine(line.ToString());
            return;
        }

        // A line is never broken here: a terminal breaks it where it must, and copying gives it back whole.
        CreateConsole(writer, short.MaxValue).Write(new Paragraphs([line]));
    }

    private IAnsiConsole CreateConsole(TextWriter writer, int width)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = Features.Colour || Features.Interactive ? AnsiSupport.Yes : AnsiSupport.No,
            ColorSystem = Features.Colour ? ColorSystemSupport.Standard : ColorSystemSupport.NoColors,
            Interactive = Features.Interactive ? InteractionSupport.Yes : InteractionSupport.No,
            Out = new AnsiConsoleOutput(writer),
        });
        console.Profile.Width = width;
        return console;
    }
}
