using System.CommandLine;

namespace Tonari.Cli.CommandLine;

/// <summary>A command with examples, which its help and the documentation show.</summary>
internal sealed class ExampledCommand(string name, string description, params IReadOnlyList<string> examples) : Command(name, description)
{
    private readonly IReadOnlyList<string> examples = examples;

    /// <summary>A command's examples; for one that only holds others, the first of each.</summary>
    public static IReadOnlyList<string> ExamplesOf(Command command) => command is ExampledCommand own
        ? own.examples
        : [.. command.Subcommands.Select(sub => ExamplesOf(sub)[0])];
}
