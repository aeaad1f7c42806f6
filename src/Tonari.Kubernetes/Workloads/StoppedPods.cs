using System.Text.Json;
using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Workloads;

/// <summary>
/// Pods without a controller cannot be scaled to zero, only deleted. So that none is lost, they are kept in a ConfigMap beside where they ran: it is
/// captured like everything else, becomes pods again where the application is applied, and is turned back into pods when the application is started.
/// </summary>
public static class StoppedPods
{
    /// <summary>Name of the ConfigMap.</summary>
    public const string ConfigMapName = "tonari-stopped-pods";

    /// <summary>The ConfigMap's content for these pods, added to what it holds already.</summary>
    public static JsonObject Keep(JsonObject? configMap, string ns, IEnumerable<JsonObject> pods)
    {
        var kept = (JsonObject?)configMap?.DeepClone() ?? new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "ConfigMap",
            ["metadata"] = new JsonObject { ["name"] = ConfigMapName, ["namespace"] = ns },
        };
        if (kept["data"] is not JsonObject data)
            kept["data"] = data = [];
        foreach (var pod in pods)
        {
            var plain = new JsonObject
            {
                ["apiVersion"] = "v1",
                ["kind"] = "Pod",
                ["metadata"] = new JsonObject
                {
                    ["name"] = pod.Name(),
                    ["namespace"] = ns,
                    ["labels"] = pod.Metadata()["labels"]?.DeepClone(),
                    ["annotations"] = pod.Metadata()["annotations"]?.DeepClone(),
                },
                ["spec"] = pod["spec"]?.DeepClone(),
            };
            data[pod.Name()] = plain.ToJsonString();
        }
        return kept;
    }

    /// <summary>The pods that the ConfigMap keeps; for any other object, itself.</summary>
    /// <exception cref="CapturedResourcesException">Someone has changed the ConfigMap, and what it keeps is no pod of its namespace.</exception>
    public static IEnumerable<JsonObject> Expand(JsonObject value) =>
        value.Kind() == "ConfigMap" && value.Group().Length == 0 && value.Name() == ConfigMapName
            ? [.. (value["data"] as JsonObject ?? []).Select(pair => PodOf(pair.Value.Text(), value.Namespace()))]
            : [value];

    // Whoever may change ConfigMaps may not on that account create other things, or elsewhere.
    private static JsonObject PodOf(string? text, string? ns)
    {
        try
        {
            var pod = JsonNode.Parse(text ?? "", documentOptions: new JsonDocumentOptions { AllowDuplicateProperties = false }) as JsonObject;
            if (pod is not null && pod.Kind() == "Pod" && pod.ApiVersion() == "v1" && pod.Namespace() == ns)
                return pod;
        }
        catch (JsonException)
        {
            // The sentence below says it for both.
        }
        throw new CapturedResourcesException($"The ConfigMap {ns}/{ConfigMapName} keeps something that is no pod of its namespace. Take that entry out of it, or delete it.");
    }
}
