using Microsoft.Playwright;
using Tonari.Lab;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>One person in front of one cluster's web interface. Counts what he clicks.</summary>
internal sealed class WebSession : IAsyncDisposable
{
    /// <summary>A bound on what a page does by itself, milliseconds.</summary>
    public const float Patience = 15_000;

    // When the page answers to clicks, by its own clock, milliseconds since it was asked for.
    private const string NoteWhenLive =
        """
        new MutationObserver((_, observer) => {
          if (!document.querySelector("[data-live=yes]")) return;
          window.liveAfter = performance.now();
          observer.disconnect();
        }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-live"] });
        """;

    private readonly IBrowserContext context;

    private WebSession(LabCluster cluster, Viewer viewer, IBrowserContext context, IPage page)
    {
        (Cluster, Viewer, Page) = (cluster, viewer, page);
        this.context = context;
        Words = new Words(viewer.Language);
        Watch = new PageWatch(page, cluster.WebAddress);
    }

    /// <summary>Whose interface it is.</summary>
    public LabCluster Cluster { get; }

    public Viewer Viewer { get; }

    public IPage Page { get; }

    /// <summary>The words on its pages.</summary>
    public Words Words { get; }

    public PageWatch Watch { get; }

    /// <summary>Clicks since the last <see cref="CountFromHere"/>.</summary>
    public int Clicks { get; private set; }

    /// <summary>Opens a window; nothing is shown in it yet.</summary>
    public static async Task<WebSession> OpenAsync(WebBrowser browser, LabCluster cluster, Viewer viewer)
    {
        var context = await browser.Browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = cluster.WebAddress.ToString(),
            Locale = viewer.Language == "ja" ? "ja-JP" : "en-GB",
            TimezoneId = viewer.Zone,
            ColorScheme = viewer.Dark ? ColorScheme.Dark : ColorScheme.Light,
            ReducedMotion = ReducedMotion.Reduce,
            ViewportSize = new ViewportSize { Width = viewer.Width, Height = viewer.Height },
        });
        context.SetDefaultTimeout(Patience);
        await context.AddInitScriptAsync(NoteWhenLive);
        return new WebSession(cluster, viewer, context, await context.NewPageAsync());
    }

    /// <summary>Signs in with a token and stands before the first page.</summary>
    public async Task SignInAsync(string token)
    {
        await Page.GotoAsync("/");
        await Page.GetByLabel(Words["SignIn.Token"]).FillAsync(token);
        await Page.GetByRole(AriaRole.Button, new() { Name = Words["SignIn.Button"], Exact = true }).ClickAsync();
        await LiveAsync();
    }

    /// <summary>Goes to a page by its address and waits until it is live.</summary>
    public async Task GoAsync(string address)
    {
        await Page.GotoAsync("/" + address);
        await LiveAsync();
    }

    /// <summary>Begins to count clicks anew: here a workflow starts.</summary>
    public void CountFromHere() => Clicks = 0;

    /// <summary>Clicks on something, as soon as it can be clicked on.</summary>
    public async Task ClickAsync(ILocator what)
    {
        await what.ClickAsync();
        Clicks++;
    }

    /// <summary>Clicks on a button with a text.</summary>
    public Task ClickAsync(string button, params object[] blanks) => ClickAsync(Button(button, blanks));

    /// <summary>Clicks on a link with a text.</summary>
    public Task FollowAsync(string link, params object[] blanks) => ClickAsync(Page.GetByRole(AriaRole.Link, new() { Name = Words[link, blanks], Exact = true }).First);

    /// <summary>A button by its text's name.</summary>
    public ILocator Button(string name, params object[] blanks) => Page.GetByRole(AriaRole.Button, new() { Name = Words[name, blanks], Exact = true });

    /// <summary>The page's heading.</summary>
    public ILocator Heading => Page.GetByRole(AriaRole.Heading, new() { Level = 1 });

    /// <summary>Waits until something is shown.</summary>
    /// <param name="what">What.</param>
    /// <param name="within">The deadline.</param>
    public static Task ShowsAsync(ILocator what, TimeSpan within) =>
        Assertions.Expect(what).ToBeVisibleAsync(new() { Timeout = (float)within.TotalMilliseconds });

    /// <summary>Waits until the page answers to clicks: what is sent first only shows.</summary>
    public Task LiveAsync() => Assertions.Expect(Page.Locator("[data-live=yes]")).ToBeAttachedAsync(new() { Timeout = Patience });

    /// <summary>When the page's content first showed a text, by this machine's clock to some 30 ms.</summary>
    /// <exception cref="TimeoutException">It did not within the limit.</exception>
    public async Task<DateTimeOffset> SeenAtAsync(string text, TimeSpan within)
    {
        const string Look =
            """
            ([text, limit]) => new Promise(done => {
              const end = Date.now() + limit;
              const look = () => document.querySelector("main").innerText.includes(text) ? done(Date.now()) : Date.now() > end ? done(0) : setTimeout(look, 30);
              look();
            })
            """;
        var at = await Page.EvaluateAsync<double>(Look, new object[] { text, within.TotalMilliseconds });
        return at > 0
            ? DateTimeOffset.FromUnixTimeMilliseconds((long)at)
            : throw new TimeoutException($"{Cluster.Name} did not show \"{text}\" within {within.TotalSeconds:0} s.");
    }

    /// <summary>From asking for the page to its first content, and to its answering to clicks.</summary>
    public async Task<(TimeSpan Shown, TimeSpan Live)> TimesAsync()
    {
        var times = await Page.EvaluateAsync<double[]>("() => [performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? window.liveAfter, window.liveAfter]");
        return (TimeSpan.FromMilliseconds(times[0]), TimeSpan.FromMilliseconds(times[1]));
    }

    /// <summary>Saves what is to be seen and what was heard.</summary>
    public async Task SaveEvidenceAsync(string folder, string name)
    {
        Directory.CreateDirectory(folder);
        var file = Path.Combine(folder, name);
        await File.WriteAllLinesAsync(file + ".console.txt", [Page.Url, .. Watch.Said]);
        await Page.ScreenshotAsync(new PageScreenshotOptions { Path = file + ".png", FullPage = true, Timeout = Patience });
        await File.WriteAllTextAsync(file + ".txt", await Page.Locator("body").InnerTextAsync());
        await File.WriteAllTextAsync(file + ".html", await Page.ContentAsync());
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await context.DisposeAsync();
}
