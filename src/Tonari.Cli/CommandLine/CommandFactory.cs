using System.CommandLine;

namespace Tonari.Cli.CommandLine;

/// <summary>Makes commands whose errors are told and whose exit codes are kept in one way.</summary>
internal sealed class CommandFactory(CliServices services, GlobalOptions globals)
{
    public CompletionSource Names { get; } = new(services, globals);

    /// <summary>A command that does something.</summary>
    /// <param name="name">Its word.</param>
    /// <param name="description">One line of what it does.</param>
    /// <param name="examples">Command lines as one would type them.</param>
    /// <param name="symbols">Its arguments and options, in the order of the help.</param>
    /// <param name="run">Returns an exit code or throws.</param>
    public ExampledCommand Action(
        string name, string description, IReadOnlyList<string> examples, IReadOnlyList<Symbol> symbols, Func<Invocation, CancellationToken, Task<int>> run)
    {
        var command = new ExampledCommand(name, description, examples);
        foreach (var symbol in symbols)
        {
            switch (symbol)
            {
                case Argument argument:
                    command.Add(argument);
                    break;
                case Option option:
                    command.Add(option);
                    break;
                default:
                    throw new ArgumentException($"{symbol.Name} is neither an argument nor an option.", nameof(symbols));
            }
        }

        command.SetAction((parsed, ct) => ErrorReporting.GuardAsync(new Invocation(services, globals, parsed), run, ct));
        return command;
    }

    /// <summary>A word that only holds other commands.</summary>
    public static Command Group(string name, string description, params IReadOnlyList<Command> commands)
    {
        var group = new Command(name, description);
        foreach (var command in commands)
        {
            group.Add(command);
        }

        return group;
    }
}
