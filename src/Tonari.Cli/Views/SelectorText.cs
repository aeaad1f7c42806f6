using k8s.Models;

namespace Tonari.Cli.Views;

/// <summary>Label selectors as kubectl writes them: <c>app=web,tier!=cache,canary,!old</c>.</summary>
internal static class SelectorText
{
    /// <exception cref="CliException">The text is not a selector.</exception>
    public static V1LabelSelector Parse(string text)
    {
        var selector = new V1LabelSelector();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            Add(selector, part, text);
        }

        return selector;
    }

    public static string Write(V1LabelSelector selector)
    {
        var equal = (selector.MatchLabels ?? new Dictionary<string, string>()).Select(l => $"{l.Key}={l.Value}");
        var others = (selector.MatchExpressions ?? []).Select(e => e.OperatorProperty switch
        {
            "Exists" => e.Key,
            "DoesNotExist" => "!" + e.Key,
            "NotIn" when e.Values.Count == 1 => $"{e.Key}!={e.Values[0]}",
            "NotIn" => $"{e.Key} notin ({string.Join(',', e.Values)})",
            _ => $"{e.Key} in ({string.Join(',', e.Values)})",
        });
        return string.Join(',', equal.Concat(others));
    }

    private static void Add(V1LabelSelector selector, string part, string whole)
    {
        if (part.Split("!=") is [{ Length: > 0 } unequalKey, var unequalValue])
        {
            Expression(selector, unequalKey, "NotIn", unequalValue);
        }
        else if (part.Split('=') is [{ Length: > 0 } key, var value])
        {
            selector.MatchLabels ??= new Dictionary<string, string>();
            selector.MatchLabels[key] = value;
        }
        else if (part.Length > 1 && part[0] == '!' && !part.Contains('=', StringComparison.Ordinal))
        {
            Expression(selector, part[1..], "DoesNotExist");
        }
        else if (part.Length > 0 && !part.Contains('=', StringComparison.Ordinal))
        {
            Expression(selector, part, "Exists");
        }
        else
        {
            throw CliException.Usage($"'{whole}' is not a label selector.", "Write it like app=web, or app=web,tier!=cache.");
        }
    }

    private static void Expression(V1LabelSelector selector, string key, string @operator, params string[] values)
    {
        selector.MatchExpressions ??= [];
        selector.MatchExpressions.Add(new V1LabelSelectorRequirement { Key = key, OperatorProperty = @operator, Values = values.Length > 0 ? values : null });
    }
}
