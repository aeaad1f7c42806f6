using System.Text.RegularExpressions;
using k8s.Models;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Api;

/// <summary>Label selectors as people write them, in the syntax of <c>kubectl -l</c>: <c>app=shop,tier in (db,web),!test</c>.</summary>
public static partial class LabelSelectorText
{
    /// <summary>Reads one. Nothing at all selects everything: the selector is null then.</summary>
    /// <param name="text">What was written.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="part">The first part that is not understood.</param>
    /// <returns>Whether all of it was understood.</returns>
    public static bool TryParse(string text, out V1LabelSelector? selector, out string part)
    {
        (selector, part) = (null, "");
        if (string.IsNullOrWhiteSpace(text))
            return true;
        var labels = new Dictionary<string, string>();
        var expressions = new List<V1LabelSelectorRequirement>();
        foreach (var term in Terms(text))
        {
            if (!Read(term, labels, expressions))
            {
                part = term.Trim();
                return false;
            }
        }
        selector = new V1LabelSelector
        {
            MatchLabels = labels.Count == 0 ? null : labels,
            MatchExpressions = expressions.Count == 0 ? null : expressions,
        };
        return true;
    }

    // Commas within parentheses divide values, not terms.
    private static IEnumerable<string> Terms(string text)
    {
        var (start, depth) = (0, 0);
        for (var i = 0; i < text.Length; i++)
        {
            depth += text[i] switch { '(' => 1, ')' => -1, _ => 0 };
            if (text[i] != ',' || depth > 0)
                continue;
            yield return text[start..i];
            start = i + 1;
        }
        yield return text[start..];
    }

    private static bool Read(string term, Dictionary<string, string> labels, List<V1LabelSelectorRequirement> expressions)
    {
        if (Term().Match(term) is not { Success: true } match)
            return false;
        var key = match.Groups["key"].Value;
        var values = match.Groups["values"].Success ? match.Groups["values"].Value.Split(',', StringSplitOptions.TrimEntries) : [match.Groups["value"].Value];
        if (!IsKey(key) || !values.All(v => Value().IsMatch(v)))
            return false;
        var @operator = match switch
        {
            _ when match.Groups["not"].Success => "DoesNotExist",
            _ when match.Groups["set"].Success => match.Groups["set"].Value == "in" ? "In" : "NotIn",
            _ when match.Groups["equal"].Success => match.Groups["equal"].Value == "!=" ? "NotIn" : "=",
            _ => "Exists",
        };
        if (@operator == "=")
        {
            // The same label twice with two values would select nothing; most likely one of them is a slip.
            return labels.TryAdd(key, values[0]) || labels[key] == values[0];
        }
        expressions.Add(new V1LabelSelectorRequirement { Key = key, OperatorProperty = @operator, Values = @operator.EndsWith('n') ? values : null });
        return true;
    }

    private static bool IsKey(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var (prefix, name) = slash < 0 ? (null, key) : (key[..slash], key[(slash + 1)..]);
        return name.Length > 0 && Value().IsMatch(name) && (prefix is null || NameForms.IsSubdomain(prefix));
    }

    [GeneratedRegex(
        @"^\s*(?:(?<not>!)\s*(?<key>[^\s!=,()]+)|(?<key>[^\s!=,()]+)(?:\s*(?<equal>==|=|!=)\s*(?<value>[^\s!=,()]*)|\s+(?<set>in|notin)\s*\((?<values>[^()]*)\))?)\s*$",
        RegexOptions.ExplicitCapture)]
    private static partial Regex Term();

    // Names of labels and their values have the same form; a value may be empty.
    [GeneratedRegex("^(?:[A-Za-z0-9](?:[-_.A-Za-z0-9]{0,61}[A-Za-z0-9])?)?$")]
    private static partial Regex Value();
}
