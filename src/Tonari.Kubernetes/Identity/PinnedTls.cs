using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Tonari.Kubernetes.Identity;

/// <summary>TLS 1.3 with certificates from both sides, where exactly the given fingerprints are accepted. Names, issuers and dates do not matter: the fingerprint says it all.</summary>
public static class PinnedTls
{
    /// <summary>For connecting to the holder of a fingerprint.</summary>
    /// <param name="identity">Shown to the other side.</param>
    /// <param name="fingerprint">The other side's.</param>
    public static SslClientAuthenticationOptions ClientOptions(ClusterIdentity identity, string fingerprint) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        ClientCertificateContext = Context(identity),
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && Matches(certificate, fingerprint),
    };

    /// <summary>For a server whose clients must show a certificate.</summary>
    /// <param name="identity">Shown to clients.</param>
    /// <param name="accept">Whether a client with this fingerprint may connect. Called for every connection, so what it knows may change.</param>
    public static SslServerAuthenticationOptions ServerOptions(ClusterIdentity identity, Func<string, bool> accept) => new()
    {
        EnabledSslProtocols = SslProtocols.Tls13,
        ServerCertificateContext = Context(identity),
        ClientCertificateRequired = true,
        CertificateRevocationCheckMode = X509RevocationMode.NoCheck,
        RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null && accept(ClusterIdentity.FingerprintOf(certificate)),
    };

    /// <summary>For a server that only processes of its own cluster may connect to.</summary>
    public static SslServerAuthenticationOptions ServerOptions(ClusterIdentity identity) =>
        ServerOptions(identity, fingerprint => Same(fingerprint, identity.Fingerprint));

    /// <summary>Whether a certificate has this fingerprint.</summary>
    public static bool Matches(X509Certificate certificate, string fingerprint) => Same(ClusterIdentity.FingerprintOf(certificate), fingerprint);

    private static bool Same(string left, string right) => CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(left), Encoding.ASCII.GetBytes(right));

    private static SslStreamCertificateContext Context(ClusterIdentity identity) =>
        SslStreamCertificateContext.Create(identity.Certificate, additionalCertificates: null, offline: true);
}
