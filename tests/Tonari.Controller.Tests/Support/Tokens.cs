using System.Buffers.Text;
using System.Security.Cryptography;
using Tonari.Kubernetes.Pairing;

namespace Tonari.Controller.Tests.Support;

internal static class Tokens
{
    /// <summary>A token with a new secret, as the command line makes it.</summary>
    public static PairingToken New(string endpoint, string fingerprint, DateTimeOffset expires) =>
        new(endpoint, fingerprint, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32)), expires);
}
