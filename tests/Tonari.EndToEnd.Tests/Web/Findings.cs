using System.Collections.Concurrent;
using System.Globalization;
using Tonari.Lab;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>Figures of a run: in <c>artifacts/test/web</c>, and with <c>WRITE_DOCS=yes</c> in the documentation.</summary>
internal static class Findings
{
    private static readonly Lock Writing = new();
    private static readonly ConcurrentDictionary<string, SortedDictionary<string, string>> Tables = new();

    /// <summary>Notes a figure.</summary>
    /// <param name="table">Heading of the table it belongs to.</param>
    /// <param name="what">What was measured.</param>
    /// <param name="value">What it came to.</param>
    public static void Note(string table, string what, string value)
    {
        lock (Writing)
        {
            Tables.GetOrAdd(table, _ => new SortedDictionary<string, string>(StringComparer.Ordinal))[what] = value;
            var folder = Path.Combine([LabPaths.Repository, .. (IEnumerable<string>)(Pictures.Wanted ? ["docs"] : ["artifacts", "test", "web"])]);
            Directory.CreateDirectory(folder);
            File.WriteAllText(Path.Combine(folder, "measurements-web.md"), Render());
        }
    }

    /// <summary>A time as people read it.</summary>
    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.00} s");

    private static string Render() =>
        """
        # Measurements of the web interface

        Written by one run of the end-to-end tests that click (`WRITE_DOCS=yes`); nothing here is edited by hand. Two clusters, a PostgreSQL with its writer and
        the browsers share one small machine with two cores.


        """ + string.Join('\n', Tables.OrderBy(table => table.Key, StringComparer.Ordinal).SelectMany(table =>
        (string[])[$"## {table.Key}", "", "| what | measured |", "|---|---|", .. table.Value.Select(row => $"| {row.Key} | {row.Value} |"), ""]));
}
