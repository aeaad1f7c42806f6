using System.Buffers.Text;
using System.Security.Cryptography;

namespace Tonari.Cli;

/// <summary>Random names and secrets.</summary>
internal interface IRandomness
{
    /// <summary>A short name for an object or a request: lower-case letters and digits.</summary>
    public string NewId(int length);

    /// <summary>The secret of a pairing token: 32 random bytes, base64url.</summary>
    public string NewSecret();
}

/// <summary>Randomness of the operating system.</summary>
internal sealed class SystemRandomness : IRandomness
{
    public string NewId(int length) => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", length);

    public string NewSecret() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(32));
}
