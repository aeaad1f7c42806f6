using System.Text.RegularExpressions;

namespace Tonari.Lab.Postgres;

/// <summary>Reads a server's log for signs that what it started from was not whole.</summary>
public static partial class PostgresLog
{
    /// <summary>The lines that a healthy start and a healthy life do not have.</summary>
    /// <param name="log">Of a server since its start.</param>
    /// <param name="writesRefused">Its disk had refused writes before. Then the last record of the write-ahead log, whose commit nobody was told of, may be there in part, and
    /// recovery ends before it; in a snapshot, taken between writes, it may not.</param>
    public static IReadOnlyList<string> Troubles(string log, bool writesRefused = false)
    {
        var lines = log.Split('\n').Where(line => !Harmless().IsMatch(line)).ToList();
        return [.. lines.Where((line, i) => Trouble().IsMatch(line) && !(writesRefused && EndsRecovery(line, lines.ElementAtOrDefault(i + 1))))];
    }

    private static bool EndsRecovery(string line, string? next) =>
        line.Contains("LOG:  incorrect resource manager data checksum in record at", StringComparison.Ordinal)
        && next?.Contains("LOG:  redo done at", StringComparison.Ordinal) == true;

    // What recovery, checksums and missing files say when bytes are wrong.
    [GeneratedRegex(
        @"PANIC:|FATAL:|invalid page|page verification failed|checksum|could not (read|open|access|find|locate|fsync|write)|corrupt"
        + @"|unexpected (zero|pageaddr|data beyond EOF)|missing chunk|incomplete (startup|backup)|requested WAL segment|was terminated by signal",
        RegexOptions.IgnoreCase)]
    private static partial Regex Trouble();

    // Clients that come too early, are sent away by a shutdown, or mistype; and what initdb says about its settings.
    [GeneratedRegex(
        @"the database system is (starting up|shutting down|not yet accepting connections)|terminating connection due to administrator command"
        + @"|Data page checksums are enabled|connection to client lost|canceling authentication|(role|database) "".*"" does not exist|password authentication failed",
        RegexOptions.IgnoreCase)]
    private static partial Regex Harmless();
}
