using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tonari.Web.Hosting;

namespace Tonari.Controller.Hosting;

/// <summary>The command line's options about OpenID Connect, named as those of kube-apiserver.</summary>
internal sealed class OidcFlags
{
    /// <summary>Variable of the environment that can hold the client's secret.</summary>
    public const string SecretVariable = "TONARI_OIDC_CLIENT_SECRET";

    private readonly Option<string?> _issuer = new("--oidc-issuer-url") { Description = "Issuer of OpenID Connect by which people may sign in to the web interface (https); none: bearer tokens alone." };
    private readonly Option<string?> _client = new("--oidc-client-id") { Description = "What Tonari is called at the issuer." };
    private readonly Option<string?> _secretFile = new("--oidc-client-secret-file") { Description = $"File with Tonari's secret at the issuer; or give it in {SecretVariable}. A public client has none." };
    private readonly Option<string> _username = new("--oidc-username-claim") { Description = "Claim that holds the user's name.", DefaultValueFactory = _ => "sub" };
    private readonly Option<string?> _groups = new("--oidc-groups-claim") { Description = "Claim that holds the user's groups." };
    private readonly Option<string> _usernamePrefix = new("--oidc-username-prefix") { Description = "Put before the user's name; - for none.", DefaultValueFactory = _ => OidcOptions.DefaultPrefix };
    private readonly Option<string> _groupsPrefix = new("--oidc-groups-prefix") { Description = "Put before each group; - for none.", DefaultValueFactory = _ => OidcOptions.DefaultPrefix };
    private readonly Option<string?> _authority = new("--oidc-ca-file") { Description = "Certificates (PEM) that the issuer's may come from; the machine's own when not given." };
    private readonly Option<string[]> _scopes = new("--oidc-extra-scope") { Description = "Ask the issuer for this scope besides openid, profile and email; can be repeated.", DefaultValueFactory = _ => [] };
    private readonly Option<string?> _name = new("--oidc-display-name") { Description = "What people know the issuer by; its host when not given." };

    /// <summary>All of them.</summary>
    public IEnumerable<Option> All => [_issuer, _client, _secretFile, _username, _groups, _usernamePrefix, _groupsPrefix, _authority, _scopes, _name];

    /// <summary>What was given; null where no issuer was.</summary>
    /// <exception cref="ArgumentException">It cannot be used; the message says why.</exception>
    public OidcOptions? Read(ParseResult parsed)
    {
        if (parsed.GetValue(_issuer) is not { Length: > 0 } text)
            return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var issuer))
            throw new ArgumentException($"'{text}' is no URL.");
        try
        {
            var options = new OidcOptions(issuer, parsed.GetValue(_client) ?? "")
            {
                ClientSecret = parsed.GetValue(_secretFile) is { } file ? File.ReadAllText(file).Trim() : Environment.GetEnvironmentVariable(SecretVariable),
                UsernameClaim = parsed.GetRequiredValue(_username),
                GroupsClaim = parsed.GetValue(_groups),
                UsernamePrefix = parsed.GetRequiredValue(_usernamePrefix),
                GroupsPrefix = parsed.GetRequiredValue(_groupsPrefix),
                ExtraScopes = parsed.GetRequiredValue(_scopes),
                Authorities = parsed.GetValue(_authority) is { } authorities ? Certificates(authorities) : [],
                DisplayName = parsed.GetValue(_name) ?? issuer.Host,
            };
            return options.Problem() is { } problem ? throw new ArgumentException(problem) : options;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new ArgumentException($"A file for OpenID Connect cannot be read: {e.Message}", e);
        }
    }

    private static X509Certificate2[] Certificates(string file)
    {
        var certificates = new X509Certificate2Collection();
        certificates.ImportFromPemFile(file);
        return certificates.Count > 0 ? [.. certificates] : throw new CryptographicException($"{file} holds no certificate.");
    }
}
