using System.Globalization;
using Tonari.Engine;

namespace Tonari.Node.Agent;

/// <summary>Stretches of an image as they stand in a URL: <c>offset-length,offset-length</c>, bytes.</summary>
internal static class StretchText
{
    public static string Write(IReadOnlyList<ByteRange> ranges) =>
        string.Join(',', ranges.Select(r => string.Create(CultureInfo.InvariantCulture, $"{r.Offset.Value}-{r.Length.Value}")));

    /// <summary>Null where it is not that, or too many of them.</summary>
    public static IReadOnlyList<ByteRange>? TryRead(string text)
    {
        var parts = text.Split(',', EngineLimits.RangesPerRequest + 1);
        if (parts.Length > EngineLimits.RangesPerRequest)
            return null;
        var ranges = new List<ByteRange>();
        foreach (var part in parts)
        {
            var dash = part.IndexOf('-', StringComparison.Ordinal);
            if (dash < 0 || !Number(part.AsSpan(0, dash), out var offset) || !Number(part.AsSpan(dash + 1), out var length) || length > long.MaxValue - offset)
                return null;
            ranges.Add(new ByteRange(new ByteOffset(offset), new ByteCount(length)));
        }

        return ranges;
    }

    private static bool Number(ReadOnlySpan<char> text, out long value) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
