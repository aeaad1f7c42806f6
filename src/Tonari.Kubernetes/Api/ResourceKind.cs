using System.Reflection;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Api;

/// <summary>A kind of object as an API server serves it.</summary>
/// <param name="Group">API group; empty for the core group.</param>
/// <param name="Version">Version within the group.</param>
/// <param name="Kind">Kind, CamelCase.</param>
/// <param name="Plural">Name in paths.</param>
/// <param name="Namespaced">Whether its objects live in namespaces.</param>
public sealed record ResourceKind(string Group, string Version, string Kind, string Plural, bool Namespaced)
{
    /// <summary>What can be done with its objects, as discovery says; empty where the kind did not come from discovery.</summary>
    public IReadOnlyList<string> Verbs { get; init; } = [];

    /// <summary>Every version the server serves the kind in, as discovery says.</summary>
    public IReadOnlyList<string> ServedVersions { get; init; } = [];

    /// <summary>Group and version as written in <c>apiVersion</c>.</summary>
    public string ApiVersion => Group.Length == 0 ? Version : $"{Group}/{Version}";

    /// <summary>Path of the collection, or of one object and a subresource of it. A namespaced kind without namespace means all namespaces.</summary>
    /// <exception cref="ResourceInvalidException">No object and no namespace can have that name; in a path it would stand for something else.</exception>
    public string Path(string? ns, string? name = null, string? subresource = null)
    {
        if (ns is "." or ".." || name is "" or "." or "..")
            throw new ResourceInvalidException($"There is no {Kind} '{name}' in '{ns}': no name consists of dots or of nothing.", System.Net.HttpStatusCode.BadRequest, "Invalid");
        var path = Group.Length == 0 ? $"/api/{Version}" : $"/apis/{Group}/{Version}";
        if (Namespaced && !string.IsNullOrEmpty(ns))
            path += "/namespaces/" + Uri.EscapeDataString(ns);
        path += "/" + Plural;
        if (name is not null)
            path += "/" + Uri.EscapeDataString(name);
        return subresource is null ? path : path + "/" + subresource;
    }

    /// <summary>Same group and kind, whatever the version.</summary>
    public bool Is(string group, string kind) => Group == group && Kind == kind;

    /// <summary>Two kinds are the same when their names are; what can be done with them does not matter.</summary>
    public bool Equals(ResourceKind? other) =>
        other is not null && Group == other.Group && Version == other.Version && Kind == other.Kind && Plural == other.Plural && Namespaced == other.Namespaced;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Group, Version, Kind);

    /// <inheritdoc/>
    public override string ToString() => Group.Length == 0 ? Kind : $"{Kind}.{Group}";

    /// <summary>The kind that a C# type stands for.</summary>
    /// <exception cref="ArgumentException">The type is not a Kubernetes object.</exception>
    public static ResourceKind Of<T>() => Cache<T>.Kind;

    private static class Cache<T>
    {
        public static readonly ResourceKind Kind = Describe(typeof(T));
    }

    private static ResourceKind Describe(Type type)
    {
        var entity = type.GetCustomAttribute<KubernetesEntityAttribute>()
            ?? throw new ArgumentException($"{type.Name} is not a Kubernetes object.", nameof(type));
        var namespaced = type.GetCustomAttribute<CustomResourceInfoAttribute>()?.Namespaced ?? !ClusterScoped.Contains((entity.Group, entity.Kind));
        // The client package gives kinds that can only be created, such as reviews, no plural.
        var plural = string.IsNullOrEmpty(entity.PluralName) ? entity.Kind.ToLowerInvariant() + "s" : entity.PluralName;
        return new ResourceKind(entity.Group, entity.ApiVersion, entity.Kind, plural, namespaced);
    }

    // Of the kinds that have a C# type in the client package; the API says so for all others.
    private static readonly HashSet<(string, string)> ClusterScoped =
    [
        ("", "Namespace"), ("", "Node"), ("", "PersistentVolume"),
        ("rbac.authorization.k8s.io", "ClusterRole"), ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
        ("storage.k8s.io", "StorageClass"), ("storage.k8s.io", "CSIDriver"), ("storage.k8s.io", "CSINode"), ("storage.k8s.io", "VolumeAttachment"),
        ("apiextensions.k8s.io", "CustomResourceDefinition"), ("apiregistration.k8s.io", "APIService"),
        ("admissionregistration.k8s.io", "MutatingWebhookConfiguration"), ("admissionregistration.k8s.io", "ValidatingWebhookConfiguration"),
        ("authentication.k8s.io", "TokenReview"), ("authorization.k8s.io", "SubjectAccessReview"),
        ("scheduling.k8s.io", "PriorityClass"), ("node.k8s.io", "RuntimeClass"), ("networking.k8s.io", "IngressClass"),
    ];
}

/// <summary>The parts of an object that every kind has, read from its JSON.</summary>
public static class ObjectJson
{
    /// <summary>Its <c>metadata</c>; an empty object that belongs to nothing where it has none.</summary>
    public static JsonObject Metadata(this JsonObject value) => value["metadata"] as JsonObject ?? [];

    /// <summary><c>metadata.name</c>.</summary>
    public static string Name(this JsonObject value) => value.Metadata()["name"].Text() ?? "";

    /// <summary><c>metadata.namespace</c>; null for cluster-scoped objects.</summary>
    public static string? Namespace(this JsonObject value) => value.Metadata()["namespace"].Text();

    /// <summary><c>metadata.uid</c>.</summary>
    public static string? Uid(this JsonObject value) => value.Metadata()["uid"].Text();

    /// <summary><c>metadata.resourceVersion</c>.</summary>
    public static string? ResourceVersion(this JsonObject value) => value.Metadata()["resourceVersion"].Text();

    /// <summary><c>apiVersion</c>.</summary>
    public static string ApiVersion(this JsonObject value) => value["apiVersion"].Text() ?? "";

    /// <summary><c>kind</c>.</summary>
    public static string Kind(this JsonObject value) => value["kind"].Text() ?? "";

    /// <summary>The API group, from <c>apiVersion</c>; empty for the core group.</summary>
    public static string Group(this JsonObject value)
    {
        var text = value.ApiVersion();
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? "" : text[..slash];
    }

    /// <summary>A label; null where it has none of that name.</summary>
    public static string? Label(this JsonObject value, string name) => value.Metadata()["labels"] is JsonObject labels ? labels[name].Text() : null;

    /// <summary>An annotation; null where it has none of that name.</summary>
    public static string? Annotation(this JsonObject value, string name) =>
        value.Metadata()["annotations"] is JsonObject annotations ? annotations[name].Text() : null;

    /// <summary>The string a node holds; null for anything else.</summary>
    public static string? Text(this JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;

    /// <summary>The node at a path of property names; null where there is none.</summary>
    public static JsonNode? At(this JsonNode? node, params ReadOnlySpan<string> path)
    {
        foreach (var step in path)
            node = node is JsonObject inner ? inner[step] : null;
        return node;
    }
}
