using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Capture;

/// <summary>From claims and persistent volumes to an application's volumes, with a sentence for each that cannot be replicated.</summary>
public static class ApplicationVolumes
{
    private static readonly string[] ForeignAnnotations = ["pv.kubernetes.io/", "volume.kubernetes.io/", "volume.beta.kubernetes.io/", "kubectl.kubernetes.io/"];

    /// <summary>
    /// Names of the claims that pod templates of these objects mount: named ones, and those that StatefulSets make from their templates.
    /// </summary>
    public static IEnumerable<(string Namespace, string Claim)> ClaimsOf(IEnumerable<JsonObject> objects, IReadOnlyCollection<V1PersistentVolumeClaim> claims)
    {
        foreach (var value in objects)
        {
            var ns = value.Namespace() ?? "";
            foreach (var volume in PodSpecOf(value).At("volumes") as JsonArray ?? [])
            {
                if (volume.At("persistentVolumeClaim", "claimName").Text() is { } name)
                    yield return (ns, name);
            }
            foreach (var template in value.At("spec", "volumeClaimTemplates") as JsonArray ?? [])
            {
                var prefix = $"{template.At("metadata", "name").Text()}-{value.Name()}-";
                foreach (var claim in claims.Where(c => c.Namespace() == ns && c.Name().StartsWith(prefix, StringComparison.Ordinal)))
                {
                    if (claim.Name().AsSpan(prefix.Length).ContainsAnyExceptInRange('0', '9') is false)
                        yield return (ns, claim.Name());
                }
            }
        }
    }

    /// <summary>The pod specification inside a workload, or of a pod itself; null for anything else.</summary>
    public static JsonObject? PodSpecOf(JsonObject value) => value.Kind() switch
    {
        "Pod" => value["spec"] as JsonObject,
        "CronJob" => value.At("spec", "jobTemplate", "spec", "template", "spec") as JsonObject,
        _ => value.At("spec", "template", "spec") as JsonObject,
    };

    /// <summary>How a claim's volume is kept, and whether it can be replicated.</summary>
    public static ApplicationVolume Describe(V1PersistentVolumeClaim claim, V1PersistentVolume? volume, IReadOnlyCollection<StoragePool> pools)
    {
        var pool = volume?.Spec.Csi?.VolumeAttributes is { } attributes && attributes.TryGetValue(WellKnown.PoolAttribute, out var name) ? name : null;
        var reason = WhyNot(claim, volume, pool);
        return new ApplicationVolume
        {
            Namespace = claim.Namespace(),
            Claim = claim.Name(),
            VolumeId = reason is null ? volume!.Spec.Csi.VolumeHandle : null,
            Pool = pool,
            Node = pools.FirstOrDefault(p => p.Name == pool)?.Status?.Node,
            SizeBytes = SizeOf(claim, volume),
            StorageClass = claim.Spec.StorageClassName,
            Replicable = reason is null,
            Reason = reason,
        };
    }

    /// <summary>What a replicable claim's copy needs to know.</summary>
    public static CapturedVolume Capture(V1PersistentVolumeClaim claim, V1PersistentVolume volume) => new()
    {
        Key = $"{claim.Namespace()}/{claim.Name()}",
        Namespace = claim.Namespace(),
        Claim = claim.Name(),
        VolumeId = volume.Spec.Csi.VolumeHandle,
        SizeBytes = SizeOf(claim, volume),
        StorageClass = claim.Spec.StorageClassName,
        AccessModes = [.. claim.Spec.AccessModes ?? []],
        VolumeMode = claim.Spec.VolumeMode ?? "Filesystem",
        FsType = claim.Spec.VolumeMode == "Block" ? null : volume.Spec.Csi.FsType,
        Labels = new Dictionary<string, string>(claim.Metadata.Labels ?? new Dictionary<string, string>()),
        Annotations = (claim.Metadata.Annotations ?? new Dictionary<string, string>())
            .Where(pair => !ForeignAnnotations.Any(prefix => pair.Key.StartsWith(prefix, StringComparison.Ordinal)))
            .ToDictionary(),
    };

    private static string? WhyNot(V1PersistentVolumeClaim claim, V1PersistentVolume? volume, string? pool)
    {
        if (volume is null)
            return "The claim is not bound to a volume yet. A claim that waits for its first consumer is bound once a pod uses it.";
        if (volume.Spec.Csi?.Driver != WellKnown.Driver)
        {
            return $"Its storage class {claim.Spec.StorageClassName ?? "(none)"} is not provided by {WellKnown.Driver}, which alone can replicate it. "
                + "Move the data to a claim of a Tonari storage class.";
        }
        return pool is null ? "Its persistent volume does not say in which StoragePool it is kept; was it made by hand?" : null;
    }

    private static long SizeOf(V1PersistentVolumeClaim claim, V1PersistentVolume? volume)
    {
        var quantities = volume?.Spec.Capacity ?? claim.Status?.Capacity ?? claim.Spec.Resources?.Requests;
        return quantities is not null && quantities.TryGetValue("storage", out var size) ? (long)Math.Ceiling(size.ToDecimal()) : 0;
    }
}
