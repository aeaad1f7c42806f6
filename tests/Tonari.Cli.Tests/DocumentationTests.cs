using System.CommandLine;
using System.Globalization;
using System.Text;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Tests.Fixtures;
using Tonari.Kubernetes;

namespace Tonari.Cli.Tests;

/// <summary><c>docs/cli.md</c> is made from the commands themselves.</summary>
public sealed class DocumentationTests
{
    private const string Introduction = """
        # The command line: `tonari`

        <!-- Made from the commands by DocumentationTests; TONARI_REGENERATE=1 writes it anew. -->

        Everything `tonari` does goes through the Kubernetes API: it writes the `spec` of Tonari's resources (and the Secrets of a pairing) and reads
        their `status`. `kubectl` and a GitOps tool can do the same. It needs no access but yours. Linked or copied as `kubectl-tonari` it is also
        `kubectl tonari`.

        The cluster is chosen as with kubectl: `--kubeconfig`, `--context`, `KUBECONFIG`. A context's cluster and user must be in the same file as the context.

        What takes time is waited for, with its stages, rates and time left; on anything but a terminal a line is printed per change. Ctrl-C and `--timeout` end the
        waiting, never what was asked for. With `-o json`, `yaml` or `name` the output holds the resources as the API has them and progress goes to the error stream.

        ## Exit codes

        | code | meaning |
        |---|---|
        | 0 | done |
        | 1 | failed |
        | 2 | the command line is wrong |
        | 3 | refused by a precondition or preflight check; what was refused was not done |
        | 4 | not confirmed; nothing was changed |
        | 5 | timed out; what was asked for goes on |
        | 130 | Ctrl-C; what was asked for goes on |


        """;

    [Fact]
    public void The_documentation_says_what_the_commands_say() =>
        Golden.FileMatches(Path.Combine(Golden.Root(), "docs", "cli.md"), Write(CliHost.CreateRoot(Nothing)));

    [Fact]
    public void Every_command_has_an_example_that_parses()
    {
        var root = CliHost.CreateRoot(Nothing);
        foreach (var command in Leaves(root))
        {
            foreach (var example in ExampledCommand.ExamplesOf(command).Where(e => e.StartsWith("tonari ", StringComparison.Ordinal)))
            {
                var line = example.Split(['|', '<', '>'])[0].Trim()["tonari ".Length..];
                var parsed = root.Parse(line.Replace("TOKEN", "-", StringComparison.Ordinal));
                parsed.Errors.ShouldBeEmpty(example);
                parsed.CommandResult.Command.ShouldBeSameAs(command, example);
            }
        }
    }

    private static readonly CliServices Nothing = new(
        _ => throw new InvalidOperationException(), _ => throw new InvalidOperationException(), TimeProvider.System, new SystemRandomness());

    private static string Write(RootCommand root)
    {
        var text = new StringBuilder(Introduction.ReplaceLineEndings("\n"));
        text.Append("## Options of every command\n\n");
        Options(text, root.Options);
        foreach (var group in root.Subcommands)
        {
            text.Append(CultureInfo.InvariantCulture, $"## `tonari {group.Name}`\n\n{group.Description}.\n\n");
            if (group.Subcommands.Count == 0)
            {
                Details(text, group);
            }

            foreach (var command in group.Subcommands)
            {
                text.Append(CultureInfo.InvariantCulture, $"### `{Usage(command)}`\n\n{command.Description}.\n\n");
                Details(text, command);
            }
        }

        return text.ToString().TrimEnd() + "\n";
    }

    private static string Usage(Command command) =>
        string.Join(' ', command.Arguments.Select(a => a.Arity.MinimumNumberOfValues == 0 ? $"[{a.Name}]" : a.Name).Prepend(CliHost.Path(command)));

    private static void Details(StringBuilder text, Command command)
    {
        foreach (var argument in command.Arguments)
        {
            text.Append(CultureInfo.InvariantCulture, $"- `{argument.Name}`: {argument.Description}\n");
        }

        text.Append(command.Arguments.Count > 0 ? "\n" : "");
        Options(text, command.Options);
        text.Append("```sh\n").AppendJoin('\n', ExampledCommand.ExamplesOf(command)).Append("\n```\n\n");
    }

    private static void Options(StringBuilder text, IEnumerable<Option> options)
    {
        var listed = options.ToList();
        if (listed.Count == 0)
        {
            return;
        }

        text.Append("| option | meaning |\n|---|---|\n");
        foreach (var option in listed)
        {
            var names = string.Join(", ", option.Aliases.Where(a => a.StartsWith('-')).Prepend(option.Name).Order(StringComparer.Ordinal).Reverse());
            var value = option.HelpName is { } help ? " " + help : "";
            text.Append(CultureInfo.InvariantCulture, $"| `{names}{value}` | {option.Description}{(option.Required ? " (required)" : "")} |\n");
        }

        text.Append('\n');
    }

    private static IEnumerable<Command> Leaves(Command command) =>
        command.Subcommands.Count == 0 ? [command] : command.Subcommands.SelectMany(Leaves);
}
