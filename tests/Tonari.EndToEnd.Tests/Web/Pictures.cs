using Microsoft.Playwright;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>
/// Pictures of what the run passes by, for the documentation: taken with <c>WRITE_DOCS=yes</c> only, into <c>docs/images</c>, and made small.
/// </summary>
internal static class Pictures
{
    private const int TallestPixels = 1400;
    private const long LargestBytes = 120 << 10;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);
    private static readonly string Folder = Path.Combine(LabPaths.Repository, "docs", "images");

    /// <summary>Whether this run is asked to write into the documentation.</summary>
    public static bool Wanted { get; } = Environment.GetEnvironmentVariable("WRITE_DOCS") == "yes";

    /// <summary>Takes a picture of a page as it is now, from its top to its end; of a page with a dialog before it, what the window shows.</summary>
    /// <param name="session">The window.</param>
    /// <param name="name">What the picture is called.</param>
    public static async Task TakeAsync(WebSession session, string name)
    {
        if (!Wanted) return;
        Directory.CreateDirectory(Folder);
        var file = Path.Combine(Folder, name + ".png");
        var whole = await session.Page.GetByRole(AriaRole.Dialog).CountAsync() == 0;
        var height = whole ? await session.Page.EvaluateAsync<int>("() => { scrollTo(0, 0); return document.documentElement.scrollHeight; }") : session.Viewer.Height;
        await session.Page.ScreenshotAsync(new PageScreenshotOptions
        {
            Path = file,
            FullPage = whole,
            Clip = new Clip { X = 0, Y = 0, Width = session.Viewer.Width, Height = Math.Min(height, TallestPixels) },
            Animations = ScreenshotAnimations.Disabled,
            Style = ".mud-snackbar { display: none }", // what has just been said covers a corner for some seconds
        });
        (await ProgramRun.OfAsync("/usr/bin/pngquant", ["--force", "--strip", "--quality", "50-95", "--output", file, file], Limit, CancellationToken.None)).Succeeded();
        new FileInfo(file).Length.ShouldBeLessThanOrEqualTo(LargestBytes, name);
    }
}
