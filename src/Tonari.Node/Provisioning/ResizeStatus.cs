using System.Globalization;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Resources;

namespace Tonari.Node.Provisioning;

/// <summary>The parts of a claim's status that growing changes, as merge patches. Pure.</summary>
internal static class ResizeStatus
{
    public static JsonObject AwaitFileSystem(V1PersistentVolumeClaim claim, DateTimeOffset now)
    {
        var conditions = Others(claim);
        conditions.Add(new JsonObject
        {
            ["type"] = ResizeDecider.FileSystemPending,
            ["status"] = "True",
            ["lastTransitionTime"] = now.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
            ["message"] = "The volume has grown; kubelet grows its filesystem while a pod uses it.",
        });
        return new JsonObject { ["conditions"] = conditions };
    }

    public static JsonObject Finished(V1PersistentVolumeClaim claim, long bytes) => new()
    {
        ["capacity"] = new JsonObject { [StorageNames.Storage] = Quantities.Bytes(bytes).ToString() },
        ["conditions"] = Others(claim),
    };

    /// <summary>A merge patch replaces the whole list, so conditions of others are carried along.</summary>
    private static JsonArray Others(V1PersistentVolumeClaim claim)
    {
        var others = (claim.Status?.Conditions ?? []).Where(condition => condition.Type is not (ResizeDecider.FileSystemPending or "Resizing"));
        return [.. others.Select(condition => (JsonNode)Kubernetes.Json.KubeJson.ToJson(condition))];
    }
}
