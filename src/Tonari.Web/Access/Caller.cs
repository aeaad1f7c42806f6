using System.Security.Claims;
using Tonari.Kubernetes.Api;

namespace Tonari.Web.Access;

/// <summary>Who asks, as the API server knows him by his token.</summary>
/// <param name="Name">User name.</param>
/// <param name="Uid">User id; null where the API server has none.</param>
/// <param name="Groups">Groups.</param>
/// <param name="Extra">Whatever else his authenticator said of him; access reviews are given it back.</param>
internal sealed record Caller(string Name, string? Uid, IReadOnlyList<string> Groups, IReadOnlyDictionary<string, IList<string>> Extra)
{
    /// <summary>Him, as the API server is told in whose name it is asked.</summary>
    public ApiUser AsUser() => new(Name, Groups, Extra);
}

/// <summary>The claims by which a request or a session carries its token. They never leave this process unencrypted.</summary>
internal static class CallerClaims
{
    private const string TokenClaim = "tonari.dev/token";
    private const string VouchedClaim = "tonari.dev/vouched";
    private const string GroupClaim = "tonari.dev/group";

    /// <summary>The principal of somebody who has shown this token.</summary>
    public static ClaimsPrincipal Principal(Caller caller, string token, string scheme) =>
        new(new ClaimsIdentity([new Claim(ClaimTypes.Name, caller.Name), new Claim(TokenClaim, token)], scheme));

    /// <summary>The principal of somebody for whom an issuer vouches; it holds who he is, and no token.</summary>
    public static ClaimsPrincipal Principal(Caller caller, string scheme) => new(new ClaimsIdentity(
        [new Claim(ClaimTypes.Name, caller.Name), new Claim(VouchedClaim, ""), .. caller.Groups.Select(g => new Claim(GroupClaim, g))], scheme));

    /// <summary>Somebody for whom an issuer vouches; null for everybody else.</summary>
    public static Caller? VouchedFor(ClaimsPrincipal principal) =>
        principal is { Identity.Name: { } name } && principal.HasClaim(c => c.Type == VouchedClaim)
            ? new Caller(name, null, [.. principal.FindAll(GroupClaim).Select(c => c.Value)], new Dictionary<string, IList<string>>())
            : null;

    /// <summary>The token; null for somebody who has not signed in.</summary>
    public static string? TokenOf(ClaimsPrincipal principal) => principal.FindFirst(TokenClaim)?.Value;
}

/// <summary>The caller is not known, or no longer.</summary>
internal sealed class NotSignedInException() : Exception("The token is not valid, or not any more. Sign in again with a new one.");

/// <summary>The caller may not do this.</summary>
internal sealed class NotAllowedException : Exception
{
    /// <summary>By our own review.</summary>
    public NotAllowedException(Caller caller, Permission permission)
        : base($"{caller.Name} may not {permission}. Whoever administers this cluster can allow it by a Role and a RoleBinding.")
    {
    }

    /// <summary>The API server refused what was asked in his name.</summary>
    public NotAllowedException(Caller caller, ApiForbiddenException refusal)
        : base($"Kubernetes does not let {caller.Name} do this. It says: {refusal.Message}", refusal)
    {
    }
}
