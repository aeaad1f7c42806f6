using System.Text.RegularExpressions;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Web.Actions;

/// <summary>What is wrong with a part of a definition.</summary>
internal enum DefinitionFault
{
    /// <summary>It has no name.</summary>
    NoName,

    /// <summary>Kubernetes does not take such a name.</summary>
    BadName,

    /// <summary>Kubernetes has no namespaces of such a name.</summary>
    BadNamespace,

    /// <summary>The same namespace twice.</summary>
    NamespaceTwice,

    /// <summary>That is no label selector.</summary>
    BadSelector,

    /// <summary>It does not say of which kind.</summary>
    NoKind,

    /// <summary>One object by its name, or several by their labels, not both.</summary>
    NameAndSelector,
}

/// <summary>A fault and where it is.</summary>
/// <param name="Field">Of the request, for example <c>namespaces[1].selector</c>.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Part">What was written there.</param>
internal sealed record DefinitionProblem(string Field, DefinitionFault Fault, string Part)
{
    /// <summary>In words, for programs.</summary>
    public string Sentence => Field + ": " + Fault switch
    {
        DefinitionFault.NoName => "Give the application a name.",
        DefinitionFault.BadName => $"'{Part}' is no name: use lower-case letters, digits and dashes, at most 63.",
        DefinitionFault.BadNamespace => $"'{Part}' cannot be a namespace: use lower-case letters, digits and dashes, at most 63.",
        DefinitionFault.NamespaceTwice => $"The namespace {Part} is there twice. Write both selections as one selector.",
        DefinitionFault.BadSelector => $"'{Part}' is not understood. Write it like app=shop,tier in (db,web),!test.",
        DefinitionFault.NoKind => "Say of which kind, for example ClusterRole.rbac.authorization.k8s.io.",
        _ => "Give a name or a selector, not both.",
    };
}

/// <summary>Between definitions as people write them and as they are kept. Pure.</summary>
internal static partial class Definitions
{
    /// <summary>There can be a namespace of that name.</summary>
    public static bool IsNamespace(string name) => Label().IsMatch(name);

    /// <summary>Everything that is wrong with a definition.</summary>
    public static IReadOnlyList<DefinitionProblem> Check(DefineRequest request)
    {
        var problems = new List<DefinitionProblem>();
        if (string.IsNullOrWhiteSpace(request.Name))
            problems.Add(new("name", DefinitionFault.NoName, ""));
        else if (!Label().IsMatch(request.Name))
            problems.Add(new("name", DefinitionFault.BadName, request.Name));
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (i, ns) in (request.Namespaces ?? []).Index())
        {
            if (!Label().IsMatch(ns.Name ?? ""))
                problems.Add(new($"namespaces[{i}].name", DefinitionFault.BadNamespace, ns.Name ?? ""));
            else if (!seen.Add(ns.Name!))
                problems.Add(new($"namespaces[{i}].name", DefinitionFault.NamespaceTwice, ns.Name!));
            CheckSelector($"namespaces[{i}].selector", ns.Selector);
        }
        foreach (var (i, choice) in (request.ClusterResources ?? []).Index())
        {
            CheckKind($"clusterResources[{i}].kind", choice.Kind);
            CheckSelector($"clusterResources[{i}].selector", choice.Selector);
            if (!string.IsNullOrWhiteSpace(choice.Name) && !string.IsNullOrWhiteSpace(choice.Selector))
                problems.Add(new($"clusterResources[{i}].name", DefinitionFault.NameAndSelector, choice.Name));
        }
        foreach (var (i, exclude) in (request.Excludes ?? []).Index())
            CheckKind($"excludes[{i}].kind", exclude.Kind);
        return problems;

        void CheckSelector(string field, string? selector)
        {
            if (!LabelSelectorText.TryParse(selector ?? "", out _, out var part))
                problems.Add(new(field, DefinitionFault.BadSelector, part.Length == 0 ? selector! : part));
        }

        void CheckKind(string field, string? kind)
        {
            if (KindOf(kind).Kind.Length == 0)
                problems.Add(new(field, DefinitionFault.NoKind, kind ?? ""));
        }
    }

    /// <summary>A definition as it is kept.</summary>
    /// <exception cref="NotUnderstoodException">Something is wrong with it.</exception>
    public static ApplicationSpec Read(DefineRequest request)
    {
        if (Check(request) is [var problem, ..])
            throw new NotUnderstoodException(problem.Sentence);
        return new ApplicationSpec
        {
            Namespaces = [.. (request.Namespaces ?? []).Select(n => new ApplicationNamespace { Name = n.Name!, Selector = SelectorOf(n.Selector) })],
            ClusterResources =
            [
                .. (request.ClusterResources ?? []).Select(c => new ClusterResourceChoice
                {
                    Group = KindOf(c.Kind).Group,
                    Kind = KindOf(c.Kind).Kind,
                    Name = NullIfEmpty(c.Name),
                    Selector = SelectorOf(c.Selector),
                }),
            ],
            Excludes = [.. (request.Excludes ?? []).Select(e => new ResourceExclude { Group = KindOf(e.Kind).Group, Kind = KindOf(e.Kind).Kind, Name = NullIfEmpty(e.Name) })],
        };
    }

    /// <summary>A kept definition as people write it.</summary>
    public static DefineRequest Write(Application application) => new(
        application.Name,
        [.. application.Spec.Namespaces.Select(n => new NamespaceRequest(n.Name, n.Selector.ToQuery()))],
        [.. application.Spec.ClusterResources.Select(c => new ClusterResourceRequest(Name(c.Kind, c.Group), c.Name, c.Selector.ToQuery()))],
        [.. application.Spec.Excludes.Select(e => new ExcludeRequest(Name(e.Kind, e.Group), e.Name))]);

    private static string Name(string kind, string group) => group.Length == 0 ? kind : $"{kind}.{group}";

    private static (string Kind, string Group) KindOf(string? text)
    {
        var trimmed = (text ?? "").Trim();
        var dot = trimmed.IndexOf('.', StringComparison.Ordinal);
        return dot < 0 ? (trimmed, "") : (trimmed[..dot], trimmed[(dot + 1)..]);
    }

    private static k8s.Models.V1LabelSelector? SelectorOf(string? text) => LabelSelectorText.TryParse(text ?? "", out var selector, out _) ? selector : null;

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex("^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex Label();
}
