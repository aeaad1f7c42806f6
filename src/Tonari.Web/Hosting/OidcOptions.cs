using System.Security.Cryptography.X509Certificates;

namespace Tonari.Web.Hosting;

/// <summary>An issuer of OpenID Connect by which people may sign in, in the terms of Kubernetes' own flags.</summary>
/// <param name="IssuerUrl">Address of the issuer, https; exactly what its tokens name.</param>
/// <param name="ClientId">What Tonari is called at the issuer; its tokens must be meant for it.</param>
public sealed record OidcOptions(Uri IssuerUrl, string ClientId)
{
    /// <summary>What stands before names and groups unless said otherwise, so that the issuer cannot name anybody whom the cluster knows by other means.</summary>
    public const string DefaultPrefix = "oidc:";

    /// <summary>Stands for no prefix at all.</summary>
    public const string NoPrefix = "-";

    /// <summary>Tonari's own secret at the issuer; null for a public client, which is protected by PKCE alone.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>Claim that holds the user's name.</summary>
    public string UsernameClaim { get; init; } = "sub";

    /// <summary>Claim that holds the user's groups; null: they do not matter.</summary>
    public string? GroupsClaim { get; init; }

    /// <summary>Before the user's name.</summary>
    public string UsernamePrefix { get; init; } = DefaultPrefix;

    /// <summary>Before each group.</summary>
    public string GroupsPrefix { get; init; } = DefaultPrefix;

    /// <summary>Asked for besides openid, profile and email.</summary>
    public IReadOnlyList<string> ExtraScopes { get; init; } = [];

    /// <summary>Authorities that the issuer's certificate may come from; none: those of the machine.</summary>
    public IReadOnlyList<X509Certificate2> Authorities { get; init; } = [];

    /// <summary>What people know the issuer by.</summary>
    public string DisplayName { get; init; } = IssuerUrl.Host;

    /// <summary>What is wrong with the options, a sentence; null: nothing.</summary>
    public string? Problem() =>
        IssuerUrl is not { IsAbsoluteUri: true, Scheme: "https", Query: "", Fragment: "" } ? "The issuer's URL must begin with https:// and have neither query nor fragment."
        : ClientId.Length == 0 ? "An issuer without client id is of no use: give --oidc-client-id."
        : UsernamePrefix.StartsWith("system:", StringComparison.Ordinal) || GroupsPrefix.StartsWith("system:", StringComparison.Ordinal)
            ? "Names that begin with system: belong to Kubernetes: choose other prefixes."
        : null;
}
