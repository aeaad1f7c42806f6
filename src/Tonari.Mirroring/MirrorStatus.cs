namespace Tonari.Mirroring;

/// <summary>
/// Everything one side durably knows of a relationship. It is the status of the <c>AppMirror</c> object and the planner's only memory:
/// a step that is not written here has not happened.
/// </summary>
public sealed record MirrorStatus
{
    /// <summary>This side's role.</summary>
    public MirrorRole Role { get; init; }

    /// <summary>The epoch in which this side holds its role; 0 while unassigned. Only grows.</summary>
    public long Epoch { get; init; }

    /// <summary>The highest epoch this side has heard of, its own included.</summary>
    public long HighestEpochSeen { get; init; }

    /// <summary>The sequence number last given to a group snapshot that this side asked for.</summary>
    public long LastSequence { get; init; }

    /// <summary>Complete group snapshots held here, oldest first by (epoch, sequence).</summary>
    public IReadOnlyList<MirrorSnapshot> Snapshots { get; init; } = [];

    /// <summary>The newest complete group snapshot held here.</summary>
    internal MirrorSnapshot? Newest => Snapshots.Count > 0 ? Snapshots[^1] : null;

    /// <summary>Live data that was set aside here and is kept until its retention ends.</summary>
    public IReadOnlyList<DivergedData> Diverged { get; init; } = [];

    /// <summary>
    /// Snapshots that retention has given up, and those of syncs that were dropped, which are being deleted. They leave the lists above before the first byte goes,
    /// so that nobody on either side starts from one that is half gone.
    /// </summary>
    public IReadOnlyList<string> Leaving { get; init; } = [];

    /// <summary>The volumes of the newest group, with the pool that holds them here.</summary>
    public IReadOnlyList<MirrorVolume> Volumes { get; init; } = [];

    /// <summary>The sync that this secondary is carrying out.</summary>
    public MirrorSync? Sync { get; init; }

    /// <summary>Whether the application runs here.</summary>
    public ApplicationRun Application { get; init; }

    /// <summary>Since when.</summary>
    public DateTimeOffset? ApplicationSince { get; init; }

    /// <summary>A promotion that is not finished yet.</summary>
    public MirrorPromotion? Promotion { get; init; }

    /// <summary>
    /// The group snapshot from which this side was bringing the application up when it was fenced: volumes or objects may be missing, and whoever keeps
    /// this side's data brings it up from there again. Null where what is here is complete.
    /// </summary>
    public string? UnfinishedFrom { get; init; }

    /// <summary>This primary's promise to its peer to keep the application stopped.</summary>
    public MirrorHold? Hold { get; init; }

    /// <summary>A hold that this primary could not keep, so that asking again gets the same answer: operation id and why.</summary>
    public MirrorProblem? RefusedHold { get; init; }

    /// <summary>This fenced side is giving up its live data and becoming secondary; somebody decided so, or a planned swap agreed on it.</summary>
    public MirrorDemotion? Demotion { get; init; }

    /// <summary>The planned operation by which this side was last promoted; null after an unplanned fail-over.</summary>
    public string? HandoverOperation { get; init; }

    /// <summary>The running operation.</summary>
    public MirrorOperation? Operation { get; init; }

    /// <summary>Id of the last request that was taken up or refused, so that none is carried out twice.</summary>
    public string? LastOperationId { get; init; }

    /// <summary>Finished operations and syncs, newest last; the last <see cref="MirrorLimits.HistoryLength"/> are kept.</summary>
    public IReadOnlyList<MirrorOperationRecord> History { get; init; } = [];

    /// <summary>When the last sync began; the schedule counts from here.</summary>
    public DateTimeOffset? LastSyncStartedAt { get; init; }

    /// <summary>The comparison with the primary that this secondary is carrying out.</summary>
    public MirrorVerification? Verification { get; init; }

    /// <summary>When this replica was last proven equal to its primary; null: not yet.</summary>
    public MirrorProof? Proven { get; init; }

    /// <summary>Differences between this replica and its primary that were found and are not healed.</summary>
    public MirrorDamage? Damage { get; init; }

    /// <summary>A transfer was refused in a way that damage here explains; the replica is compared soon, whatever the schedule says.</summary>
    public bool Suspected { get; init; }

    /// <summary>When the last verification ended or, before the first one, when the first group snapshot was complete here; the schedule counts from here.</summary>
    public DateTimeOffset? LastVerificationAt { get; init; }

    /// <summary>What stands in the way of the relationship, a sentence each.</summary>
    public IReadOnlyList<MirrorProblem> Problems { get; init; } = [];

    /// <summary>Steps that failed or are not finished, and when they are tried again; at most one entry per step.</summary>
    public IReadOnlyList<MirrorRetry> Retries { get; init; } = [];

    /// <summary>The peer has been told that the relationship is being deleted.</summary>
    public bool PeerToldOfDeletion { get; init; }

    /// <summary>Everything that belongs to the relationship on this side is gone; only the object is left.</summary>
    public bool CleanedUp { get; init; }
}

