namespace Tonari.Web.Session;

/// <summary>Light or dark, where the reader has chosen another than his system's. The cookie is written by tonari.js.</summary>
internal static class Themes
{
    private const string Cookie = "tonari-theme";

    /// <summary>What was chosen; null: as the system has it.</summary>
    public static string? Chosen(HttpContext? context) => context?.Request.Cookies[Cookie] is { } chosen and ("light" or "dark") ? chosen : null;
}
