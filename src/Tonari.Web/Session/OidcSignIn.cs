using System.Net.Security;
using System.Security.Claims;
using System.Security.Cryptography.X509Certificates;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Journal;

namespace Tonari.Web.Session;

/// <summary>
/// Signing in with OpenID Connect: code flow with PKCE. The session holds the name and the groups, never a token. Nothing is there, and nobody is
/// asked anything, unless an issuer is configured.
/// </summary>
internal static partial class OidcSignIn
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Oidc";

    /// <summary>Where the issuer sends people back to.</summary>
    public const string CallbackPath = "/session/oidc/callback";

    private const string StartPath = "/session/oidc";

    /// <summary>Where signing in begins.</summary>
    public static string Start(string? returnUrl) => $"{StartPath}?returnUrl={Uri.EscapeDataString(LocalPath.Of(returnUrl))}";

    /// <summary>Adds it.</summary>
    public static void Add(AuthenticationBuilder authentication, OidcOptions issuer) =>
        authentication.AddOpenIdConnect(SchemeName, issuer.DisplayName, options => Configure(options, issuer));

    /// <summary>Maps where it begins; where it comes back to is the scheme's own.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet(StartPath, StartAsync).AllowAnonymous().ExcludeFromDescription();

    private static void Configure(OpenIdConnectOptions options, OidcOptions issuer)
    {
        options.Authority = issuer.IssuerUrl.OriginalString;
        options.ClientId = issuer.ClientId;
        options.ClientSecret = issuer.ClientSecret;
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes as a link, with which browsers send Lax cookies; a form from another site would need cookies that every site can have sent.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.CallbackPath = CallbackPath;
        options.SignInScheme = Sessions.SchemeName;
        options.SaveTokens = false;
        options.MapInboundClaims = false;
        options.GetClaimsFromUserInfoEndpoint = false;
        options.DisableTelemetry = true;
        options.Scope.Clear();
        foreach (var scope in (ReadOnlySpan<string>)["openid", "profile", "email", .. issuer.ExtraScopes])
            options.Scope.Add(scope);
        options.BackchannelTimeout = SessionLimits.Issuer;
        options.BackchannelHttpHandler = Backchannel(issuer);
        Bind(options.CorrelationCookie, "__Host-tonari-oidc-state.");
        Bind(options.NonceCookie, "__Host-tonari-oidc-nonce.");
        options.Events = new OpenIdConnectEvents
        {
            OnTokenValidated = context => TakeAsync(context, issuer),
            OnTicketReceived = EnterAsync,
            OnRemoteFailure = FailAsync,
        };
    }

    private static void Bind(CookieBuilder cookie, string name)
    {
        (cookie.Name, cookie.Path, cookie.HttpOnly) = (name, "/", true);
        (cookie.SecurePolicy, cookie.SameSite) = (CookieSecurePolicy.Always, SameSiteMode.Lax);
    }

    private static SocketsHttpHandler Backchannel(OidcOptions issuer)
    {
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = SessionLimits.Issuer };
        if (issuer.Authorities.Count > 0)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
            policy.CustomTrustStore.AddRange(issuer.Authorities.ToArray());
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        return handler;
    }

    private static async Task<IResult> StartAsync(HttpContext context, ILoggerFactory loggers, string? returnUrl)
    {
        var back = LocalPath.Of(returnUrl);
        try
        {
            await context.ChallengeAsync(SchemeName, new AuthenticationProperties { RedirectUri = back });
            return Results.Empty;
        }
        catch (Exception e) when (e is InvalidOperationException or HttpRequestException or IOException or TaskCanceledException)
        {
            LogUnavailable(loggers.CreateLogger(typeof(OidcSignIn)), e.Message);
            return Results.LocalRedirect($"/signin?failed=issuer&returnUrl={Uri.EscapeDataString(back)}");
        }
    }

    private static Task TakeAsync(TokenValidatedContext context, OidcOptions issuer)
    {
        // Whatever the issuer's own description says: tokens must name it as it was configured.
        if (context.SecurityToken.Issuer != issuer.IssuerUrl.OriginalString)
        {
            context.Fail(new RefusedSignInException("The token comes from another issuer."));
            return Task.CompletedTask;
        }
        var (caller, problem) = OidcClaims.Read([.. context.Principal!.Claims], issuer);
        if (caller is null)
        {
            context.Fail(new RefusedSignInException(problem!));
            return Task.CompletedTask;
        }
        var time = context.HttpContext.RequestServices.GetRequiredService<TimeProvider>();
        var principal = CallerClaims.Principal(caller, Sessions.SchemeName);
        Sessions.End((ClaimsIdentity)principal.Identity!, EndOf(time.GetUtcNow(), context.SecurityToken.ValidTo));
        context.Principal = principal;
        return Task.CompletedTask;
    }

    /// <summary>A session ends with the ID token, but is not so short that nobody can work, nor longer than any other.</summary>
    private static DateTimeOffset EndOf(DateTimeOffset now, DateTime tokenEnd)
    {
        var end = new DateTimeOffset(DateTime.SpecifyKind(tokenEnd, DateTimeKind.Utc));
        return end < now + SessionLimits.ShortestOidc ? now + SessionLimits.ShortestOidc : end > now + SessionLimits.Longest ? now + SessionLimits.Longest : end;
    }

    // A redirect that another site began carries no Strict cookies, so the first page would not know the session. A page of ours that goes on does.
    private static async Task EnterAsync(TicketReceivedContext context)
    {
        await context.HttpContext.SignInAsync(Sessions.SchemeName, context.Principal!);
        context.HttpContext.RequestServices.GetRequiredService<SignInJournal>().Entered(context.Principal!.Identity!.Name!, $"With OpenID Connect, by {context.Scheme.DisplayName}.");
        var target = HtmlEncoder.Default.Encode(LocalPath.Of(context.ReturnUri));
        context.Response.ContentType = "text/html; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(
            $"""<!DOCTYPE html><html lang="en"><head><meta http-equiv="refresh" content="0;url={target}"><title>Tonari</title></head><body><h1>Tonari</h1><a href="{target}">Tonari</a></body></html>""");
        context.HandleResponse();
    }

    private static Task FailAsync(RemoteFailureContext context)
    {
        var services = context.HttpContext.RequestServices;
        var reason = context.Failure is RefusedSignInException or { InnerException: RefusedSignInException } ? (context.Failure as RefusedSignInException ?? context.Failure.InnerException!).Message : null;
        services.GetRequiredService<SignInJournal>().Refused(null, reason ?? "The issuer's answer was not accepted.", context.HttpContext.Connection.RemoteIpAddress?.ToString());
        LogRefused(services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(OidcSignIn)), Actions.OneLine.Of(context.Failure?.Message));
        var back = LocalPath.Of(context.Properties?.RedirectUri);
        context.Response.Redirect($"/signin?failed=refused&returnUrl={Uri.EscapeDataString(back)}");
        context.HandleResponse();
        return Task.CompletedTask;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The issuer of OpenID Connect cannot be asked: {Reason}")]
    private static partial void LogUnavailable(ILogger logger, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "A sign-in with OpenID Connect was refused: {Reason}")]
    private static partial void LogRefused(ILogger logger, string? reason);
}

/// <summary>The issuer vouches for somebody whom we do not let in.</summary>
internal sealed class RefusedSignInException(string message) : Exception(message);
