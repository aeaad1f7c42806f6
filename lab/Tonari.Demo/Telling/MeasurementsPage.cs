using System.Globalization;
using System.Text;

namespace Tonari.Demo.Telling;

/// <summary>docs/measurements.md.</summary>
internal static class MeasurementsPage
{
    public static string Render(Findings findings, IReadOnlyList<(string What, string Value)> machine, DateTimeOffset at)
    {
        var page = new StringBuilder();
        page.Append(CultureInfo.InvariantCulture, $"""
            # Measurements

            Written by one run of `make demo WRITE_DOCS=yes` on {at:yyyy-MM-dd}; nothing here is edited by hand. Both clusters share one small machine, so
            times are those of a crowded laptop rather than of two data centres. The figures of others are their own, on their own machines, and stand
            there for scale only.

            ## What Tonari must reach

            | what | must reach | measured | | peers, for scale |
            |---|---|---|---|---|

            """);
        foreach (var bar in findings.Bars)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {bar.What} | {bar.Limit} | **{bar.Value}** | {(bar.Met ? "reached" : "missed")} | {bar.Peers} |\n");
        }

        page.Append("""

            ## The demo, step by step

            "Application away" is the longest time without an acknowledged commit that a client saw around the step.

            | step | took | application away | travelled | check |
            |---|---|---|---|---|

            """);
        foreach (var step in findings.Steps)
        {
            var downtime = step.Downtime is { } away ? Format.Seconds(away) : "";
            var bytes = step.Bytes is { } travelled ? Format.Bytes(travelled) : "";
            page.Append(CultureInfo.InvariantCulture, $"| {step.Name} | {Format.Seconds(step.Took)} | {downtime} | {bytes} | {(step.Good ? "passed" : "FAILED")}: {step.Check} |\n");
        }

        Pairs(page, "Further figures", findings.Notes);
        Pairs(page, "The machine", machine);
        return page.ToString();
    }

    private static void Pairs(StringBuilder page, string heading, IEnumerable<(string What, string Value)> pairs)
    {
        page.Append(CultureInfo.InvariantCulture, $"\n## {heading}\n\n| | |\n|---|---|\n");
        foreach (var (what, value) in pairs)
        {
            page.Append(CultureInfo.InvariantCulture, $"| {what} | {value} |\n");
        }
    }
}
