using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Transform;

/// <summary>What differs on the other cluster.</summary>
public sealed record TransformOptions
{
    /// <summary>Id of the mirror; label of what Tonari creates.</summary>
    public required string MirrorId { get; init; }

    /// <summary>Namespaces with another name here: captured name to name here.</summary>
    public IReadOnlyDictionary<string, string> NamespaceMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>Storage classes with another name here: captured name to name here.</summary>
    public IReadOnlyDictionary<string, string> StorageClassMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>The namespace's name here.</summary>
    public string Namespace(string captured) => NamespaceMapping.GetValueOrDefault(captured, captured);

    /// <summary>The storage class's name here.</summary>
    public string? StorageClass(string? captured) => captured is null ? null : StorageClassMapping.GetValueOrDefault(captured, captured);
}

/// <summary>
/// From an object as another cluster kept it to one that can be applied here: what belonged to the old cluster is taken off, names are mapped,
/// and a workload that Tonari had stopped gets its wanted size back. Pure; doing it twice is doing it once.
/// </summary>
public static class ResourceTransform
{
    private static readonly string[] OldAnnotations =
    [
        "kubectl.kubernetes.io/last-applied-configuration", "deployment.kubernetes.io/", "deprecated.daemonset.template.generation",
        "control-plane.alpha.kubernetes.io/leader", "batch.kubernetes.io/job-tracking", "pv.kubernetes.io/", "volume.kubernetes.io/",
        "volume.beta.kubernetes.io/", "endpoints.kubernetes.io/", "autoscaling.alpha.kubernetes.io/",
    ];

    /// <summary>The objects as they are to be applied. Those kept by <see cref="Workloads.StoppedPods"/> become objects again.</summary>
    public static IReadOnlyList<JsonObject> Apply(IEnumerable<JsonObject> captured, TransformOptions options) =>
        [.. captured.SelectMany(Workloads.StoppedPods.Expand).Select(value => Apply(value, options))];

    /// <summary>One object as it is to be applied; the given one is not changed.</summary>
    public static JsonObject Apply(JsonObject captured, TransformOptions options)
    {
        var value = (JsonObject)captured.DeepClone();
        value.Remove("status");
        Workloads.WorkloadDecisions.RestoreSize(value);
        CleanMetadata(value, options);
        if (value["spec"] is JsonObject spec && spec.At("template", "metadata") is JsonObject template)
            template.Remove("creationTimestamp");
        KindRules.Apply(value, options);
        return value;
    }

    private static void CleanMetadata(JsonObject value, TransformOptions options)
    {
        var old = value.Metadata();
        var metadata = new JsonObject { ["name"] = value.Name() };
        if (value.Namespace() is { } ns)
            metadata["namespace"] = options.Namespace(ns);
        var labels = (old["labels"] as JsonObject)?.DeepClone() as JsonObject ?? [];
        labels[WellKnown.MirrorLabel] = options.MirrorId;
        metadata["labels"] = labels;
        if (old["annotations"] is JsonObject annotations)
        {
            var kept = annotations.Where(pair => !OldAnnotations.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
                .Select(pair => KeyValuePair.Create(pair.Key, pair.Value?.DeepClone()));
            var clean = new JsonObject(kept);
            if (clean.Count > 0)
                metadata["annotations"] = clean;
        }
        value["metadata"] = metadata;
        // The same applications may take it there, under the names they have there.
        if (value.Namespace() is null && value.Annotation(ApplicationConsent.Annotation) is { } consent)
            metadata["annotations"]![ApplicationConsent.Annotation] = ApplicationConsent.Mapped(consent, options.Namespace);
    }
}
