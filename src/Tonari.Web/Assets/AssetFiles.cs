using System.Collections.Frozen;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using Tonari.Web.Components.Layout;

namespace Tonari.Web.Assets;

/// <summary>
/// Style sheets, scripts and the icon, from the assembly itself; <c>theme.css</c> is made of <see cref="Look"/>. Their addresses hold a digest of their content, so browsers keep them for good.
/// </summary>
internal static class AssetFiles
{
    private const string Prefix = "asset:";

    private static readonly FrozenDictionary<string, Lazy<Asset>> All = new Dictionary<string, string>
    {
        ["theme.css"] = "text/css",
        ["layout.css"] = "text/css",
        ["overview.css"] = "text/css",
        ["tonari.css"] = "text/css",
        ["tonari.js"] = "text/javascript",
        ["replication.css"] = "text/css",
        ["tonari.svg"] = "image/svg+xml",
        ["mudblazor.css"] = "text/css",
        ["mudblazor.js"] = "text/javascript",
        ["blazor.web.js"] = "text/javascript",
    }.ToFrozenDictionary(file => file.Key, file => new Lazy<Asset>(() => Read(file.Key, file.Value)));

    /// <summary>Address of a file, relative to the first page.</summary>
    public static string PathOf(string name) => $"assets/{All[name].Value.Digest}/{name}";

    /// <summary>Maps them; anybody may have them.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/assets/{digest}/{name}", async (HttpContext context, string digest, string name, CancellationToken ct) =>
    {
        if (!All.TryGetValue(name, out var found) || found.Value is not { } asset || asset.Digest != digest)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        context.Response.ContentType = asset.ContentType;
        context.Response.Headers.CacheControl = "public, max-age=31536000, immutable";
        context.Response.Headers.Vary = "Accept-Encoding";
        if (context.Request.Headers.AcceptEncoding.ToString().Contains("gzip", StringComparison.OrdinalIgnoreCase))
        {
            context.Response.Headers.ContentEncoding = "gzip";
            context.Response.ContentLength = asset.Compressed.Length;
            await context.Response.Body.WriteAsync(asset.Compressed, ct);
            return;
        }
        await using var plain = new GZipStream(new MemoryStream(asset.Compressed), CompressionMode.Decompress);
        await plain.CopyToAsync(context.Response.Body, ct);
    }).AllowAnonymous().ExcludeFromDescription();

    // Kept compressed alone: about 150 KiB instead of 1 MiB.
    private static Asset Read(string name, string contentType)
    {
        using var source = name == "theme.css"
            ? new MemoryStream(Encoding.UTF8.GetBytes(ThemeText.Css()))
            : typeof(AssetFiles).Assembly.GetManifestResourceStream(Prefix + name) ?? throw new InvalidOperationException($"The file {name} is not in the assembly.");
        using var plain = new MemoryStream();
        source.CopyTo(plain);
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Optimal))
            gzip.Write(plain.GetBuffer().AsSpan(0, (int)plain.Length));
        var digest = Convert.ToHexStringLower(SHA256.HashData(plain.GetBuffer().AsSpan(0, (int)plain.Length)))[..16];
        return new Asset(contentType, digest, compressed.ToArray());
    }

    private sealed record Asset(string ContentType, string Digest, byte[] Compressed);
}
