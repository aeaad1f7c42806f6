using System.IO.Hashing;
using System.Text;

namespace Tonari.Engine.Layout;

/// <summary>
/// The last member of every document, <c>seal</c>: XXH3-64 of the document without it. A damaged byte is told from a fact by it: a snapshot whose
/// document lost one letter of its group's name would else look like a leftover, and be removed.
/// </summary>
internal static class DocumentSeal
{
    private const int HashDigits = 16;
    private static readonly byte[] s_end = "\n}"u8.ToArray();
    private static readonly byte[] s_before = ",\n  \"seal\": \""u8.ToArray();
    private static readonly byte[] s_after = "\"\n}"u8.ToArray();
    private static readonly byte[] s_member = "\"seal\""u8.ToArray();

    /// <summary>The document with its seal.</summary>
    /// <param name="document">JSON as written here: indented, an object with at least one member.</param>
    public static byte[] Seal(ReadOnlySpan<byte> document) =>
        [.. document[..^s_end.Length], .. s_before, .. Encoding.ASCII.GetBytes(Hash(document)), .. s_after];

    /// <summary>Whether the document is as it was written. One without a seal, from before there were any or written by hand, counts as that.</summary>
    public static bool IsIntact(ReadOnlySpan<byte> file)
    {
        if (file.IndexOf(s_member) < 0)
            return true;
        var tail = s_before.Length + HashDigits + s_after.Length;
        if (file.Length < tail || !file[^tail..].StartsWith(s_before) || !file.EndsWith(s_after))
            return false;
        byte[] document = [.. file[..^tail], .. s_end];
        return file.Slice(file.Length - s_after.Length - HashDigits, HashDigits).SequenceEqual(Encoding.ASCII.GetBytes(Hash(document)));
    }

    private static string Hash(ReadOnlySpan<byte> document) => Convert.ToHexStringLower(XxHash3.Hash(document));
}
