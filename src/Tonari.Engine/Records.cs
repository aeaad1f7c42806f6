namespace Tonari.Engine;

/// <summary>A volume as it is now.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Size">Of the live image; without one, what the replica is declared to be.</param>
/// <param name="HasLive">Whether an application could write it.</param>
/// <param name="LiveOrigin">The snapshot the live image was made of, if any.</param>
/// <param name="Snapshots">Complete ones, oldest first.</param>
/// <param name="Staging">What is being received, if anything.</param>
public sealed record Volume(
    VolumeId Id, ByteCount Size, bool HasLive, string? LiveOrigin, IReadOnlyList<VolumeSnapshot> Snapshots, StagingInfo? Staging)
{
    /// <summary>Snapshots that are there and cannot be used, by name. They are kept, and their names are taken.</summary>
    public IReadOnlyList<Damage> Damaged { get; init; } = [];

    /// <summary>Why <see cref="LiveOrigin"/> is not known, as a sentence; null where it is.</summary>
    public string? LiveDamage { get; init; }
}

/// <summary>Something that is there and cannot be used, because a file of the pool is damaged.</summary>
/// <param name="Name">Of the volume, snapshot or group.</param>
/// <param name="Message">Names the file, what it describes and what to do.</param>
public sealed record Damage(string Name, string Message);

/// <summary>The volumes of a pool.</summary>
/// <param name="Volumes">Those that can be used, ordered by id.</param>
/// <param name="Damaged">Those that cannot, ordered by id.</param>
public sealed record VolumeSurvey(IReadOnlyList<Volume> Volumes, IReadOnlyList<Damage> Damaged);

/// <summary>The group snapshots of a pool.</summary>
/// <param name="Groups">Complete ones, ordered by the time they were taken, then by name.</param>
/// <param name="Damaged">Those that cannot be used, because their own document or one of their members is damaged; ordered by name.</param>
public sealed record GroupSurvey(IReadOnlyList<GroupSnapshot> Groups, IReadOnlyList<Damage> Damaged);

/// <summary>A complete snapshot of one volume.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Size">Of the image.</param>
/// <param name="TakenAt">When it was taken, by the clock of the cluster that took it.</param>
/// <param name="Group">The group it belongs to, if any.</param>
public sealed record VolumeSnapshot(SnapshotName Name, ByteCount Size, DateTimeOffset TakenAt, string? Group);

/// <summary>An image being received.</summary>
/// <param name="From">What it is based on.</param>
/// <param name="To">What it will be.</param>
/// <param name="DurableOffset">Everything below this offset is safely on disk.</param>
/// <param name="BytesDone">Changed bytes on disk.</param>
/// <param name="Verified">Complete, and its digest is the source's.</param>
public sealed record StagingInfo(SnapshotName? From, SnapshotName To, ByteOffset DurableOffset, ByteCount BytesDone, bool Verified);

/// <summary>A complete group snapshot.</summary>
/// <param name="Name">Its name, unique in the pool.</param>
/// <param name="TakenAt">When it was taken, by the clock of the cluster that took it.</param>
/// <param name="FrozenFor">How long the filesystems stood still; zero where received.</param>
/// <param name="Members">Its volumes, ordered by id.</param>
public sealed record GroupSnapshot(SnapshotName Name, DateTimeOffset TakenAt, TimeSpan FrozenFor, IReadOnlyList<GroupMember> Members);

/// <summary>A volume of a group.</summary>
/// <param name="Volume">Which.</param>
/// <param name="Size">Of the image.</param>
/// <param name="Digest">Null until computed (by a transfer, or <see cref="IMirrorSource.GetDigestAsync"/>).</param>
public sealed record GroupMember(VolumeId Volume, ByteCount Size, string? Digest);

/// <summary>How a group is taken.</summary>
public sealed record GroupSnapshotOptions
{
    /// <summary>The longest the filesystems may stand still; then they are thawed and the group is given up. Default 5 seconds.</summary>
    public TimeSpan FreezeTimeout { get; init; } = EngineLimits.DefaultFreezeTimeout;
}

