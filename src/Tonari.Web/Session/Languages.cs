using System.Globalization;
using Microsoft.AspNetCore.Localization;
using Microsoft.Extensions.Primitives;

namespace Tonari.Web.Session;

/// <summary>The languages there are.</summary>
internal static class Languages
{
    /// <summary>Code and own name of each; the first is the one for everybody else.</summary>
    public static IReadOnlyList<(string Code, string Name)> All { get; } = [("en", "English"), ("ja", "日本語")];

    /// <summary>Code of the one that is spoken now. By name: without ICU a culture knows nothing else of itself.</summary>
    public static string Current => CultureInfo.CurrentUICulture.Name is { Length: > 0 } name ? name : All[0].Code;

    /// <summary>By cookie, else by what the browser asks for.</summary>
    public static void Configure(RequestLocalizationOptions options)
    {
        string[] codes = [.. All.Select(l => l.Code)];
        options.SetDefaultCulture(codes[0]).AddSupportedCultures(codes).AddSupportedUICultures(codes);
        options.RequestCultureProviders = [new CookieRequestCultureProvider(), new CustomRequestCultureProvider(AskedForAsync)];
        options.ApplyCurrentCultureToResponseHeaders = true;
    }

    // By the first part, "ja" of "ja-JP": without ICU no culture knows its parent.
    private static Task<ProviderCultureResult?> AskedForAsync(HttpContext context)
    {
        StringSegment[] asked = [.. context.Request.GetTypedHeaders().AcceptLanguage.OrderByDescending(l => l.Quality ?? 1)
            .Select(l => (StringSegment)l.Value.ToString().Split('-')[0])];
        return Task.FromResult(asked.Length == 0 ? null : new ProviderCultureResult(asked));
    }

    /// <summary><c>GET /language?to=ja&amp;back=/</c>: the switch.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/language", (HttpContext context, string? to, string? back) =>
    {
        if (All.Any(l => l.Code == to))
        {
            context.Response.Cookies.Append(
                CookieRequestCultureProvider.DefaultCookieName, CookieRequestCultureProvider.MakeCookieValue(new RequestCulture(to!)),
                new CookieOptions { HttpOnly = true, Secure = true, SameSite = SameSiteMode.Strict, MaxAge = TimeSpan.FromDays(365), IsEssential = true });
        }
        return Results.LocalRedirect(LocalPath.Of(back));
    }).ExcludeFromDescription();
}

/// <summary>Where to go after something, never to another host.</summary>
internal static class LocalPath
{
    /// <summary>The path, or the first page for anything that is none of ours.</summary>
    public static string Of(string? path) =>
        path is ['/', ..] and not ['/', '/' or '\\', ..] && !path.Any(char.IsControl) ? path : "/";
}
