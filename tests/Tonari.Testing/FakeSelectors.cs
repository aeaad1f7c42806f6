using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Tonari.Kubernetes.Api;

namespace Tonari.Testing;

/// <summary>Label and field selectors in the form of requests.</summary>
internal static partial class FakeSelectors
{
    public static bool MatchesLabels(string? selector, JsonObject value) =>
        string.IsNullOrEmpty(selector) || Requirements().Split(selector).All(part => MatchesLabel(part.Trim(), value));

    public static bool MatchesFields(string? selector, JsonObject value) =>
        string.IsNullOrEmpty(selector) || selector.Split(',').All(part =>
        {
            var different = part.Contains("!=", StringComparison.Ordinal);
            var pair = part.Split(different ? "!=" : "=", 2);
            return ((value.At(pair[0].Split('.')).Text() ?? "") == pair[1].TrimStart('=')) != different;
        });

    private static bool MatchesLabel(string part, JsonObject value)
    {
        if (SetForm().Match(part) is { Success: true } set)
        {
            var label = value.Label(set.Groups[1].Value);
            var contained = label is not null && set.Groups[3].Value.Split(',').Select(v => v.Trim()).Contains(label);
            return set.Groups[2].Value == "in" ? contained : !contained;
        }
        if (part.Contains("!=", StringComparison.Ordinal))
            return value.Label(part.Split("!=")[0]) != part.Split("!=")[1];
        if (part.Contains('=', StringComparison.Ordinal))
            return value.Label(part.Split('=')[0]) == part.Split('=')[^1];
        return part.StartsWith('!') ? value.Label(part[1..]) is null : value.Label(part) is not null;
    }

    [GeneratedRegex(@",(?![^(]*\))")]
    private static partial Regex Requirements();

    [GeneratedRegex(@"^(\S+)\s+(in|notin)\s+\(([^)]*)\)$")]
    private static partial Regex SetForm();
}
