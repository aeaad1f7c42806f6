using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Mvc;
using Tonari.Kubernetes.Api;
using Tonari.Web.Access;
using Tonari.Web.Journal;

namespace Tonari.Web.Session;

/// <summary>
/// Sessions, and signing in with a bearer token. Such a session is a cookie that only this server can read and that holds the token, so that the token is
/// reviewed again and again: a session lives no longer than it.
/// </summary>
internal static class Sessions
{
    /// <summary>Name of the scheme.</summary>
    public const string SchemeName = "Session";

    private const string EndClaim = "tonari.dev/session-end";

    /// <summary>The cookie.</summary>
    public static void Configure(CookieAuthenticationOptions options)
    {
        options.Cookie.Name = "__Host-tonari-session";
        options.Cookie.HttpOnly = true;
        options.Cookie.SecurePolicy = CookieSecurePolicy.Always;
        options.Cookie.SameSite = SameSiteMode.Strict;
        options.Cookie.Path = "/";
        options.ExpireTimeSpan = SessionLimits.Idle;
        options.SlidingExpiration = true;
        options.LoginPath = "/signin";
        options.ReturnUrlParameter = "returnUrl";
        options.Events.OnValidatePrincipal = ValidateAsync;
    }

    /// <summary>Signing in and out.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapPost("/session", SignInAsync).AllowAnonymous().ExcludeFromDescription();
        app.MapPost("/session/end", SignOutAsync).AllowAnonymous().ExcludeFromDescription();
    }

    /// <summary>Whether a session goes on: its token, if it has one, works, and its time is not over.</summary>
    public static async Task<bool> GoesOnAsync(ClaimsPrincipal principal, TokenReviews tokens, TimeProvider time, CancellationToken ct) =>
        principal.FindFirst(EndClaim)?.Value is { } text
        && long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var end)
        && time.GetUtcNow().ToUnixTimeSeconds() < end
        && (CallerClaims.VouchedFor(principal) is not null || (CallerClaims.TokenOf(principal) is { } token && await tokens.FindAsync(token, ct) is not null));

    /// <summary>Says when a session ends, however much it is used.</summary>
    public static void End(ClaimsIdentity session, DateTimeOffset end) =>
        session.AddClaim(new Claim(EndClaim, end.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture)));

    private static async Task ValidateAsync(CookieValidatePrincipalContext context)
    {
        var services = context.HttpContext.RequestServices;
        if (await GoesOnAsync(
            context.Principal!, services.GetRequiredService<TokenReviews>(), services.GetRequiredService<TimeProvider>(), context.HttpContext.RequestAborted))
            return;
        context.RejectPrincipal();
        await context.HttpContext.SignOutAsync(SchemeName);
    }

    private static async Task<IResult> SignInAsync(
        HttpContext context, TokenReviews tokens, SignInJournal journal, TimeProvider time, [FromForm] string? token, [FromForm] string? returnUrl, CancellationToken ct)
    {
        var back = LocalPath.Of(returnUrl);
        // What is copied from a terminal has line breaks.
        var compact = string.Concat((token ?? "").Where(c => !char.IsWhiteSpace(c)));
        Caller? caller;
        try
        {
            caller = await tokens.FindAsync(compact, ct);
        }
        catch (KubernetesApiException)
        {
            return Results.LocalRedirect($"/signin?failed=unavailable&returnUrl={Uri.EscapeDataString(back)}");
        }
        if (caller is null)
        {
            journal.Refused(null, "A token that this cluster does not accept.", context.Connection.RemoteIpAddress?.ToString());
            return Results.LocalRedirect($"/signin?failed=token&returnUrl={Uri.EscapeDataString(back)}");
        }
        var principal = CallerClaims.Principal(caller, compact, SchemeName);
        End((ClaimsIdentity)principal.Identity!, time.GetUtcNow() + SessionLimits.Longest);
        await context.SignInAsync(SchemeName, principal);
        journal.Entered(caller.Name, "With a bearer token.");
        return Results.LocalRedirect(back);
    }

    // A form field makes the framework check that the form is one of ours.
    private static async Task<IResult> SignOutAsync(HttpContext context, SignInJournal journal, [FromForm] string? returnUrl)
    {
        if (context.User.Identity is { IsAuthenticated: true, Name: { } user })
            journal.Left(user);
        await context.SignOutAsync(SchemeName);
        return Results.LocalRedirect($"/signin?returnUrl={Uri.EscapeDataString(LocalPath.Of(returnUrl))}");
    }
}
