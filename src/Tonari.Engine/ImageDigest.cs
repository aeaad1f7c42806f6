namespace Tonari.Engine;

/// <summary>What an image's bytes add up to: equal digests mean equal images (docs/format.md, "Digest"). It guards against damage and mistakes;
/// against attackers the connection does.</summary>
/// <param name="Value">"tb1:" and 32 lower-case hexadecimal digits.</param>
public readonly record struct ImageDigest(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
