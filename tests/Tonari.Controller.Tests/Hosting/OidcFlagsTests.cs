using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tonari.Controller.Hosting;
using Tonari.Web.Hosting;

namespace Tonari.Controller.Tests.Hosting;

/// <summary>The options about OpenID Connect, as people know them from kube-apiserver.</summary>
public sealed class OidcFlagsTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tonari-oidc-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Without_an_issuer_there_is_none_and_its_defaults_are_those_of_the_manual()
    {
        Read().ShouldBeNull();

        var issuer = Read("--oidc-issuer-url=https://sso.example.org/realms/main", "--oidc-client-id=tonari").ShouldNotBeNull();

        (issuer.IssuerUrl.OriginalString, issuer.ClientId, issuer.ClientSecret).ShouldBe(("https://sso.example.org/realms/main", "tonari", null));
        (issuer.UsernameClaim, issuer.GroupsClaim, issuer.UsernamePrefix, issuer.GroupsPrefix).ShouldBe(("sub", null, "oidc:", "oidc:"));
        (issuer.DisplayName, issuer.Authorities.Count, issuer.ExtraScopes.Count).ShouldBe(("sso.example.org", 0, 0));
    }

    [Fact]
    public void Secret_and_authorities_are_read_from_files()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var authority = new CertificateRequest("CN=authority", key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow().AddDays(1));
        var (secret, certificates) = (Path.Combine(_folder, "secret"), Path.Combine(_folder, "ca.crt"));
        File.WriteAllText(secret, "s3cret\n");
        File.WriteAllText(certificates, authority.ExportCertificatePem());

        var issuer = Read(
            "--oidc-issuer-url=https://sso.example.org", "--oidc-client-id=tonari", $"--oidc-client-secret-file={secret}", $"--oidc-ca-file={certificates}",
            "--oidc-username-prefix=-", "--oidc-groups-claim=groups", "--oidc-extra-scope=groups", "--oidc-display-name=Example SSO").ShouldNotBeNull();

        (issuer.ClientSecret, issuer.Authorities.Single().Subject, issuer.UsernamePrefix).ShouldBe(("s3cret", "CN=authority", "-"));
        (issuer.GroupsClaim, issuer.ExtraScopes.Single(), issuer.DisplayName).ShouldBe(("groups", "groups", "Example SSO"));
    }

    [Theory]
    [InlineData("https://", "--oidc-issuer-url=http://sso.example.org", "--oidc-client-id=tonari")]
    [InlineData("--oidc-client-id", "--oidc-issuer-url=https://sso.example.org")]
    [InlineData("no URL", "--oidc-issuer-url=sso", "--oidc-client-id=tonari")]
    [InlineData("cannot be read", "--oidc-issuer-url=https://sso.example.org", "--oidc-client-id=tonari", "--oidc-client-secret-file=/nowhere/secret")]
    [InlineData("system:", "--oidc-issuer-url=https://sso.example.org", "--oidc-client-id=tonari", "--oidc-groups-prefix=system:")]
    public void What_cannot_work_is_said_at_the_start(string word, params string[] arguments) =>
        Should.Throw<ArgumentException>(() => Read(arguments)).Message.ShouldContain(word);

    private static OidcOptions? Read(params string[] arguments)
    {
        var (flags, root) = (new OidcFlags(), new RootCommand());
        foreach (var flag in flags.All)
            root.Options.Add(flag);
        return flags.Read(root.Parse(arguments));
    }
}
