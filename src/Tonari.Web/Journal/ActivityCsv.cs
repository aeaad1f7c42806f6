using System.Buffers;
using System.Globalization;
using System.Text;
using Tonari.Web.Views;

namespace Tonari.Web.Journal;

/// <summary>The activity as a table for spreadsheets (RFC 4180).</summary>
internal static class ActivityCsv
{
    /// <summary>Its media type.</summary>
    public const string MediaType = "text/csv; charset=utf-8; header=present";

    private static readonly SearchValues<char> Special = SearchValues.Create("\",\r\n;\t'");

    private static readonly string[] Columns =
        ["started", "finished", "by", "user", "kind", "outcome", "namespace", "name", "application", "operation", "downtimeMs", "wireBytes", "message"];

    /// <summary>All of it.</summary>
    public static string Of(IEnumerable<ActivityView> views)
    {
        var text = new StringBuilder();
        Line(text, Columns);
        foreach (var v in views)
        {
            Line(text, [
                Time(v.StartedAt), v.FinishedAt is { } end ? Time(end) : null, v.By.ToString(), v.User, v.Kind.ToString(), v.Outcome.ToString(), v.Namespace, v.Name,
                v.Application, v.Operation, v.DowntimeMs?.ToString(CultureInfo.InvariantCulture), v.WireBytes?.ToString(CultureInfo.InvariantCulture), v.Message]);
        }
        return text.ToString();
    }

    private static void Line(StringBuilder text, ReadOnlySpan<string?> cells)
    {
        for (var i = 0; i < cells.Length; i++)
            text.Append(i == 0 ? "" : ",").Append(Cell(cells[i] ?? ""));
        text.Append("\r\n");
    }

    // A spreadsheet computes what begins like a formula, also after spaces; an apostrophe makes it text. Names and messages are others' words.
    private static string Cell(string value)
    {
        if (value.TrimStart() is ['=' or '+' or '-' or '@' or '＝' or '＋' or '－' or '＠', ..] || value is ['\t' or '\r' or '\n', ..])
            value = "'" + value;
        return value.AsSpan().ContainsAny(Special) ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);
}
