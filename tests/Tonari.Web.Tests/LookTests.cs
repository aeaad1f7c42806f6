using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using MudBlazor;
using Tonari.Testing;
using Tonari.Web.Components.Layout;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Light and dark, and that both can be read.</summary>
public sealed partial class LookTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    public static TheoryData<bool, string, string> Pairs()
    {
        var pairs = new TheoryData<bool, string, string>();
        foreach (var dark in new[] { false, true })
        {
            foreach (var ground in new[] { "Surface", "Background" })
            {
                foreach (var letters in new[] { "TextPrimary", "TextSecondary", "Primary", "Success", "Warning", "Error" })
                    pairs.Add(dark, letters, ground);
            }
            foreach (var filled in new[] { "Primary", "Secondary", "Info", "Success", "Warning", "Error" })
                pairs.Add(dark, filled + "ContrastText", filled);
            pairs.Add(dark, "AppbarText", "AppbarBackground");
        }
        return pairs;
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public void Letters_stand_out_from_what_they_stand_on(bool dark, string letters, string ground)
    {
        var palette = (dark ? Look.Dark : Look.Light).PaletteLight;

        Contrast(Of(palette, letters), Of(palette, ground)).ShouldBeGreaterThanOrEqualTo(4.5);
    }

    [Theory]
    [InlineData(null, "")]
    [InlineData("dark", " data-theme=\"dark\"")]
    [InlineData("light", " data-theme=\"light\"")]
    [InlineData("\" onload=\"x", "")]
    public async Task The_first_picture_has_the_look_that_was_chosen(string? cookie, string attribute)
    {
        await using var web = await TestWeb.StartAsync(new FakeKubernetesApi(), new FakeTimeProvider(Shop.Now));
        var client = web.Client();
        if (cookie is not null)
            client.DefaultRequestHeaders.Add("Cookie", "tonari-theme=" + cookie);

        var page = await client.GetStringAsync("/signin", Ct);

        page.ShouldContain($"<html lang=\"en\"{attribute}>");
    }

    [Fact]
    public void The_style_sheet_holds_both_looks_and_nothing_but_colours_differs()
    {
        var css = ThemeText.Css();

        css.ShouldContain("@media (prefers-color-scheme: dark) { :root:not([data-theme=\"light\"]) { --mud-palette");
        Declarations().Matches(css[css.IndexOf(":root[data-theme=\"dark\"]", StringComparison.Ordinal)..]).Select(m => m.Groups[1].Value)
            .ShouldAllBe(name => name.StartsWith("--mud-palette", StringComparison.Ordinal) || name == "color-scheme");
        css.Count(c => c == '{').ShouldBe(css.Count(c => c == '}'));
    }

    private static MudBlazor.Utilities.MudColor Of(Palette palette, string name) =>
        (MudBlazor.Utilities.MudColor)typeof(Palette).GetProperty(name)!.GetValue(palette)!;

    // WCAG 2.2: relative luminance and contrast ratio.
    private static double Contrast(MudBlazor.Utilities.MudColor a, MudBlazor.Utilities.MudColor b)
    {
        var (x, y) = (Luminance(a), Luminance(b));
        return (Math.Max(x, y) + 0.05) / (Math.Min(x, y) + 0.05);
    }

    private static double Luminance(MudBlazor.Utilities.MudColor c) => 0.2126 * Linear(c.R) + 0.7152 * Linear(c.G) + 0.0722 * Linear(c.B);

    private static double Linear(byte channel)
    {
        var s = channel / 255.0;
        return s <= 0.04045 ? s / 12.92 : Math.Pow((s + 0.055) / 1.055, 2.4);
    }

    [GeneratedRegex(@"[{;]\s*([a-z-]+(?:-[a-z0-9-]+)*):")]
    private static partial Regex Declarations();
}
