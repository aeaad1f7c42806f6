using MudBlazor;

namespace Tonari.Web.Components.Layout;

/// <summary>Colours and letters. The letters are the ones the reader's machine has: nothing is fetched.</summary>
internal static class Look
{
    private static readonly string[] Letters = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans JP", "Hiragino Sans", "Yu Gothic UI", "sans-serif"];

    /// <summary>The one theme.</summary>
    public static MudTheme Theme { get; } = new()
    {
        PaletteLight = new PaletteLight
        {
            Primary = "#1f4e79",
            Secondary = "#b5482f",
            AppbarBackground = "#16324a",
            Background = "#f5f6f8",
            DrawerBackground = "#ffffff",
            Success = "#2e7d32",
            Warning = "#b26a00",
            Error = "#b3261e",
        },
        Typography = new Typography { Default = new DefaultTypography { FontFamily = Letters } },
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "6px" },
    };

    /// <summary>Colour of a health.</summary>
    public static Color ColorOf(Mirroring.MirrorHealth health) => health switch
    {
        Mirroring.MirrorHealth.Normal => Color.Success,
        Mirroring.MirrorHealth.Warning => Color.Warning,
        Mirroring.MirrorHealth.Critical => Color.Error,
        _ => Color.Default,
    };

    /// <summary>Colour of a protection.</summary>
    public static Color ColorOf(Views.Protection protection) => protection switch
    {
        Views.Protection.Protected => Color.Success,
        Views.Protection.Attention => Color.Warning,
        Views.Protection.AtRisk => Color.Error,
        _ => Color.Default,
    };
}
