using System.Buffers.Text;
using System.Security.Cryptography;

namespace Tonari.Kubernetes;

/// <summary>Random names and secrets.</summary>
public interface IRandomness
{
    /// <summary>A short name for an object or a request: lower-case letters and digits.</summary>
    /// <param name="length">Characters.</param>
    public string NewId(int length);

    /// <summary>The secret of a pairing token: 32 random bytes, base64url.</summary>
    public string NewSecret();
}

/// <summary>Randomness of the operating system.</summary>
public sealed class SystemRandomness : IRandomness
{
    /// <inheritdoc/>
    public string NewId(int length) => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", length);

    /// <inheritdoc/>
    public string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
