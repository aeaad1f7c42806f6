namespace Tonari.Web.Hosting;

/// <summary>Headers that keep a browser from doing what nobody asked for. Nothing comes from anywhere but here.</summary>
internal sealed class SecurityHeaders(RequestDelegate next)
{
    // MudBlazor sets styles in attributes and in one style element; scripts come from files alone.
    private const string Policy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        + "form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext context)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers.StrictTransportSecurity = "max-age=31536000";
        return next(context);
    }
}
