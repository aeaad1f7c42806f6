namespace Tonari.Engine;

/// <summary>The volumes of a pool. A volume has at most one live image (what an application writes) and read-only snapshots.</summary>
public interface IVolumes
{
    /// <summary>Makes a volume with a sparse live image. Idempotent for the same size (sizes are rounded up to whole 4096-byte blocks).</summary>
    /// <exception cref="VolumeConflictException">The id exists with another size, as a replica or as a clone.</exception>
    /// <exception cref="FileDamagedException">The id exists and cannot be used; so it is with every method here.</exception>
    /// <exception cref="PoolFullException">No room.</exception>
    public Task<Volume> CreateAsync(VolumeId id, ByteCount size, CancellationToken ct);

    /// <summary>Makes a volume without live image: the receiving end of a mirror. Idempotent; a replica that is smaller grows to <paramref name="size"/>.</summary>
    /// <exception cref="VolumeConflictException">The id exists and is larger. (A volume that has a live image is returned as it is, if it is not larger.)</exception>
    public Task<Volume> CreateReplicaAsync(VolumeId id, ByteCount size, CancellationToken ct);

    /// <summary>Makes a new live volume out of a snapshot, or (without one) out of the frozen live image of another volume. Idempotent for the same origin and size.</summary>
    /// <param name="id">The new volume.</param>
    /// <param name="from">Whose bytes.</param>
    /// <param name="snapshot">Which snapshot; null: the live image as it is now.</param>
    /// <param name="size">At least the origin's size; the rest reads as zero. Zero: the origin's size.</param>
    /// <param name="ct">Cancels.</param>
    /// <exception cref="VolumeConflictException">The id exists with other facts, or the size is below the origin's.</exception>
    public Task<Volume> CloneAsync(VolumeId id, VolumeId from, SnapshotName? snapshot, ByteCount size, CancellationToken ct);

    /// <summary>The volume, or null.</summary>
    /// <exception cref="FileDamagedException">It is there and cannot be used.</exception>
    public Task<Volume?> FindAsync(VolumeId id, CancellationToken ct);

    /// <summary>All volumes that can be used, ordered by id. That one is missing here does not mean that it does not exist.</summary>
    public Task<IReadOnlyList<Volume>> ListAsync(CancellationToken ct);

    /// <summary>The volumes with a snapshot, complete or still being received, whose name begins with one of the prefixes; ordered by id. Only these are read.</summary>
    /// <exception cref="FileDamagedException">One of them cannot be used.</exception>
    public Task<IReadOnlyList<Volume>> ListHoldingAsync(IReadOnlyCollection<string> prefixes, CancellationToken ct);

    /// <summary>How many volumes there are. None of them is read.</summary>
    public Task<int> CountAsync(CancellationToken ct);

    /// <summary>All volumes, those that cannot be used named apart.</summary>
    public Task<VolumeSurvey> SurveyAsync(CancellationToken ct);

    /// <summary>Grows a volume; works while it is attached and mounted (the block device grows, its filesystem is the caller's business).</summary>
    /// <exception cref="VolumeConflictException">It would shrink.</exception>
    public Task<Volume> ResizeAsync(VolumeId id, ByteCount size, CancellationToken ct);

    /// <summary>Snapshots one volume, frozen as a group of one. Idempotent by name.</summary>
    /// <exception cref="FreezeFailedException">See <see cref="IGroupSnapshots.TakeAsync"/>.</exception>
    public Task SnapshotAsync(VolumeId id, SnapshotName name, CancellationToken ct);

    /// <summary>Deletes one snapshot of one volume; missing: succeeds. A group it belongs to loses this member (and ends with its last one).</summary>
    /// <exception cref="VolumeBusyException">A staging image is based on it, or a transfer reads it.</exception>
    public Task DeleteSnapshotAsync(VolumeId id, SnapshotName name, CancellationToken ct);

    /// <summary>Makes a snapshot the live image, in constant time on btrfs. Idempotent for the same snapshot.</summary>
    /// <exception cref="VolumeConflictException">A live image of another origin exists.</exception>
    public Task MakeLiveAsync(VolumeId id, SnapshotName from, CancellationToken ct);

    /// <summary>The live image becomes the snapshot <paramref name="keepAs"/> and is no longer live. Idempotent.</summary>
    /// <exception cref="VolumeBusyException">The volume is attached.</exception>
    public Task SetLiveAsideAsync(VolumeId id, SnapshotName keepAs, CancellationToken ct);

    /// <summary>Keeps the live image as <paramref name="keepAs"/> and makes <paramref name="to"/> live. Idempotent.</summary>
    /// <exception cref="VolumeBusyException">The volume is attached.</exception>
    public Task RollBackAsync(VolumeId id, SnapshotName to, SnapshotName keepAs, CancellationToken ct);

