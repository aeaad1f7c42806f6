using k8s.Models;

namespace Tonari.Cli.Views;

/// <summary>Label selectors as kubectl writes them: <c>app=web,tier!=cache,canary,!old</c>. <see cref="Tonari.Kubernetes.Api.LabelSelectorText"/> reads them.</summary>
internal static class SelectorText
{
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
}
