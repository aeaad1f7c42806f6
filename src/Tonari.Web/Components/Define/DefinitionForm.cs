using Tonari.Web.Actions;

namespace Tonari.Web.Components.Define;

/// <summary>A definition while it is being written.</summary>
public sealed class DefinitionForm
{
    /// <summary>Name of the application.</summary>
    public string Name { get; set; } = "";

    /// <summary>Its namespaces; there is always one.</summary>
    public List<Row> Namespaces { get; set; } = [new()];

    /// <summary>Objects without namespace.</summary>
    public List<Row> ClusterResources { get; set; } = [];

    /// <summary>What is left out.</summary>
    public List<Row> Excludes { get; set; } = [];

    /// <summary>Begins with what is defined.</summary>
    internal static DefinitionForm Of(DefineRequest definition, string ns) => new()
    {
        Name = definition.Name ?? "",
        Namespaces = definition.Namespaces is { Count: > 0 } given ? [.. given.Select(n => new Row { Name = n.Name ?? "", Selector = n.Selector ?? "" })] : [new() { Name = ns }],
        ClusterResources = [.. (definition.ClusterResources ?? []).Select(c => new Row { Kind = c.Kind ?? "", Name = c.Name ?? "", Selector = c.Selector ?? "" })],
        Excludes = [.. (definition.Excludes ?? []).Select(e => new Row { Kind = e.Kind ?? "", Name = e.Name ?? "" })],
    };

    /// <summary>As it is asked for.</summary>
    internal DefineRequest ToRequest() => new(
        Name.Trim(),
        [.. Namespaces.Select(n => new NamespaceRequest(n.Name.Trim(), n.Selector.Trim()))],
        [.. ClusterResources.Select(c => new ClusterResourceRequest(c.Kind.Trim(), c.Name.Trim(), c.Selector.Trim()))],
        [.. Excludes.Select(e => new ExcludeRequest(e.Kind.Trim(), e.Name.Trim()))]);

    /// <summary>A line of it; which of the three there are depends on the list.</summary>
    public sealed class Row
    {
        /// <summary>Kind and group.</summary>
        public string Kind { get; set; } = "";

        /// <summary>Name.</summary>
        public string Name { get; set; } = "";

        /// <summary>Labels.</summary>
        public string Selector { get; set; } = "";
    }
}
