using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Capture;

/// <summary>What an Application object chooses, with its defaults filled in.</summary>
/// <param name="Application">Name of the Application.</param>
/// <param name="Namespaces">Its namespaces, at least one, each once.</param>
/// <param name="ClusterResources">Cluster-scoped objects.</param>
/// <param name="Excludes">What is left out.</param>
public sealed record ApplicationScope(
    string Application,
    IReadOnlyList<ApplicationNamespace> Namespaces,
    IReadOnlyList<ClusterResourceChoice> ClusterResources,
    IReadOnlyList<ResourceExclude> Excludes)
{
    /// <summary>The scope of an Application.</summary>
    public static ApplicationScope Of(Application application)
    {
        var spec = application.Spec;
        IReadOnlyList<ApplicationNamespace> namespaces = spec.Namespaces.Count == 0
            ? [new ApplicationNamespace { Name = application.Namespace }]
            : [.. spec.Namespaces.DistinctBy(n => n.Name)];
        return new ApplicationScope(application.Name, namespaces, spec.ClusterResources, spec.Excludes);
    }

    /// <summary>The same choice where the namespaces have other names.</summary>
    public ApplicationScope MapNamespaces(IReadOnlyDictionary<string, string> mapping) => this with
    {
        Namespaces = [.. Namespaces.Select(n => n with { Name = mapping.GetValueOrDefault(n.Name, n.Name) })],
    };

    /// <summary>Names of its namespaces.</summary>
    public IEnumerable<string> NamespaceNames => Namespaces.Select(n => n.Name);

    /// <summary>Left out by the user.</summary>
    public bool IsExcluded(JsonObject value) => Excludes.Any(e =>
        e.Group == value.Group() && string.Equals(e.Kind, value.Kind(), StringComparison.OrdinalIgnoreCase) && (e.Name is null || e.Name == value.Name()));

    /// <summary>The selector of one of its namespaces; null: everything in it.</summary>
    public V1LabelSelector? SelectorOf(string ns) => Namespaces.FirstOrDefault(n => n.Name == ns)?.Selector;
}
