using System.Text;
using MudBlazor;

namespace Tonari.Web.Components.Layout;

/// <summary>
/// The look as a style sheet that holds light and dark at once, so that the first picture is right already: the system's preference decides, or
/// what the reader has chosen (<c>data-theme</c> of the page). MudBlazor would send one of them, and the other after the circuit has begun.
/// </summary>
internal sealed class ThemeText : MudThemeProvider
{
    /// <summary>The style sheet.</summary>
    public static string Css()
    {
        var dark = string.Concat(Variables(Look.Dark).Split('\n').Where(line => line.StartsWith("--mud-palette", StringComparison.Ordinal)));
        return $$"""
            :root { color-scheme: light dark; {{Variables(Look.Light)}} }
            :root[data-theme="light"] { color-scheme: light; }
            :root[data-theme="dark"] { color-scheme: dark; {{dark}} }
            @media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { {{dark}} } }
            """;
    }

    private static string Variables(MudTheme theme)
    {
        var text = new StringBuilder();
#pragma warning disable BL0005 // It is never rendered: only asked for its text.
        new ThemeText { Theme = theme }.GenerateTheme(text);
#pragma warning restore BL0005
        return text.ToString().ReplaceLineEndings("\n");
    }
}
