using System.Text.Json.Nodes;
using k8s.Models;

namespace Tonari.Kubernetes.Api;

/// <summary>Label selectors as Kubernetes understands them.</summary>
public static class LabelSelectors
{
    /// <summary>
    /// Whether an object's labels satisfy a selector. No selector, or an empty one, matches everything; a label that is missing satisfies
    /// <c>NotIn</c> and <c>DoesNotExist</c>.
    /// </summary>
    /// <exception cref="ArgumentException">An operator is unknown.</exception>
    public static bool Matches(this V1LabelSelector? selector, JsonObject value)
    {
        if (selector is null)
            return true;
        foreach (var (name, wanted) in selector.MatchLabels ?? new Dictionary<string, string>())
        {
            if (value.Label(name) != wanted)
                return false;
        }
        return (selector.MatchExpressions ?? []).All(expression => Matches(expression, value.Label(expression.Key)));
    }

    /// <summary>The selector as it is written in a request; null when it selects everything.</summary>
    public static string? ToQuery(this V1LabelSelector? selector)
    {
        if (selector is null)
            return null;
        var parts = (selector.MatchLabels ?? new Dictionary<string, string>()).Select(pair => $"{pair.Key}={pair.Value}")
            .Concat((selector.MatchExpressions ?? []).Select(Write));
        var query = string.Join(',', parts);
        return query.Length == 0 ? null : query;
    }

    private static bool Matches(V1LabelSelectorRequirement expression, string? label) => expression.OperatorProperty switch
    {
        "In" => label is not null && expression.Values.Contains(label),
        "NotIn" => label is null || !expression.Values.Contains(label),
        "Exists" => label is not null,
        "DoesNotExist" => label is null,
        var other => throw new ArgumentException($"'{other}' is not an operator of a label selector. Use In, NotIn, Exists or DoesNotExist."),
    };

    private static string Write(V1LabelSelectorRequirement expression) => expression.OperatorProperty switch
    {
        "In" => $"{expression.Key} in ({string.Join(',', expression.Values)})",
        "NotIn" => $"{expression.Key} notin ({string.Join(',', expression.Values)})",
        "Exists" => expression.Key,
        "DoesNotExist" => "!" + expression.Key,
        var other => throw new ArgumentException($"'{other}' is not an operator of a label selector. Use In, NotIn, Exists or DoesNotExist."),
    };
}
