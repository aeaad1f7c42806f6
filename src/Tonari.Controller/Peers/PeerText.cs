using Google.Protobuf.WellKnownTypes;

namespace Tonari.Controller.Peers;

/// <summary>What a neighbour writes, made fit for logs, statuses and decisions here.</summary>
internal static class PeerText
{
    /// <summary>A text of the neighbour's in one line: at most so many characters, control characters as spaces (they could forge log lines or steer terminals).</summary>
    public static string OneLine(string text, int longest = PeerLimits.LongestSentence)
    {
        var cut = text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest - 1), "…");
        return cut.Any(IsUnfit) ? string.Concat(cut.Select(c => IsUnfit(c) ? ' ' : c)) : cut;
    }

    /// <summary>A word by which things are told apart: 1 to 63 characters that names are made of.</summary>
    public static bool IsWord(string text) =>
        text.Length is >= 1 and <= PeerLimits.LongestWord && text.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.' or ':');

    /// <summary>A point in time; null where there is none or none that exists.</summary>
    public static DateTimeOffset? Time(Timestamp? time)
    {
        // As the well-known type's own documentation bounds it: years 1 to 9999.
        const long first = -62135596800;
        const long last = 253402300799;
        return time is { Seconds: >= first and <= last, Nanos: >= 0 and < 1_000_000_000 } ? time.ToDateTimeOffset() : null;
    }

    /// <summary>A duration of at most a day; null where there is none, a negative or a longer one: nothing between neighbours takes that long.</summary>
    public static TimeSpan? Span(Duration? span) =>
        span is { Seconds: >= 0 and <= 86400, Nanos: >= 0 and < 1_000_000_000 } ? span.ToTimeSpan() : null;

    private static bool IsUnfit(char c) => char.IsControl(c) || char.IsSurrogate(c) || c is '\u2028' or '\u2029' or (>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069');
}
