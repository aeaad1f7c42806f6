using MudBlazor;
using Tonari.Mirroring;
using Tonari.Web.Views;

namespace Tonari.Web.Components.Layout;

/// <summary>How good or bad something is, as a colour. Never by the colour alone: a word stands beside it.</summary>
public enum Tone
{
    /// <summary>Neither good nor bad.</summary>
    Calm,

    /// <summary>As wanted.</summary>
    Good,

    /// <summary>To be looked after.</summary>
    Warn,

    /// <summary>To be looked after now.</summary>
    Bad,
}

/// <summary>Colours and letters. The letters are the ones the reader's machine has: nothing is fetched.</summary>
internal static class Look
{
    private static readonly string[] Letters = ["system-ui", "-apple-system", "Segoe UI", "Noto Sans", "Noto Sans JP", "Noto Sans CJK JP", "Hiragino Sans", "Yu Gothic UI", "sans-serif"];

    /// <summary>By day. Every colour of letters has a contrast of at least 4.5 to what it stands on.</summary>
    public static MudTheme Light { get; } = ThemeOf(new PaletteLight
    {
        Primary = "#1f5a8c",
        PrimaryContrastText = "#ffffff",
        Secondary = "#a8452e",
        SecondaryContrastText = "#ffffff",
        Info = "#1f5a8c",
        InfoContrastText = "#ffffff",
        Success = "#1d6f42",
        SuccessContrastText = "#ffffff",
        Warning = "#8a5200",
        WarningContrastText = "#ffffff",
        Error = "#b3261e",
        ErrorContrastText = "#ffffff",
        Dark = "#3d4b57",
        TextPrimary = "#17232e",
        TextSecondary = "#506070",
        TextDisabled = "#6b7884",
        ActionDefault = "#4a5a68",
        ActionDisabled = "#6b7884",
        ActionDisabledBackground = "#e7ebef",
        Background = "#f5f7f9",
        BackgroundGray = "#edf1f4",
        Surface = "#ffffff",
        AppbarBackground = "#132c42",
        AppbarText = "#ffffff",
        DrawerBackground = "#f5f7f9",
        DrawerText = "#17232e",
        DrawerIcon = "#506070",
        LinesDefault = "#dfe5ea",
        LinesInputs = "#8593a0",
        TableLines = "#e3e8ec",
        TableHover = "#f3f6f9",
        TableStriped = "#f8fafb",
        Divider = "#dfe5ea",
        DividerLight = "#e9edf1",
    });

    /// <summary>By night.</summary>
    public static MudTheme Dark { get; } = ThemeOf(new PaletteLight
    {
        Black = "#0b1117",
        Primary = "#86bdec",
        PrimaryContrastText = "#0c1a26",
        Secondary = "#eea48f",
        SecondaryContrastText = "#2a120b",
        Info = "#86bdec",
        InfoContrastText = "#0c1a26",
        Success = "#74cb97",
        SuccessContrastText = "#0a1c12",
        Warning = "#e8b661",
        WarningContrastText = "#231803",
        Error = "#f59a91",
        ErrorContrastText = "#2b0b08",
        Dark = "#c3ced8",
        DarkContrastText = "#0c1319",
        TextPrimary = "#e5ebf0",
        TextSecondary = "#a9b7c4",
        TextDisabled = "#8b99a6",
        ActionDefault = "#b4c1cd",
        ActionDisabled = "#8b99a6",
        ActionDisabledBackground = "#25313c",
        Background = "#0f161d",
        BackgroundGray = "#141d26",
        Surface = "#18222c",
        AppbarBackground = "#0b1b2a",
        AppbarText = "#f2f6f9",
        DrawerBackground = "#0f161d",
        DrawerText = "#e5ebf0",
        DrawerIcon = "#a9b7c4",
        LinesDefault = "#2b3844",
        LinesInputs = "#6f7f8d",
        TableLines = "#2b3844",
        TableHover = "#1e2a35",
        TableStriped = "#1b2630",
        Divider = "#2b3844",
        DividerLight = "#25313c",
        Skeleton = "#2b3844",
        GrayDefault = "#8b99a6",
        GrayLight = "#3a4855",
        GrayLighter = "#2b3844",
        GrayDark = "#a9b7c4",
        GrayDarker = "#c3ced8",
        OverlayDark = "rgba(0, 0, 0, 0.6)",
    });

    /// <summary>Tone of a health.</summary>
    public static Tone ToneOf(MirrorHealth health) => health switch
    {
        MirrorHealth.Normal => Tone.Good,
        MirrorHealth.Warning => Tone.Warn,
        MirrorHealth.Critical => Tone.Bad,
        _ => Tone.Calm,
    };

    /// <summary>Tone of a protection.</summary>
    public static Tone ToneOf(Protection protection) => protection switch
    {
        Protection.Protected => Tone.Good,
        Protection.Attention => Tone.Warn,
        Protection.AtRisk => Tone.Bad,
        _ => Tone.Calm,
    };

    private static MudTheme ThemeOf(PaletteLight colours)
    {
        var theme = new MudTheme
        {
            PaletteLight = colours,
            LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px" },
            Typography = new Typography
            {
                Default = new DefaultTypography { FontFamily = Letters, FontSize = ".9375rem", LineHeight = "1.5", LetterSpacing = "normal" },
                H5 = new H5Typography { FontFamily = Letters, FontSize = "1.625rem", FontWeight = "650", LineHeight = "1.25", LetterSpacing = "-.01em" },
                H6 = new H6Typography { FontFamily = Letters, FontSize = "1.0625rem", FontWeight = "650", LineHeight = "1.4", LetterSpacing = "normal" },
                Body1 = new Body1Typography { FontFamily = Letters, FontSize = ".9375rem", LineHeight = "1.55", LetterSpacing = "normal" },
                Body2 = new Body2Typography { FontFamily = Letters, FontSize = ".875rem", LineHeight = "1.5", LetterSpacing = "normal" },
                Button = new ButtonTypography { FontFamily = Letters, FontSize = ".875rem", FontWeight = "600", TextTransform = "none", LetterSpacing = "normal" },
            },
        };
        theme.Shadows.Elevation[1] = "0 0 0 1px var(--mud-palette-lines-default), 0 1px 3px rgba(10, 25, 40, .05)";
        return theme;
    }
}
