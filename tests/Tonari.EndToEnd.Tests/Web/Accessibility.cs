using System.Text.Json;
using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>Lets axe, the judge of accessibility that browsers' own tools use, look at a page as it is.</summary>
internal static class Accessibility
{
    /// <summary>
    /// Axe reads colours at one moment and whether a button is enabled at another, and a button that has just been enabled keeps its colours for a frame: a page in
    /// which a button changed meanwhile is judged again.
    /// </summary>
    private const string Judgement = """
        async () => {
            const frame = () => new Promise(resolve => requestAnimationFrame(resolve));
            for (let attempt = 0; attempt < 10; attempt++) {
                let changed = false;
                const observer = new MutationObserver(() => changed = true);
                observer.observe(document, { subtree: true, attributeFilter: ['disabled', 'aria-disabled'] });
                await frame();
                await frame();
                const { violations } = await axe.run(document, { resultTypes: ['violations'] });
                observer.disconnect();
                if (!changed) return violations;
            }
            throw new Error('The page does not come to rest.');
        }
        """;

    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();

    /// <summary>The serious and critical violations, each with the elements concerned; none where the page is good.</summary>
    public static async Task<IReadOnlyList<string>> ViolationsAsync(IPage page)
    {
        await Assertions.Expect(page.Locator("[aria-busy=true]")).ToHaveCountAsync(0);
        // Evaluated from outside, which the page's content policy does not concern.
        await page.EvaluateAsync(Axe);
        var found = await page.EvaluateAsync<JsonElement>(Judgement);
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
