using System.Globalization;

namespace Tonari.Mirroring;

/// <summary>Where a running verification stands.</summary>
public enum MirrorVerificationStage
{
    /// <summary>Both sides read the group snapshot from their disks, and the digests of its regions are compared.</summary>
    Comparing,

    /// <summary>What differs here is fetched again.</summary>
    Healing,
}

/// <summary>A comparison of this replica with its primary that is under way. Durable: after a crash its stage begins again.</summary>
public sealed record MirrorVerification
{
    /// <summary>The group snapshot that is compared; neither side lets go of it meanwhile.</summary>
    public required string Snapshot { get; init; }

    /// <summary>Where it stands.</summary>
    public required MirrorVerificationStage Stage { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Regions that were fetched again; where it is not 0, the comparison proves that they are right now.</summary>
    public long HealedRegions { get; init; }

    /// <summary>Bytes that travelled for it, compressed.</summary>
    public long WireBytes { get; init; }

    /// <summary>Older or newer group snapshots here that share the damage and could not be mended.</summary>
    public IReadOnlyList<string> Unhealed { get; init; } = [];
}

/// <summary>When the replica was last proven equal to its primary.</summary>
/// <param name="Snapshot">The group snapshot that was compared.</param>
/// <param name="ProvenAt">When the comparison ended, by the secondary's clock.</param>
/// <param name="BytesCompared">Bytes that were read on each side; the rest of the images is empty on both.</param>
/// <param name="HealedRegions">Regions of 4 MiB that differed and were fetched again before.</param>
public sealed record MirrorProof(string Snapshot, DateTimeOffset ProvenAt, long BytesCompared, long HealedRegions)
{
    /// <summary>How long it took, in milliseconds.</summary>
    public long DurationMs { get; init; }
}

/// <summary>Whose copy is not what the snapshot was when it was made.</summary>
public enum DamagedCopy
{
    /// <summary>The replica's; it can be healed.</summary>
    Secondary,

    /// <summary>The primary's; it must not be spread.</summary>
    Primary,

    /// <summary>Neither is, or the two sides remember different things; nobody can tell which is right.</summary>
    Both,
}

/// <summary>Neighbouring regions of an image.</summary>
/// <param name="First">Index of the first: its offset divided by <see cref="MirrorLimits.RegionBytes"/>.</param>
/// <param name="Count">How many.</param>
public sealed record RegionRun(long First, long Count);

/// <summary>A volume of which the two copies differ.</summary>
/// <param name="Key"><c>namespace/claim</c> as named on the original primary.</param>
/// <param name="VolumeId">Engine volume id.</param>
/// <param name="Copy">Whose copy is wrong.</param>
/// <param name="Regions">Regions that differ.</param>
/// <param name="Runs">Where they are; where they are many, with what lies between them.</param>
public sealed record DamagedVolume(string Key, string VolumeId, DamagedCopy Copy, long Regions, IReadOnlyList<RegionRun> Runs);

/// <summary>Differences that were found and are not healed.</summary>
/// <param name="Snapshot">The group snapshot that was compared.</param>
/// <param name="FoundAt">When they were first found.</param>
/// <param name="Volumes">Where.</param>
public sealed record MirrorDamage(string Snapshot, DateTimeOffset FoundAt, IReadOnlyList<DamagedVolume> Volumes)
{
    /// <summary>Why the last attempt to heal did not end well; null before there was one.</summary>
    public string? Failure { get; init; }

    /// <summary>Regions that differ, of all volumes.</summary>
    internal long Regions => Volumes.Sum(volume => volume.Regions);

    /// <summary>Whether something of it can be healed.</summary>
    internal bool Healable => Volumes.Any(volume => volume.Copy == DamagedCopy.Secondary);

    /// <summary>Whether the replica's copy is wrong, or not known to be right. Where it is not, only the primary's is.</summary>
    internal bool SpoilsReplica => Volumes.Any(volume => volume.Copy != DamagedCopy.Primary);

    /// <summary>What is wrong and what happens, or what to do, in words.</summary>
    /// <param name="secondary">Name of the cluster that holds the replica.</param>
    /// <param name="primary">Name of the other.</param>
    internal string Describe(string secondary, string primary)
    {
        var where = string.Join(", ", Volumes.Take(MostNamed).Select(volume => volume.Key)) + (Volumes.Count > MostNamed ? ", …" : "");
        var what = string.Create(CultureInfo.InvariantCulture, $"{Regions} region{(Regions == 1 ? "" : "s")} of {where}");
        if (Healable)
            return $"The replica on {secondary} differs from {primary} in {what} ({Snapshot}). "
                + (Failure is null ? "They are fetched again." : $"They could not be healed yet: {Failure}");
        return Volumes.Any(volume => volume.Copy == DamagedCopy.Both)
            ? $"{secondary} and {primary} differ in {what} ({Snapshot}), and neither copy is known to be what was written. Nothing was changed; check both clusters' disks."
            : $"The copy of {Snapshot} on {primary} is not what it was when it was taken: {what}. The replica on {secondary} is right, and nothing was changed there. "
                + $"Check {primary}'s disk, and move the application to {secondary} (reverse).";
    }

    private const int MostNamed = 3;
}

/// <summary>What one side has read of its copy of a volume's snapshot.</summary>
/// <param name="Actual">Digest of what is on the disk; null where some of it cannot be read.</param>
/// <param name="Recorded">Digest it had when it was made or received; null where nobody noted it.</param>
public sealed record CopyDigest(string? Actual, string? Recorded);

/// <summary>Whose copy is to be believed. Pure.</summary>
public static class CopyJudgement
{
    /// <summary>Whose copy is wrong; null when they are equal and what they were.</summary>
    /// <param name="secondary">The replica's copy.</param>
    /// <param name="primary">The primary's.</param>
    /// <param name="differ">Whether the digests of any regions differ.</param>
    public static DamagedCopy? Of(CopyDigest secondary, CopyDigest primary, bool differ)
    {
        var known = secondary.Recorded ?? primary.Recorded;
        if (known is null)
            return differ ? DamagedCopy.Both : null;
        var agreed = secondary.Recorded is null || primary.Recorded is null || secondary.Recorded == primary.Recorded;
        return (agreed && secondary.Actual == known, agreed && primary.Actual == known) switch
        {
            (true, true) => differ ? DamagedCopy.Both : null,
            (true, false) => DamagedCopy.Primary,
            (false, true) => DamagedCopy.Secondary,
            _ => DamagedCopy.Both,
        };
    }
}
