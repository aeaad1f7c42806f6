using System.Text.RegularExpressions;

namespace Tonari.Cli.CommandLine;

/// <summary>What was typed, told back: short, and without what a terminal would act on.</summary>
internal static partial class Repeated
{
    private const int LongestMessage = 400;

    /// <summary>A message of one line that may repeat anything.</summary>
    public static string Plain(string message)
    {
        var line = LongWord().Replace(string.Concat(message.Select(c => char.IsControl(c) ? '?' : c)), "$1…");
        return line.Length > LongestMessage ? line[..LongestMessage] + "…" : line;
    }

    // Longer than a name; of a pairing token no more than where it leads to.
    [GeneratedRegex(@"(\S{64})\S+")]
    private static partial Regex LongWord();
}
