using System.Globalization;
using System.Net;
using Microsoft.AspNetCore.Localization;
using Microsoft.Extensions.Localization;
using Tonari.Web.Assets;
using Tonari.Web.Resources;

namespace Tonari.Web.Hosting;

/// <summary>What somebody sees in a browser when a page cannot be made at all: the same in his language, and a way back.</summary>
internal static class BrokenPage
{
    /// <summary>Whether the answer goes to somebody who looks at pages, not to a program.</summary>
    public static bool IsFor(HttpRequest request) =>
        !request.Path.StartsWithSegments("/api") && request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase);

    /// <summary>Writes it; the status is set already.</summary>
    public static async Task WriteAsync(HttpContext context, string? reason, CancellationToken ct)
    {
        // What chose the language has ended with the page; its choice is still there.
        if (context.Features.Get<IRequestCultureFeature>() is { } chosen)
            CultureInfo.CurrentUICulture = chosen.RequestCulture.UICulture;
        var texts = context.RequestServices.GetRequiredService<IStringLocalizer<Texts>>();
        var (said, back) = (WebUtility.HtmlEncode(reason ?? texts["Broken"].Value), WebUtility.HtmlEncode(texts["Nav.Home"].Value));
        context.Response.ContentType = "text/html; charset=utf-8";
        await context.Response.WriteAsync($"""
            <!DOCTYPE html>
            <html lang="{CultureInfo.CurrentUICulture.Name}">
            <head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Tonari</title>
            <link rel="stylesheet" href="/{AssetFiles.PathOf("theme.css")}"><link rel="stylesheet" href="/{AssetFiles.PathOf("tonari.css")}"></head>
            <body><main style="max-width: 34rem; margin: 12vh auto; padding: 0 1.2rem"><h1>隣 Tonari</h1><p role="alert">{said}</p><p><a href="/">{back}</a></p></main></body>
            </html>
            """, ct);
    }
}
