using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Transform;

/// <summary>What is special about single kinds when they move to another cluster.</summary>
internal static class KindRules
{
    private const string TokenMountPath = "/var/run/secrets/kubernetes.io/serviceaccount";
    private const string NamespaceNameLabel = "kubernetes.io/metadata.name";

    private static readonly string[] JobLabels = ["controller-uid", "batch.kubernetes.io/controller-uid", "job-name", "batch.kubernetes.io/job-name"];

    public static void Apply(JsonObject value, TransformOptions options)
    {
        switch (value.Group(), value.Kind())
        {
            case ("", "Namespace"):
                value.Metadata()["name"] = options.Namespace(value.Name());
                (value.Metadata()["labels"] as JsonObject)?.Remove(NamespaceNameLabel);
                value.Remove("spec");
                break;
            case ("", "Service"):
                Service(value);
                break;
            case ("", "ServiceAccount"):
                ServiceAccount(value);
                break;
            case ("", "Pod"):
                Pod(value);
                break;
            case ("batch", "Job"):
                Job(value);
                break;
            case ("apps", "StatefulSet"):
                ClaimTemplates(value, options);
                break;
            case ("rbac.authorization.k8s.io", "RoleBinding" or "ClusterRoleBinding"):
                MapEach(value["subjects"], "namespace", options);
                break;
            case ("rbac.authorization.k8s.io", "ClusterRole") when value["aggregationRule"] is not null:
                value.Remove("rules");
                break;
            case ("networking.k8s.io", "NetworkPolicy"):
                NetworkPolicy(value, options);
                break;
            case ("admissionregistration.k8s.io", _):
                foreach (var webhook in value["webhooks"] as JsonArray ?? [])
                    Map(webhook.At("clientConfig", "service"), "namespace", options);
                break;
            case ("apiregistration.k8s.io", "APIService"):
                Map(value.At("spec", "service"), "namespace", options);
                break;
            case ("apiextensions.k8s.io", "CustomResourceDefinition"):
                Map(value.At("spec", "conversion", "webhook", "clientConfig", "service"), "namespace", options);
                break;
            case (WellKnown.Group, "Application"):
                MapEach(value.At("spec", "namespaces"), "name", options);
                break;
            case (WellKnown.Group, "ExecHook"):
                Map(value.At("spec", "selector"), "namespace", options);
                break;
            default:
                break;
        }
    }

    private static void Service(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec)
            return;
        if (spec["clusterIP"].Text() != "None")
        {
            spec.Remove("clusterIP");
            spec.Remove("clusterIPs");
        }
        foreach (var assigned in (ReadOnlySpan<string>)["ipFamilies", "ipFamily", "ipFamilyPolicy", "healthCheckNodePort"])
            spec.Remove(assigned);
        foreach (var port in (spec["ports"] as JsonArray ?? []).OfType<JsonObject>())
            port.Remove("nodePort");
    }

    private static void ServiceAccount(JsonObject value)
    {
        KeepOnly(value, "secrets", entry => !IsGeneratedSecret(value.Name(), entry.At("name").Text()));
        KeepOnly(value, "imagePullSecrets", entry => !IsGeneratedSecret(value.Name(), entry.At("name").Text()));
    }

    private static bool IsGeneratedSecret(string account, string? secret) =>
        secret is not null && (secret.StartsWith(account + "-token-", StringComparison.Ordinal) || secret.StartsWith(account + "-dockercfg-", StringComparison.Ordinal));

    private static void Pod(JsonObject value)
    {
        if (ApplicationVolumes.PodSpecOf(value) is not { } spec)
            return;
        foreach (var assigned in (ReadOnlySpan<string>)["nodeName", "priority", "preemptionPolicy", "ephemeralContainers", "serviceAccount"])
            spec.Remove(assigned);

        // The account's token was mounted by an admission plugin; the one here mounts its own.
        var containers = (spec["containers"] as JsonArray ?? []).Concat(spec["initContainers"] as JsonArray ?? []).OfType<JsonObject>().ToList();
        var tokens = containers.SelectMany(c => c["volumeMounts"] as JsonArray ?? [])
            .Where(mount => mount.At("mountPath").Text() == TokenMountPath).Select(mount => mount.At("name").Text()).ToHashSet();
        foreach (var container in containers)
            KeepOnly(container, "volumeMounts", mount => mount.At("mountPath").Text() != TokenMountPath);
        KeepOnly(spec, "volumes", volume => !tokens.Contains(volume.At("name").Text()));
    }

    private static void Job(JsonObject value)
    {
        if (value["spec"] is not JsonObject spec)
            return;
        // The server generates selector and labels from the uid, unless the user chose them.
        if (spec["manualSelector"] is JsonValue manual && manual.TryGetValue<bool>(out var chosen) && chosen)
            return;
        spec.Remove("selector");
        foreach (var labels in (ReadOnlySpan<JsonObject?>)[value.Metadata()["labels"] as JsonObject, spec.At("template", "metadata", "labels") as JsonObject])
        {
            foreach (var label in JobLabels)
                labels?.Remove(label);
        }
    }

    private static void ClaimTemplates(JsonObject value, TransformOptions options)
    {
        foreach (var template in (value.At("spec", "volumeClaimTemplates") as JsonArray ?? []).OfType<JsonObject>())
        {
            template.Remove("status");
            template.Metadata().Remove("creationTimestamp");
            if (template.At("spec") is JsonObject spec && spec["storageClassName"].Text() is { } name)
                spec["storageClassName"] = options.StorageClass(name);
        }
    }

    private static void NetworkPolicy(JsonObject value, TransformOptions options)
    {
        var peers = (value.At("spec", "ingress") as JsonArray ?? []).SelectMany(rule => rule.At("from") as JsonArray ?? [])
            .Concat((value.At("spec", "egress") as JsonArray ?? []).SelectMany(rule => rule.At("to") as JsonArray ?? []));
        foreach (var selector in peers.Select(peer => peer.At("namespaceSelector")).OfType<JsonObject>())
        {
            Map(selector["matchLabels"], NamespaceNameLabel, options);
            foreach (var expression in selector["matchExpressions"] as JsonArray ?? [])
            {
                if (expression.At("key").Text() == NamespaceNameLabel && expression.At("values") is JsonArray values)
                    expression!["values"] = new JsonArray([.. values.Select(v => (JsonNode)options.Namespace(v.Text() ?? ""))]);
            }
        }
    }

    private static void MapEach(JsonNode? list, string property, TransformOptions options)
    {
        foreach (var entry in list as JsonArray ?? [])
            Map(entry, property, options);
    }

    private static void Map(JsonNode? owner, string property, TransformOptions options)
    {
        if (owner is JsonObject value && value[property].Text() is { } ns)
            value[property] = options.Namespace(ns);
    }

    private static void KeepOnly(JsonObject owner, string property, Func<JsonNode?, bool> keep)
    {
        if (owner[property] is not JsonArray list)
            return;
        var kept = list.Where(keep).Select(entry => entry?.DeepClone()).ToArray();
        if (kept.Length == 0)
            owner.Remove(property);
        else if (kept.Length < list.Count)
            owner[property] = new JsonArray(kept);
    }
}
