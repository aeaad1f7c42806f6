namespace Tonari.Kubernetes.Resources;

/// <summary>
/// The forms of names in Kubernetes. What is none of them names nothing, so it is refused by schemas and command line before anybody looks for it.
/// </summary>
public static class NameForms
{
    /// <summary>Longest name of an object.</summary>
    public const int LongestSubdomain = 253;

    /// <summary>Longest name of a namespace.</summary>
    public const int LongestLabel = 63;

    /// <summary>A DNS label, as namespaces are named; for schemas, with <see cref="LongestLabel"/>.</summary>
    public const string Label = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";

    /// <summary>A DNS subdomain, as other objects are named; for schemas, with <see cref="LongestSubdomain"/>.</summary>
    public const string Subdomain = @"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>The same, or nothing.</summary>
    public const string SubdomainOrEmpty = @"^([a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*)?$";

    /// <summary>A DNS label, or nothing.</summary>
    public const string LabelOrEmpty = "^([a-z0-9]([-a-z0-9]*[a-z0-9])?)?$";

    /// <summary>A DNS label, or an asterisk that stands for any.</summary>
    public const string LabelOrAny = @"^([a-z0-9]([-a-z0-9]*[a-z0-9])?|\*)$";

    /// <summary>Longest name of a kind.</summary>
    public const int LongestKind = 63;

    /// <summary>The name of a kind.</summary>
    public const string Kind = "^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?$";

    /// <summary>The name of a kind and, after a dot, its group.</summary>
    public const string KindAndGroup = @"^[A-Za-z]([-A-Za-z0-9]*[A-Za-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

    /// <summary>What can be part of a path: names of cluster-scoped objects, such as <c>system:node</c>, need have no other form. At least one character is no dot.</summary>
    public const string PathSegment = "^[^/%]*[^/%.][^/%]*$";

    /// <summary>Whether a namespace can have this name.</summary>
    public static bool IsLabel(string text) => text.Length <= LongestLabel && IsPart(text);

    /// <summary>Whether an object that is no namespace can have this name.</summary>
    public static bool IsSubdomain(string text) => text.Length <= LongestSubdomain && text.Split('.').All(IsPart);

    private static bool IsPart(string text) => text.Length > 0 && text[0] != '-' && text[^1] != '-'
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
