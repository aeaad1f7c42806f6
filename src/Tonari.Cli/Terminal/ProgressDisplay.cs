using Spectre.Console;
using Tonari.Cli.Rendering;

namespace Tonari.Cli.Terminal;

/// <summary>What there is to show at one moment.</summary>
/// <param name="Frame">The whole picture, for a terminal.</param>
/// <param name="Changes">What is new since the last moment, for anything else.</param>
internal sealed record ProgressMoment(IReadOnlyList<Line> Frame, IReadOnlyList<Line> Changes);

/// <summary>Shows how something goes on.</summary>
internal interface IProgressDisplay
{
    public void Show(ProgressMoment moment);
}

/// <summary>One line per change.</summary>
internal sealed class PlainProgressDisplay(Action<Line> write) : IProgressDisplay
{
    public void Show(ProgressMoment moment)
    {
        foreach (var line in moment.Changes)
        {
            write(line);
        }
    }
}

/// <summary>Redraws the frame in place.</summary>
internal sealed class LiveProgressDisplay(LiveDisplayContext context) : IProgressDisplay
{
    public void Show(ProgressMoment moment)
    {
        context.UpdateTarget(new Paragraphs(moment.Frame));
        context.Refresh();
    }
}
