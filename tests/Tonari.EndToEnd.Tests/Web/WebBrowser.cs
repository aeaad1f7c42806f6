using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Microsoft.Playwright;
using Tonari.Lab;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>
/// Debian's Chromium, driven by Playwright: one program for all tests, one context (cookies, storage, language, look) for every person in front of it.
/// </summary>
public sealed class WebBrowser : IAsyncDisposable
{
    private const string Program = "/usr/bin/chromium";

    // It looks for nothing that the tests did not ask for, and a container has no sandbox to offer.
    private static readonly string[] Arguments =
    [
        "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--no-proxy-server",
        "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly IPlaywright playwright;

    private WebBrowser(IPlaywright playwright, IBrowser browser)
    {
        this.playwright = playwright;
        Browser = browser;
    }

    /// <summary>The program.</summary>
    internal IBrowser Browser { get; }

    /// <summary>Starts it. It trusts the keys of the given clusters and no other certificate that the machine does not trust.</summary>
    public static async Task<WebBrowser> StartAsync(TwoClusters lab, CancellationToken ct)
    {
        var keys = await Task.WhenAll(lab.Clusters.Select(cluster => KeyAsync(cluster, ct)));
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args = [.. Arguments, "--ignore-certificate-errors-spki-list=" + string.Join(',', keys)],
        });
        return new WebBrowser(playwright, browser);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await Browser.DisposeAsync();
        playwright.Dispose();
    }

    // The form that Chromium compares: SHA-256 of the public key, in base64.
    private static async Task<string> KeyAsync(LabCluster cluster, CancellationToken ct)
    {
        var secret = await cluster.GetAsync("/api/v1/namespaces/tonari-system/secrets/tonari-identity", ct)
            ?? throw new InvalidOperationException($"{cluster.Name} has no identity yet.");
        using var certificate = X509Certificate2.CreateFromPem(Encoding.UTF8.GetString(Convert.FromBase64String((string)secret["data"]!["tls.crt"]!)));
        return Convert.ToBase64String(SHA256.HashData(certificate.PublicKey.ExportSubjectPublicKeyInfo()));
    }
}
