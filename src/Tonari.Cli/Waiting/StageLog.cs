using Tonari.Cli.Rendering;

namespace Tonari.Cli.Waiting;

/// <summary>The stages something went through, each with the time it took.</summary>
internal sealed class StageLog
{
    private readonly List<Stage> stages = [];

    public Stage? Current => stages.Count > 0 && stages[^1].EndedAt is null ? stages[^1] : null;

    /// <summary>Says which stage it is in. The same stage again changes nothing.</summary>
    /// <param name="name">The stage, in words.</param>
    /// <param name="startedAt">When it began, as the controller recorded it.</param>
    /// <returns>What there is to report: the stage that ended, the stage that began.</returns>
    public IReadOnlyList<Line> Enter(string name, DateTimeOffset startedAt)
    {
        if (Current?.Name == name)
        {
            return [];
        }

        var changes = End(startedAt);
        stages.Add(new Stage(name, startedAt, null));
        return [.. changes, new Line(name + " …")];
    }

    /// <summary>Ends the stage it is in, if any.</summary>
    public IReadOnlyList<Line> End(DateTimeOffset at)
    {
        if (Current is not { } current)
        {
            return [];
        }

        stages[^1] = current with { EndedAt = at };
        return [Done(stages[^1]).Indent(2)];
    }

    public IReadOnlyList<Line> Frame(DateTimeOffset now) =>
        [.. stages.Select(s => s.EndedAt is null
            ? new Line(new Span("▸ ", Tone.Warning), s.Name, new Span("  " + Format.Age(now - s.StartedAt), Tone.Muted))
            : new Line(new Span("✓ ", Tone.Good), s.Name, new Span("  " + Format.Duration(s.EndedAt.Value - s.StartedAt), Tone.Muted)))];

    private static Line Done(Stage stage) => new($"{stage.Name}: {Format.Duration(stage.EndedAt!.Value - stage.StartedAt)}");

    internal sealed record Stage(string Name, DateTimeOffset StartedAt, DateTimeOffset? EndedAt);
}
