using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Tonari.Web.Hosting;

namespace Tonari.Web.Tests.Support;

/// <summary>An issuer of OpenID Connect over TLS: discovery, keys, authorisation and tokens, with PKCE checked. Whoever asks is signed in at once.</summary>
internal sealed class FakeIssuer : IAsyncDisposable
{
    public const string ClientId = "tonari";
    public const string Secret = "client-secret";

    private readonly RSA _rsa = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;
    private readonly Dictionary<string, (string Nonce, string Challenge)> _codes = [];
    private WebApplication? _app;

    private FakeIssuer()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=issuer", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var made = request.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        _certificate = X509CertificateLoader.LoadPkcs12(made.Export(X509ContentType.Pfx), null);
    }

    public Uri Url { get; private set; } = new("https://localhost/");

    /// <summary>What the next tokens say; what is null is left out.</summary>
    public Dictionary<string, object?> Claims { get; } = new() { ["sub"] = "u-17", ["preferred_username"] = "alice", ["groups"] = new JsonArray("people", "ops") };

    /// <summary>How long the next tokens live.</summary>
    public TimeSpan Lifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>The next tokens' nonce, in place of the right one.</summary>
    public string? WrongNonce { get; set; }

    /// <summary>Whether it was ever asked anything.</summary>
    public int Requests { get; private set; }

    public OidcOptions Options => new(Url, ClientId)
    {
        ClientSecret = Secret,
        UsernameClaim = "preferred_username",
        GroupsClaim = "groups",
        Authorities = [_certificate],
        DisplayName = "Example",
    };

    public static async Task<FakeIssuer> StartAsync()
    {
        var issuer = new FakeIssuer();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Services.AddRouting();
        builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(k => k.Listen(IPAddress.Loopback, 0, l => l.UseHttps(issuer._certificate)));
        var app = builder.Build();
        app.Use((HttpContext _, RequestDelegate next) =>
        {
            issuer.Requests++;
            return next(_);
        });
        app.UseRouting();
        app.MapGet("/.well-known/openid-configuration", issuer.Describe);
        app.MapGet("/keys", issuer.Keys);
        app.MapGet("/authorize", issuer.Authorize);
        app.MapPost("/token", (Delegate)issuer.TokenAsync);
        await app.StartAsync();
        issuer._app = app;
        var port = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single()).Port;
        issuer.Url = new Uri($"https://localhost:{port}");
        return issuer;
    }

    /// <summary>A browser's way through: from our link to the issuer and back to the callback; what the callback answers.</summary>
    public async Task<HttpResponseMessage> WalkAsync(HttpClient browser, string returnUrl, Func<string, string>? tamper, CancellationToken ct)
    {
        var start = await browser.GetAsync($"/session/oidc?returnUrl={Uri.EscapeDataString(returnUrl)}", ct);
        start.StatusCode.ShouldBe(HttpStatusCode.Redirect, await start.Content.ReadAsStringAsync(ct));
        using var handler = new SocketsHttpHandler { AllowAutoRedirect = false };
        handler.SslOptions.RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == _certificate.GetCertHashString();
        using var away = new HttpClient(handler);
        var answer = await away.GetAsync(start.Headers.Location, ct);
        answer.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        var back = answer.Headers.Location!.PathAndQuery;
        return await browser.GetAsync(tamper is null ? back : tamper(back), ct);
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.StopAsync();
            await _app.DisposeAsync();
        }
        _certificate.Dispose();
        _rsa.Dispose();
    }

    private IResult Describe() => Results.Json(new JsonObject
    {
        ["issuer"] = Url.OriginalString,
        ["authorization_endpoint"] = Url.OriginalString + "/authorize",
        ["token_endpoint"] = Url.OriginalString + "/token",
        ["jwks_uri"] = Url.OriginalString + "/keys",
        ["response_types_supported"] = new JsonArray("code"),
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256"),
        ["code_challenge_methods_supported"] = new JsonArray("S256"),
    });

    private IResult Keys()
    {
        var key = _rsa.ExportParameters(false);
        return Results.Json(new JsonObject
        {
            ["keys"] = new JsonArray(new JsonObject
            {
                ["kty"] = "RSA",
                ["use"] = "sig",
                ["kid"] = "k1",
                ["alg"] = "RS256",
                ["n"] = Base64UrlEncoder.Encode(key.Modulus),
                ["e"] = Base64UrlEncoder.Encode(key.Exponent),
            }),
        });
    }

    private IResult Authorize(HttpContext context)
    {
        var query = context.Request.Query;
        (query["client_id"].ToString(), query["response_type"].ToString(), query["code_challenge_method"].ToString()).ShouldBe((ClientId, "code", "S256"));
        var code = Guid.NewGuid().ToString("N");
        _codes[code] = (query["nonce"].ToString(), query["code_challenge"].ToString());
        return Results.Redirect($"{query["redirect_uri"]}?code={code}&state={Uri.EscapeDataString(query["state"].ToString())}");
    }

    private async Task<IResult> TokenAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync();
        if (!_codes.Remove(form["code"].ToString(), out var asked)
            || Base64UrlEncoder.Encode(SHA256.HashData(System.Text.Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != asked.Challenge
            || form["client_secret"] != Secret)
            return Results.Json(new JsonObject { ["error"] = "invalid_grant" }, statusCode: 400);
        var now = TimeProvider.System.GetUtcNow().UtcDateTime;
        var claims = Claims.Where(c => c.Value is not null).ToDictionary(c => c.Key, c => c.Value is JsonArray a ? a.Select(v => v!.GetValue<string>()).ToArray() : c.Value!);
        claims["nonce"] = WrongNonce ?? asked.Nonce;
        var token = new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(new SecurityTokenDescriptor
        {
            Issuer = Url.OriginalString,
            Audience = ClientId,
            IssuedAt = Lifetime > TimeSpan.Zero ? now : now + Lifetime - TimeSpan.FromMinutes(10),
            Expires = now + Lifetime,
            Claims = claims,
            SigningCredentials = new SigningCredentials(new RsaSecurityKey(_rsa) { KeyId = "k1" }, SecurityAlgorithms.RsaSha256),
        });
        return Results.Json(new JsonObject { ["access_token"] = "unused", ["token_type"] = "Bearer", ["expires_in"] = 300, ["id_token"] = token });
    }
}
