using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Tonari.Kubernetes.Pairing;

/// <summary>
/// What the user carries from the inviting cluster to the joining one: where the inviter is, which certificate it must show, and a secret that
/// is good for one pairing. Its text form is base64url (RFC 4648 section 5, no padding) of a JSON object.
/// </summary>
/// <param name="Endpoint">The inviter's peer gateway, <c>host:port</c>.</param>
/// <param name="Fingerprint">Lower-case hex SHA-256 of the inviter's certificate (DER).</param>
/// <param name="Secret">32 random bytes, base64url.</param>
/// <param name="Expires">After this the inviter refuses it.</param>
public sealed record PairingToken(string Endpoint, string Fingerprint, string Secret, DateTimeOffset Expires)
{
    /// <summary>Longest text that is looked at: a token is about 300 characters.</summary>
    public const int LongestText = 2048;

    /// <summary>Long enough to walk to the other terminal, short enough that a forgotten token is worth nothing.</summary>
    public static readonly TimeSpan DefaultLifetime = TimeSpan.FromMinutes(15);

    /// <summary>A token that is to live longer is made when it is needed.</summary>
    public static readonly TimeSpan LongestLifetime = TimeSpan.FromHours(24);

    /// <summary>The text to copy.</summary>
    public string Encode() => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(this, PairingJson.Default.PairingToken));

    /// <summary>Reads a token; null with the reason in <paramref name="problem"/> when the text is not one. White space around and inside (line breaks of a terminal) is ignored.</summary>
    public static PairingToken? Decode(string text, out string? problem)
    {
        problem = null;
        if (text.Length > LongestText)
        {
            problem = "This is too long to be a pairing token. Copy the token exactly as `tonari peer invite` printed it.";
            return null;
        }
        try
        {
            var compact = string.Concat(text.Where(c => !char.IsWhiteSpace(c)));
            var token = JsonSerializer.Deserialize(Base64Url.DecodeFromChars(compact), PairingJson.Default.PairingToken);
            if (token is { Endpoint: { } endpoint, Fingerprint: { } fingerprint, Secret.Length: > 0 }
                && PeerEndpoint.IsValid(endpoint) && IsFingerprint(fingerprint))
                return token;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
        }
        problem = "This is not a complete pairing token. Copy the token exactly as `tonari peer invite` printed it.";
        return null;
    }

    /// <summary>Lower-case hex SHA-256 of a secret: what the inviter keeps.</summary>
    public static string HashOf(string secret) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    private static bool IsFingerprint(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PairingToken))]
internal sealed partial class PairingJson : JsonSerializerContext;
