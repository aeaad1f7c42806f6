using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Globalization;
using Tonari.Cli.CommandLine;
using Tonari.Cli.Commands;

namespace Tonari.Cli;

/// <summary>The whole command line.</summary>
internal static class CliHost
{
    /// <summary>What a shell begins with when it asks what can follow; a number and a bracket come after it.</summary>
    private const string Suggest = "[suggest:";

    public static RootCommand CreateRoot(CliServices services)
    {
        var globals = new GlobalOptions();
        var factory = new CommandFactory(services, globals);
        var root = new RootCommand("Tonari keeps stateful applications replicated to the neighbouring cluster, fails them over and brings them home.")
        {
            AppCommands.Create(factory),
            PeerCommands.Create(factory),
            PoolCommands.Create(factory),
            MirrorCommands.Create(factory),
            SnapshotCommands.Create(factory),
            HookCommands.Create(factory),
            CompletionCommand.Create(factory),
            VersionCommand.Create(factory),
        };
        foreach (var option in globals.All)
        {
            root.Add(option);
        }

        foreach (var option in root.Options)
        {
            if (option is HelpOption { Action: HelpAction help })
            {
                option.Action = new HelpWithExamples(help);
            }
        }

        return root;
    }

    /// <summary>Parses and runs a command line.</summary>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(CliServices services, IReadOnlyList<string> args, TextWriter output, TextWriter error, CancellationToken ct)
    {
        if (args is [var first, ..] && first.StartsWith(Suggest, StringComparison.Ordinal) && !int.TryParse(first[Suggest.Length..].TrimEnd(']'), NumberStyles.None, null, out _))
        {
            await error.WriteLineAsync($"Error: {Repeated.Plain(first)} names no place in a command line.");
            return ExitCode.Usage;
        }

        // A value that begins with @ is a value, not the name of a file to read more of them from.
        var parsed = CreateRoot(services).Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        var flags = FlagValues.Wrong(parsed.CommandResult.Command, args).ToList();
        if (flags.Count > 0 || parsed.Action is ParseErrorAction)
        {
            foreach (var problem in (flags.Count > 0 ? flags : parsed.Errors.Select(e => e.Message)).Select(Repeated.Plain).Distinct())
            {
                await error.WriteLineAsync($"Error: {problem}");
            }

            await error.WriteLineAsync($"See: {Path(parsed.CommandResult.Command)} --help");
            return ExitCode.Usage;
        }

        // The library turns Ctrl-C into a cancellation and waits this long for the command to say good-bye.
        var configuration = new InvocationConfiguration
        {
            EnableDefaultExceptionHandler = false,
            ProcessTerminationTimeout = TimeSpan.FromSeconds(5),
            Output = output,
            Error = error,
        };
        return await parsed.InvokeAsync(configuration, ct);
    }

    /// <summary>A command's words from the program's name on.</summary>
    public static string Path(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent
        ? $"{Path(parent)} {command.Name}"
        : "tonari";
}
