namespace Tonari.Web.Actions;

/// <summary>Text of somebody else's in a log or a journal: on one line, so that nobody writes lines there that look like ours.</summary>
internal static class OneLine
{
    /// <summary>Control characters become spaces; what is longer than a number of characters is cut.</summary>
    public static string? Of(string? text, int longest = 1024)
    {
        if (text is null)
            return null;
        var line = text.Any(char.IsControl) ? string.Concat(text.Select(c => char.IsControl(c) ? ' ' : c)) : text;
        return line.Length <= longest ? line : string.Concat(line.AsSpan(0, char.IsHighSurrogate(line[longest - 2]) ? longest - 2 : longest - 1), "…");
    }
}