/// <summary>A live image bound to a block device.</summary>
/// <param name="Volume">Which.</param>
/// <param name="DevicePath">For example /dev/loop3.</param>
/// <param name="ReadOnly">Whether the device refuses writes.</param>
public sealed record Attachment(VolumeId Volume, string DevicePath, bool ReadOnly);

/// <summary>What to send.</summary>
/// <param name="Volume">Which volume.</param>
/// <param name="From">What the receiver has; null: nothing.</param>
/// <param name="To">What it shall have.</param>
/// <param name="ResumeAt">Everything below is there already.</param>
public sealed record DeltaRequest(VolumeId Volume, SnapshotName? From, SnapshotName To, ByteOffset ResumeAt)
{
    /// <summary>Only these stretches, ascending and disjoint, whole blocks, and nothing else; for a receiver that mends what it has. Null: everything.
    /// Where given, <see cref="From"/> is null.</summary>
    public IReadOnlyList<ByteRange>? Only { get; init; }
}

/// <summary>What was sent by one call.</summary>
/// <param name="ImageBytes">Changed bytes of the image that were sent or named as holes.</param>
/// <param name="WireBytes">Bytes written to the stream.</param>
/// <param name="Digest">Of the whole image.</param>
public sealed record DeltaSummary(ByteCount ImageBytes, ByteCount WireBytes, ImageDigest Digest);

/// <summary>Where a transfer has to start.</summary>
/// <param name="Offset">Everything below is safely on disk.</param>
/// <param name="Complete">Staged and verified (or even committed): there is nothing to transfer.</param>
/// <param name="WireBytes">Received for it so far, as far as that was noted; 0 once it is committed.</param>
public sealed record ResumePoint(ByteOffset Offset, bool Complete, ByteCount WireBytes);

/// <summary>A received and verified image, not yet visible.</summary>
/// <param name="Volume">Which volume.</param>
/// <param name="To">Which snapshot.</param>
/// <param name="Size">Of the image.</param>
/// <param name="Digest">Read back from what was written; equal to the source's.</param>
public sealed record StagedImage(VolumeId Volume, SnapshotName To, ByteCount Size, ImageDigest Digest);

/// <summary>How far a transfer is.</summary>
/// <param name="BytesDone">Changed bytes applied, earlier calls included.</param>
/// <param name="BytesToDo">Changed bytes of the whole difference.</param>
/// <param name="WireBytes">Bytes received, earlier calls included as far as they were noted: a crash forgets the last few MiB.</param>
public sealed record TransferProgress(ByteCount BytesDone, ByteCount BytesToDo, ByteCount WireBytes);

/// <summary>How a pool is opened.</summary>
public sealed record PoolOptions
{
    /// <summary>Thaws if this program cannot. <see cref="NoFreezeGuard"/> only where dying frozen does not matter.</summary>
    public required IFreezeGuard FreezeGuard { get; init; }

    /// <summary>The clock that dates snapshots and measures deadlines.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>Called before every step that changes the disk; throwing is a simulated crash.</summary>
    internal Action<string>? BeforeStep { get; init; }
}

/// <summary>Whether a directory could be a pool.</summary>
/// <param name="Usable">Whether it can be opened as a pool.</param>
/// <param name="Substrate">"btrfs" or "xfs"; null where unusable.</param>
/// <param name="Capacity">Of the filesystem.</param>
/// <param name="Used">Of the filesystem.</param>
/// <param name="Problem">Why not, and what to do, as a sentence; null where usable.</param>
public sealed record PoolProbe(bool Usable, string? Substrate, ByteCount Capacity, ByteCount Used, string? Problem);

/// <summary>A pool as it is now.</summary>
/// <param name="Id">Made when the pool was made.</param>
/// <param name="Path">Its directory.</param>
/// <param name="Substrate">"btrfs" or "xfs".</param>
/// <param name="Capacity">Of the filesystem.</param>
/// <param name="Used">Of the filesystem.</param>
/// <param name="Warning">For example that an image is too fragmented to be snapshotted within the freeze bound; null: all well.</param>
public sealed record PoolDescription(string Id, string Path, string Substrate, ByteCount Capacity, ByteCount Used, string? Warning);
