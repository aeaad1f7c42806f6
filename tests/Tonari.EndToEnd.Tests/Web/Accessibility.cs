using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>Lets axe, the judge of accessibility that browsers' own tools use, look at a page as it is.</summary>
internal static class Accessibility
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>The serious and critical violations, each with the elements concerned; none where the page is good.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        // Evaluated from outside, which the page's content policy does not concern.
        await page.EvaluateAsync(Axe);
        var found = await page.EvaluateAsync<JsonElement>("async () => (await axe.run(document, { resultTypes: ['violations'] })).violations");
        return [.. found.EnumerateArray().Where(IsSerious).Select(Describe)];
    }

    private static bool IsSerious(JsonElement violation) => violation.GetProperty("impact").GetString() is "serious" or "critical";

    private static string Describe(JsonElement violation)
    {
        var where = violation.GetProperty("nodes").EnumerateArray().Take(3)
            .Select(node => $"{node.GetProperty("html").GetString()} ({node.GetProperty("failureSummary").GetString()?.ReplaceLineEndings(" ")})");
        return $"{violation.GetProperty("id").GetString()}: {violation.GetProperty("help").GetString()}: {string.Join("; ", where)}";
    }
}
