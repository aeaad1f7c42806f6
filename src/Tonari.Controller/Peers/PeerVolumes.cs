using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Peers;

/// <summary>What a neighbour says of an application's volumes, judged before anything is done with it. Pure.</summary>
internal static class PeerVolumes
{
    /// <summary>What is wrong with the volumes of a preflight; null where nothing is.</summary>
    public static string? Problem(IReadOnlyCollection<PreflightVolume> volumes) =>
        Problem([.. volumes.Select(v => (v.Key, v.SizeBytes, v.StorageClass))], smallest: 0);

    /// <summary>What is wrong with the volumes of a group snapshot; null where nothing is.</summary>
    public static string? Problem(SnapshotManifest manifest)
    {
        if (PeerText.Time(manifest.TakenAt) is null)
            return "it says of no point in time when it was taken";
        if (Problem([.. manifest.Volumes.Select(v => (v.Key, v.SizeBytes, v.StorageClass))], smallest: 1) is { } problem)
            return problem;
        if (manifest.Volumes.FirstOrDefault(v => !IsVolumeId(v.VolumeId)) is { } odd)
            return $"'{PeerText.OneLine(odd.VolumeId, PeerLimits.LongestWord)}' is no id of a volume";
        return manifest.Volumes.DistinctBy(v => v.VolumeId, StringComparer.Ordinal).Count() == manifest.Volumes.Count ? null : "it names a volume twice";
    }

    private static string? Problem(IReadOnlyCollection<(string Key, long SizeBytes, string StorageClass)> volumes, long smallest)
    {
        if (volumes.Count > PeerLimits.MostVolumes)
            return $"it names {volumes.Count} volumes; {PeerLimits.MostVolumes} are the most";
        foreach (var (key, size, storageClass) in volumes)
        {
            var (ns, claim) = MirrorKeys.Split(key);
            if (!NameForms.IsLabel(ns) || !NameForms.IsSubdomain(claim))
                return $"'{PeerText.OneLine(key, PeerLimits.LongestVolumeKey)}' is no namespace and name of a claim";
            if (size < smallest || size > PeerLimits.LargestVolume)
                return $"{key} is said to have {size} bytes";
            if (storageClass.Length > 0 && !NameForms.IsSubdomain(storageClass))
                return $"the storage class of {key} has no name that one can have";
        }
        return volumes.DistinctBy(v => v.Key, StringComparer.Ordinal).Count() == volumes.Count ? null : "it names a claim twice";
    }

    // As the engine demands (docs/format.md).
    private static bool IsVolumeId(string text) => text.Length is > 0 and <= 100 && char.IsAsciiLetterOrDigit(text[0]) && char.IsAsciiLetterOrDigit(text[^1])
        && text.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c is '-' or '.');
}
