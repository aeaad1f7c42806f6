using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Apply;

/// <summary>
/// What captured objects may become here. They come from another cluster, and whoever holds that one could write anything into them; they are
/// applied with this controller's rights. Pure.
/// </summary>
public sealed record ApplyBounds
{
    private const int LongestName = 253;

    /// <summary>Whether objects may be written into the namespace of this name, as named here.</summary>
    public required Func<string, bool> AllowsNamespace { get; init; }

    /// <summary>Kinds of cluster-scoped objects that may be written besides, each <c>Kind</c> for the core group or <c>Kind.group</c>.</summary>
    public IReadOnlyList<string> ClusterKinds { get; init; } = [];

    /// <summary>Who wrote the objects, for sentences: the name of the ClusterPeer.</summary>
    public required string Writer { get; init; }

    /// <summary>Why an object, as it would be applied, may not be; null where it may.</summary>
    /// <param name="value">The object, names mapped already.</param>
    /// <param name="kind">Its kind as served here; null while it is not served: then what names no namespace counts as the cluster's.</param>
    public string? Refusal(JsonObject value, ResourceKind? kind)
    {
        if (value.Kind().Length == 0 || value.ApiVersion().Length == 0 || !IsPathSegment(value.Name()))
            return "It has no kind, no apiVersion or no name that an object can have.";
        if (!CaptureRules.MayTravel(value.Group(), value.Kind()))
            return $"Objects of the kind {Word(value)} never belong to a capture.";
        var ns = value.Namespace();
        if (kind?.Namespaced ?? ns is not null)
            return ns is null ? "It names no namespace." : RefusalOfNamespace(ns);
        if (ns is not null)
            return $"It names the namespace {ns} although its kind belongs to the cluster.";
        return (value.Group(), value.Kind()) switch
        {
            ("", "Namespace") => RefusalOfNamespace(value.Name()),
            ("apiextensions.k8s.io", "CustomResourceDefinition") => RefusalOfDefinition(value),
            _ when ClusterKinds.Contains(Word(value)) => null,
            _ => $"{Writer} may not write objects of the kind {Word(value)}, which belong to the whole cluster, here. "
                + $"Leave it out of the application, or add {Word(value)} to spec.allowedClusterKinds of the ClusterPeer.",
        };
    }

    /// <summary>Why nothing may be written into a namespace; null where it may.</summary>
    public string? RefusalOfNamespace(string ns) => !IsPathSegment(ns) || ns.Length > 63
        ? "Its namespace is no name of a namespace."
        : AllowsNamespace(ns)
            ? null
            : $"{Writer} may not write into the namespace {ns} here. Add it to spec.allowedNamespaces of the ClusterPeer, or map it to another with spec.namespaceMapping.";

    // A definition only says what a kind looks like, but not of the kinds that Kubernetes and Tonari themselves work by.
    private static string? RefusalOfDefinition(JsonObject value) => value.At("spec", "group").Text() is { } group
        && value.Name().EndsWith("." + group, StringComparison.Ordinal) && group != WellKnown.Group && !IsBuiltIn(group)
        ? null
        : "A definition of kinds of this group cannot come from another cluster; install what provides it here.";

    private static bool IsBuiltIn(string group) => group.Length == 0 || group == "k8s.io" || group.EndsWith(".k8s.io", StringComparison.Ordinal)
        || !group.Contains('.', StringComparison.Ordinal);

    /// <summary>As the API server demands of a name in a path.</summary>
    private static bool IsPathSegment(string name) =>
        name.Length is > 0 and <= LongestName && name is not ("." or "..") && !name.AsSpan().ContainsAny('/', '%') && name.All(c => c is > ' ' and < (char)127);

    private static string Word(JsonObject value) => value.Group().Length == 0 ? value.Kind() : $"{value.Kind()}.{value.Group()}";
}
