using System.Security.Claims;
using Tonari.Kubernetes.Api;
using Tonari.Web.Hosting;

namespace Tonari.Web.Access;

/// <summary>Who somebody is in Kubernetes, by the claims of an issuer.</summary>
internal static class OidcClaims
{
    /// <summary>Everybody who is known belongs to it; rights are often given to it.</summary>
    public const string Authenticated = "system:authenticated";

    // What Kubernetes keeps for itself: service accounts, nodes, and the group that may do everything.
    private const string Reserved = "system:";

    // A session is a cookie, which browsers and proxies bound; hundreds of groups fit.
    private const int LongestNames = 8 * 1024;

    /// <summary>The caller, or why there is none, a sentence in English.</summary>
    public static (Caller? Caller, string? Problem) Read(IReadOnlyList<Claim> claims, OidcOptions options)
    {
        if (claims.Where(c => c.Type == options.UsernameClaim).ToList() is not [{ Value: var claimed }])
            return (null, $"The token has no single claim {options.UsernameClaim}.");
        if (options.UsernameClaim == "email" && claims.FirstOrDefault(c => c.Type == "email_verified") is { } verified && !verified.Value.Equals("true", StringComparison.OrdinalIgnoreCase))
            return (null, "The issuer has not verified this e-mail address.");
        if (claimed.Length == 0)
            return (null, $"The claim {options.UsernameClaim} is empty.");
        var name = Prefixed(options.UsernamePrefix, claimed);
        var groups = options.GroupsClaim is { } type ? claims.Where(c => c.Type == type && c.Value.Length > 0).Select(c => Prefixed(options.GroupsPrefix, c.Value)).ToList() : [];
        if (groups.Prepend(name).FirstOrDefault(n => n.StartsWith(Reserved, StringComparison.Ordinal)) is { } reserved)
            return (null, $"Names that begin with {Reserved} belong to Kubernetes, so {reserved} is not taken from an issuer.");
        if (!groups.Prepend(name).All(ApiUser.CanBeNamed))
            return (null, "A name or group begins or ends with a space or has control characters.");
        if (groups.Sum(g => g.Length) + name.Length > LongestNames)
            return (null, "There are too many groups for a session. Let the issuer send fewer.");
        return (new Caller(name, null, [.. groups.Distinct(), Authenticated], new Dictionary<string, IList<string>>()), null);
    }

    private static string Prefixed(string prefix, string value) => prefix == OidcOptions.NoPrefix ? value : prefix + value;
}
