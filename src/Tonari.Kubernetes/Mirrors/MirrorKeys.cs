using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Kubernetes.Mirrors;

/// <summary>
/// Between a claim's name on this cluster and its key in the relationship. Keys are names on the original primary and never change,
/// whichever side is primary now.
/// </summary>
public static class MirrorKeys
{
    /// <summary>The key of a claim that lives here. A volume that is known already keeps the key it has.</summary>
    public static string Of(AppMirrorSpec spec, MirrorStatus status, string @namespace, string claim, string volumeId) =>
        status.Volumes.FirstOrDefault(v => v.VolumeId == volumeId)?.Key
        ?? $"{(spec.InitialRole == MirrorRole.Primary ? @namespace : Original(spec, @namespace))}/{claim}";

    /// <summary>How a key's claim is named on this cluster, <c>namespace/claim</c>.</summary>
    public static string Local(AppMirrorSpec spec, string key)
    {
        if (spec.InitialRole == MirrorRole.Primary)
            return key;
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? key : $"{spec.NamespaceMapping.GetValueOrDefault(key[..slash], key[..slash])}{key[slash..]}";
    }

    /// <summary>The two parts of <c>namespace/claim</c>.</summary>
    public static (string Namespace, string Claim) Split(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash < 0 ? ("", key) : (key[..slash], key[(slash + 1)..]);
    }

    private static string Original(AppMirrorSpec spec, string @namespace) =>
        spec.NamespaceMapping.FirstOrDefault(pair => pair.Value == @namespace).Key ?? @namespace;
}
