using System.CommandLine;

namespace Tonari.Cli.CommandLine;

/// <summary>
/// What is given to flags, as in <c>--yes=false</c>. The library takes what is neither true nor false for the next argument: <c>delete --yes=no</c> would
/// delete what is named <c>no</c>.
/// </summary>
internal static class FlagValues
{
    /// <summary>A sentence for each flag that is given something else.</summary>
    public static IEnumerable<string> Wrong(Command command, IEnumerable<string> args)
    {
        var flags = ((Command[])[command, Root(command)]).SelectMany(c => c.Options).OfType<Option<bool>>()
            .SelectMany(flag => flag.Aliases.Append(flag.Name)).ToHashSet(StringComparer.Ordinal);
        foreach (var arg in args.TakeWhile(arg => arg != "--"))
        {
            var end = arg.IndexOfAny(['=', ':']);
            if (end > 0 && flags.Contains(arg[..end]) && !bool.TryParse(arg[(end + 1)..], out _))
            {
                yield return $"{arg[..end]}: '{arg[(end + 1)..]}' is neither true nor false. The option alone means true.";
            }
        }
    }

    private static Command Root(Command command) => command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? Root(parent) : command;
}
