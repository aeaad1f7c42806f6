using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Identity;

/// <summary>Who this cluster is to its neighbours and its own processes: one certificate, used as server and as client (docs/design/contracts.md, section 2).</summary>
/// <param name="Certificate">With its private key.</param>
/// <param name="Fingerprint">Lower-case hexadecimal SHA-256 of the DER certificate.</param>
public sealed record ClusterIdentity(X509Certificate2 Certificate, string Fingerprint)
{
    /// <summary>Key of the certificate in the Secret (PEM).</summary>
    public const string CertificateKey = "tls.crt";

    /// <summary>Key of the private key in the Secret (PEM).</summary>
    public const string PrivateKeyKey = "tls.key";

    private const int Years = 10;

    /// <summary>Clocks of neighbours may be behind.</summary>
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromDays(1);

    /// <summary>Lower-case hexadecimal SHA-256 of the DER certificate.</summary>
    public static string FingerprintOf(X509Certificate2 certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.RawData));

    /// <summary>Lower-case hexadecimal SHA-256 of the DER certificate.</summary>
    public static string FingerprintOf(X509Certificate certificate) => Convert.ToHexStringLower(SHA256.HashData(certificate.GetRawCertData()));

    /// <summary>From PEM, as the Secret keeps it.</summary>
    /// <exception cref="CryptographicException">Not a certificate with its private key.</exception>
    public static ClusterIdentity FromPem(string certificate, string privateKey)
    {
        try
        {
            var parsed = X509Certificate2.CreateFromPem(certificate, privateKey);
            return new ClusterIdentity(parsed, FingerprintOf(parsed));
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // The library's words are not repeated: one argument is the private key.
            throw new CryptographicException("The cluster's identity is no certificate with its private key. Restore the Secret, or delete it and pair the clusters anew.");
        }
    }

    /// <summary>The identity in the Secret; null while the controller has not made it yet.</summary>
    /// <exception cref="CryptographicException">The Secret holds something else.</exception>
    public static async Task<ClusterIdentity?> FindAsync(IKubernetesApi api, string ns, CancellationToken ct)
    {
        var secret = await api.FindAsync<V1Secret>(ns, WellKnown.IdentitySecret, ct);
        return secret?.Data is { } data && data.TryGetValue(CertificateKey, out var certificate) && data.TryGetValue(PrivateKeyKey, out var key)
            ? FromPem(Encoding.UTF8.GetString(certificate), Encoding.UTF8.GetString(key))
            : null;
    }

    /// <summary>A new identity: ECDSA P-256, self-signed, ten years.</summary>
    /// <param name="clusterName">Common name.</param>
    /// <param name="now">When it begins to be valid (a day earlier is written: clocks differ).</param>
    public static ClusterIdentity Make(string clusterName, DateTimeOffset now)
    {
        const string serverAuthentication = "1.3.6.1.5.5.7.3.1";
        const string clientAuthentication = "1.3.6.1.5.5.7.3.2";
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var name = new X500DistinguishedNameBuilder();
        name.AddCommonName(clusterName);
        var request = new CertificateRequest(name.Build(), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: false, false, 0, critical: true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(serverAuthentication), new Oid(clientAuthentication)], critical: false));
        var certificate = request.CreateSelfSigned(now - s_clockSkew, now.AddYears(Years));
        return new ClusterIdentity(certificate, FingerprintOf(certificate));
    }

    /// <summary>The Secret that keeps this identity.</summary>
    public V1Secret ToSecret(string ns)
    {
        using var key = Certificate.GetECDsaPrivateKey() ?? throw new CryptographicException("The identity has no ECDSA private key.");
        return new V1Secret
        {
            Metadata = new V1ObjectMeta { Name = WellKnown.IdentitySecret, NamespaceProperty = ns },
            Type = "kubernetes.io/tls",
            Data = new Dictionary<string, byte[]>
            {
                [CertificateKey] = Encoding.UTF8.GetBytes(Certificate.ExportCertificatePem() + "\n"),
                [PrivateKeyKey] = Encoding.UTF8.GetBytes(key.ExportPkcs8PrivateKeyPem() + "\n"),
            },
        };
    }
}
