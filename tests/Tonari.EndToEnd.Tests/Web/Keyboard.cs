using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>A person without a mouse: goes through a page with the tabulator and presses Enter.</summary>
internal sealed class Keyboard(IPage page)
{
    private const int MostStops = 80;
    private readonly List<string> unseen = [];

    /// <summary>Stops of the focus that nothing showed.</summary>
    public IReadOnlyList<string> Unseen => unseen;

    /// <summary>Goes to something and presses Enter.</summary>
    public async Task PressAsync(ILocator what)
    {
        await Assertions.Expect(what).ToBeEnabledAsync(new() { Timeout = WebSession.Patience });
        for (var stop = 0; stop < MostStops; stop++)
        {
            if (await what.EvaluateAsync<bool>("element => element === document.activeElement"))
            {
                await page.Keyboard.PressAsync("Enter");
                return;
            }

            await page.Keyboard.PressAsync("Tab");
            await LookAsync();
        }

        throw new InvalidOperationException($"The tabulator does not lead to {what} within {MostStops} stops.");
    }

    // A ring, a shadow or another ground: something must tell the stop from its neighbours.
    private async Task LookAsync()
    {
        var hidden = await page.EvaluateAsync<string?>(
            """
            async () => {
              await new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn))); // a ring may take a moment to grow
              const at = document.activeElement;
              if (!at || at === document.body) return null;
              const style = getComputedStyle(at);
              const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
              return ring || style.boxShadow !== "none" ? null : at.outerHTML.slice(0, 160);
            }
            """);
        if (hidden is not null) unseen.Add(hidden);
    }
}
