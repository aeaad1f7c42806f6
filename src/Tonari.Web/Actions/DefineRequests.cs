namespace Tonari.Web.Actions;

/// <summary>What an application is.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Namespaces">What it holds; everything in its own namespace when left out.</param>
/// <param name="ClusterResources">Objects without namespace that belong to it; none when left out.</param>
/// <param name="Excludes">Objects that do not belong to it although they were chosen; none when left out.</param>
public sealed record DefineRequest(
    string? Name = null, IReadOnlyList<NamespaceRequest>? Namespaces = null, IReadOnlyList<ClusterResourceRequest>? ClusterResources = null,
    IReadOnlyList<ExcludeRequest>? Excludes = null);

/// <summary>Objects of a namespace.</summary>
/// <param name="Name">Name of the namespace.</param>
/// <param name="Selector">Only objects with these labels, as for kubectl: <c>app=shop,tier in (db,web)</c>; all when left out.</param>
public sealed record NamespaceRequest(string? Name, string? Selector = null);

/// <summary>Objects without namespace.</summary>
/// <param name="Kind">Kind and group: <c>ClusterRole.rbac.authorization.k8s.io</c>.</param>
/// <param name="Name">The one object of this name.</param>
/// <param name="Selector">Objects with these labels; with neither name nor selector all of the kind.</param>
public sealed record ClusterResourceRequest(string? Kind, string? Name = null, string? Selector = null);

/// <summary>Objects that are left out.</summary>
/// <param name="Kind">Kind and group: <c>Secret</c>, <c>Ingress.networking.k8s.io</c>.</param>
/// <param name="Name">The one object of this name; all of the kind when left out.</param>
public sealed record ExcludeRequest(string? Kind, string? Name = null);