    /// <summary>Deletes live image, staging and all snapshots; missing: succeeds. Groups lose this member.</summary>
    /// <exception cref="VolumeBusyException">The volume is attached or a transfer is running.</exception>
    public Task DeleteAsync(VolumeId id, CancellationToken ct);
}

/// <summary>Snapshots of several volumes at one point in time: complete on all of them or not existing. Names are unique in the pool.</summary>
public interface IGroupSnapshots
{
    /// <summary>Flushes, freezes all, snapshots all, thaws all. Idempotent by name for the same volumes; a half-made group is undone and taken anew.</summary>
    /// <exception cref="FreezeFailedException">A filesystem could not be frozen, or for longer than the bound. All is thawed and undone.</exception>
    /// <exception cref="VolumeConflictException">The group exists with other volumes, a volume has a snapshot of that name, or has no live image.</exception>
    public Task<GroupSnapshot> TakeAsync(SnapshotName name, IReadOnlyList<VolumeId> volumes, GroupSnapshotOptions options, CancellationToken ct);

    /// <summary>The complete group, or null.</summary>
    /// <exception cref="FileDamagedException">It is there, and it or one of its members cannot be used.</exception>
    public Task<GroupSnapshot?> FindAsync(SnapshotName name, CancellationToken ct);

    /// <summary>All complete groups that can be used and whose names begin with the prefix, ordered by the time they were taken, then by name. Only these are read.</summary>
    public Task<IReadOnlyList<GroupSnapshot>> ListAsync(string prefix, CancellationToken ct);

    /// <summary>As <see cref="ListAsync"/>, and apart from them those that cannot be used.</summary>
    public Task<GroupSurvey> SurveyAsync(string prefix, CancellationToken ct);

    /// <summary>Keeps bytes beside the group, replacing earlier ones. May come before the group is committed (while a volume stages towards it), so that both appear together.</summary>
    public Task PutResourcesAsync(SnapshotName name, ReadOnlyMemory<byte> resources, CancellationToken ct);

    /// <summary>The bytes kept beside the group, or null.</summary>
    public Task<byte[]?> GetResourcesAsync(SnapshotName name, CancellationToken ct);

    /// <summary>All volumes staged and verified towards <paramref name="name"/>: makes them one complete group with one atomic rename. Idempotent.</summary>
    /// <exception cref="VolumeConflictException">A volume is not staged and verified; the message says which.</exception>
    public Task<GroupSnapshot> CommitStagedAsync(SnapshotName name, IReadOnlyList<VolumeId> volumes, CancellationToken ct);

    /// <summary>Deletes the group, its resources and its members' snapshots; missing: succeeds.</summary>
    /// <exception cref="VolumeBusyException">A staging image is based on one of them, or a transfer reads it.</exception>
    public Task DeleteAsync(SnapshotName name, CancellationToken ct);
}

/// <summary>Block devices of live images: loop devices with direct I/O. What is attached is read from the kernel, not remembered.</summary>
public interface IAttachments
{
    /// <summary>Attaches the live image. Idempotent.</summary>
    /// <exception cref="VolumeConflictException">There is no live image, or it is attached with the other access mode.</exception>
    public Task<Attachment> AttachAsync(VolumeId id, bool readOnly, CancellationToken ct);

    /// <summary>The attachment as the kernel has it, or null.</summary>
    public Task<Attachment?> FindAsync(VolumeId id, CancellationToken ct);

    /// <summary>Detaches; not attached: succeeds. When it returns, the device is free.</summary>
    /// <exception cref="VolumeBusyException">The device is mounted or held open.</exception>
    public Task DetachAsync(VolumeId id, CancellationToken ct);
}

/// <summary>The sending end of a mirror.</summary>
public interface IMirrorSource
{
    /// <summary>Where two snapshots may differ: sorted, disjoint, whole 4096-byte blocks, within the newer image. Never too little; more than necessary is allowed.</summary>
    /// <param name="id">The volume.</param>
    /// <param name="from">The older snapshot; null: everything that is allocated.</param>
    /// <param name="to">The newer snapshot.</param>
    /// <param name="ct">Cancels.</param>
    public Task<IReadOnlyList<ChangedRange>> GetChangesAsync(VolumeId id, SnapshotName? from, SnapshotName to, CancellationToken ct);

    /// <summary>Writes the mirror stream (docs/format.md) of a difference. The last frame carries the digest of the whole image.</summary>
    public Task<DeltaSummary> WriteAsync(DeltaRequest request, Stream output, CancellationToken ct);