/// <summary>One complete group snapshot.</summary>
/// <param name="Name">Group name: <see cref="SnapshotNames"/>.</param>
/// <param name="TakenAt">The point in time, by the primary's clock.</param>
/// <param name="CommittedAt">When it was complete on this side, by this side's clock.</param>
public sealed record MirrorSnapshot(string Name, DateTimeOffset TakenAt, DateTimeOffset CommittedAt)
{
    /// <summary>How long the file systems were frozen for it, in milliseconds.</summary>
    public long FrozenMs { get; init; }

    /// <summary>Bytes received for it, compressed; 0 on the side that took it.</summary>
    public long WireBytes { get; init; }
}

/// <summary>Live data that was set aside instead of being overwritten.</summary>
/// <param name="Name">The snapshot that holds it on each volume.</param>
/// <param name="Epoch">The epoch it was written in.</param>
/// <param name="KeptAt">When.</param>
public sealed record DivergedData(string Name, long Epoch, DateTimeOffset KeptAt)
{
    /// <summary>The new primary holds all of it: kept as a precaution of a planned swap, and never instead of data that did diverge.</summary>
    public bool Covered { get; init; }
}

/// <summary>A volume of the application as this side holds it.</summary>
/// <param name="Key"><c>namespace/claim</c> as named on the original primary.</param>
/// <param name="VolumeId">Engine volume id, the same on both sides.</param>
/// <param name="Pool">StoragePool that holds it here.</param>
/// <param name="SizeBytes">Size, bytes.</param>
/// <param name="StorageClass">Storage class on the primary of the newest group.</param>
public sealed record MirrorVolume(string Key, string VolumeId, string Pool, long SizeBytes, string? StorageClass);

/// <summary>Where a running sync stands.</summary>
public enum MirrorSyncStage
{
    /// <summary>The name is chosen; the primary is asked for the group snapshot.</summary>
    Requesting,

    /// <summary>The primary has it; the difference is pulled into staging.</summary>
    Pulling,

    /// <summary>All volumes are staged and verified; the group is being committed.</summary>
    Committing,
}

/// <summary>A running sync.</summary>
public sealed record MirrorSync
{
    /// <summary>The group snapshot it will commit.</summary>
    public required string Name { get; init; }

    /// <summary>The common snapshot the difference is taken from; null: everything travels.</summary>
    public string? Base { get; init; }

    /// <summary>Where it stands.</summary>
    public required MirrorSyncStage Stage { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>Taken after the application was stopped for a planned swap.</summary>
    public bool Final { get; init; }

    /// <summary>When the primary took the snapshot, by its clock.</summary>
    public DateTimeOffset? TakenAt { get; init; }

    /// <summary>How long its file systems were frozen, in milliseconds.</summary>
    public long FrozenMs { get; init; }

    /// <summary>Bytes received, compressed.</summary>
    public long WireBytes { get; init; }
}

/// <summary>The stages of bringing an application up after its side was promoted.</summary>
public enum MirrorPromotionStage
{
    /// <summary>Live images are cloned from the snapshot.</summary>
    MakingLive,

    /// <summary>Volumes, claims and resources are applied.</summary>
    Applying,

    /// <summary>Workloads that were only stopped are started again (no snapshot is involved).</summary>
    Starting,

    /// <summary>Waiting until the workloads are ready.</summary>
    AwaitingReady,

    /// <summary>Post-failover hooks run.</summary>
    Hooks,
}

/// <summary>A promotion under way: the epoch has been taken, the application is being brought up.</summary>
/// <param name="Snapshot">The group snapshot it starts from; null where this side's own live volumes are taken up again.</param>
/// <param name="Stage">Where it stands.</param>
/// <param name="StartedAt">When the epoch was taken.</param>
public sealed record MirrorPromotion(string? Snapshot, MirrorPromotionStage Stage, DateTimeOffset StartedAt);

/// <summary>
/// A primary's promise to keep its application stopped so that the peer may take over: a lease in the sense of Gray and Cheriton
/// ("Leases", SOSP 1989). The peer promotes only while the lease surely holds; when it has ended without a promotion the application starts again.
/// </summary>
/// <param name="OperationId">The peer's operation.</param>
/// <param name="Until">End, by this side's clock.</param>
public sealed record MirrorHold(string OperationId, DateTimeOffset Until);

/// <summary>A former primary on its way to being secondary.</summary>
/// <param name="SetAsideAs">Snapshot under which its live data is kept.</param>
/// <param name="StartedAt">When it was decided.</param>
public sealed record MirrorDemotion(string SetAsideAs, DateTimeOffset StartedAt)
{
    /// <summary>The new primary holds everything that was written here.</summary>
    public bool Covered { get; init; }
}

/// <summary>Something that stands in the way.</summary>
/// <param name="Reason">One CamelCase word for machines.</param>
/// <param name="Message">What is wrong and what to do, for people.</param>
public sealed record MirrorProblem(string Reason, string Message);

/// <summary>A step that failed.</summary>
/// <param name="Step">The step's key.</param>
/// <param name="Failures">How often in a row.</param>
/// <param name="NextAt">When it is tried again.</param>
/// <param name="Message">Why it failed.</param>
public sealed record MirrorRetry(string Step, int Failures, DateTimeOffset NextAt, string Message);
