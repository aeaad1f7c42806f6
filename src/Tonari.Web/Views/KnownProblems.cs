namespace Tonari.Web.Views;

/// <summary>
/// Words by which the checks before a replication name what stands in the way, for which there is a heading in every language, and what to do
/// in terms of the pages. What is not among them is shown by its own sentence alone.
/// </summary>
internal static class KnownProblems
{
    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> All =
    [
        "PeerUnknown", "PeerSuspended", "PeerUnreachable", "PeerRefuses", "VersionsDiffer", "ClocksDiffer", "VolumesMirroredTwice", "ApplicationMissing",
        "NoVolumes", "VolumeNotReplicable", "VolumesOnSeveralPools", "PoolMissing", "PoolNotManaged", "PoolNotUsable", "NoPool", "PoolTooSmall",
        "StorageClassMissing", "StorageClassOfOtherDriver", "NamespaceNotAllowed", "NamespaceOfOtherMirror", "NamespaceNotEmpty", "MirrorIdTaken",
    ];

    /// <summary>Whether there are words for it.</summary>
    public static bool Has(string? reason) => reason is not null && All.Contains(reason);
}