    /// <summary>The digest of a snapshot: the stored one, else read from the whole image and stored.</summary>
    public Task<ImageDigest> GetDigestAsync(VolumeId id, SnapshotName name, CancellationToken ct);
}

/// <summary>The receiving end of a mirror.</summary>
public interface IMirrorTarget
{
    /// <summary>Makes sure a staging image stands ready: a clone of <paramref name="from"/>, or empty. One for the same pair goes on at its durable
    /// offset, one for another pair is dropped.</summary>
    /// <exception cref="VolumeBusyException">A transfer into this volume is running.</exception>
    public Task<ResumePoint> PrepareAsync(VolumeId id, SnapshotName? from, SnapshotName to, CancellationToken ct);

    /// <summary>Applies a stream that starts at the resume point <see cref="PrepareAsync"/> gave. Verifies every frame and, at the end, what was
    /// written against the source's digest. Nothing is visible before <see cref="IGroupSnapshots.CommitStagedAsync"/>.</summary>
    /// <param name="id">The volume.</param>
    /// <param name="from">What the stream leads from; null: nothing.</param>
    /// <param name="to">What it leads to.</param>
    /// <param name="input">The stream.</param>
    /// <param name="announced">How large the image was said to be before; a stream of another is refused. Null: nobody said.</param>
    /// <param name="progress">Is told how far it is.</param>
    /// <param name="ct">Stops it; what is on disk stays.</param>
    /// <exception cref="StreamRefusedException">Damaged, cut, foreign; the message says what and where.</exception>
    /// <exception cref="PoolFullException">No room but the reserve is left.</exception>
    public Task<StagedImage> ReceiveAsync(
        VolumeId id, SnapshotName? from, SnapshotName to, Stream input, ByteCount? announced, IProgress<TransferProgress>? progress, CancellationToken ct);

    /// <summary>Drops the staging image; none: succeeds.</summary>
    public Task DiscardAsync(VolumeId id, CancellationToken ct);
}

/// <summary>Proves that a snapshot is the same here and elsewhere without moving its data, and mends it where it is not.</summary>
public interface IReplicaProof
{
    /// <summary>Reads the whole image from the disk and gives the digest of every region that is not all hole, in ascending order.</summary>
    /// <param name="id">The volume.</param>
    /// <param name="name">The snapshot; it is not deleted meanwhile.</param>
    /// <param name="regionSize">Whole blocks, 256 KiB to 64 MiB; usually <see cref="EngineLimits.RegionSize"/>.</param>
    /// <param name="report">Called for each region.</param>
    /// <param name="pace">How fast.</param>
    /// <param name="ct">Cancels.</param>
    public Task<RegionSummary> DigestAsync(
        VolumeId id, SnapshotName name, ByteCount regionSize, Func<RegionDigest, ValueTask> report, ReadPace pace, CancellationToken ct);

    /// <summary>Fetches stretches of a replica's snapshot again. The result is made in images beside, and takes the place of the damaged ones, each in one
    /// step, only once its digest is the one that was recorded when the snapshot was received. Snapshots of the volume that hold the same
    /// damage are mended from it and go first, so that doing it again after a crash ends the same. Idempotent.</summary>
    /// <param name="id">The volume; one without live image.</param>
    /// <param name="name">The snapshot.</param>
    /// <param name="ranges">What to fetch: ascending, disjoint, whole blocks.</param>
    /// <param name="open">Fetches at most <see cref="EngineLimits.RangesPerRequest"/> of them.</param>
    /// <param name="pace">How fast images are read.</param>
    /// <param name="ct">Cancels; nothing has changed then but for snapshots that are already mended.</param>
    /// <exception cref="StreamRefusedException">What was fetched does not make the image what it was when it was received.</exception>
    /// <exception cref="VolumeConflictException">The volume has a live image, or the snapshot's digest was never recorded.</exception>
    /// <exception cref="VolumeBusyException">A transfer into this volume is running or staged.</exception>
    public Task<HealedVolume> HealAsync(
        VolumeId id, SnapshotName name, IReadOnlyList<ByteRange> ranges, OpenRanges open, ReadPace pace, CancellationToken ct);
}

/// <summary>Thaws what is frozen when the engine can no longer do it: the program died, or a deadline passed.</summary>
public interface IFreezeGuard
{
    /// <summary>Before anything is frozen: thaw these after <paramref name="thawAfter"/> or when this process ends. Disposing the lease disarms it.</summary>
    public Task<IAsyncDisposable> ArmAsync(IReadOnlyList<string> mountPoints, TimeSpan thawAfter, CancellationToken ct);
}
