namespace Tonari.Mirroring;

/// <summary>
/// Something to be done in the world. Steps are idempotent: one that was interrupted anywhere is simply done again.
/// A step goes on running as long as the planner keeps naming it, and is cancelled when it no longer does.
/// </summary>
public abstract record MirrorStep
{
    /// <summary>Identity of the step: two steps with the same key are the same work.</summary>
    public abstract string Key { get; }
}

/// <summary>Preflight on both sides, then make sure that the peer has its half. Result: <see cref="StepResult.ProblemsFound"/> or success.</summary>
public sealed record PrepareRelationship : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "prepare";
}

/// <summary>Ask the primary for a group snapshot. Result: <see cref="StepResult.SnapshotTaken"/>.</summary>
public sealed record RequestSnapshot(string Name, bool RequireStopped) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"request {Name}";
}

/// <summary>Pull all volumes' differences and the captured resources into staging. Result: <see cref="StepResult.Pulled"/>.</summary>
public sealed record PullGroup(string Name, string? Base) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"pull {Name} from {Base}";
}

/// <summary>Make the staged group a complete group snapshot.</summary>
public sealed record CommitGroup(string Name) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"commit {Name}";
}

/// <summary>Let go of group snapshots that retention no longer keeps.</summary>
public sealed record DeleteSnapshots(IReadOnlyList<string> Names) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"delete {string.Join(' ', Names)}";
}

/// <summary>Read the group snapshot on both sides and compare the digests of its regions. Result: <see cref="StepResult.Compared"/>.</summary>
public sealed record CompareReplica(string Name) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"compare {Name}";
}

/// <summary>Fetch the regions that differ again, here, also in what was staged from them. Result: <see cref="StepResult.Healed"/>.</summary>
public sealed record HealReplica(string Name, IReadOnlyList<DamagedVolume> Volumes) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"heal {Name}";
}

/// <summary>Drop whatever is staged.</summary>
public sealed record DiscardStaging : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "discard staging";
}

/// <summary>Scale the application's workloads to zero and wait until no volume is in use.</summary>
public sealed record StopApplication(bool RunHooks) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "stop application";
}

/// <summary>Give the workloads back what they had before they were stopped.</summary>
public sealed record StartApplication : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "start application";
}

/// <summary>Ask the primary of that epoch to stop its application and keep it stopped. Result: <see cref="StepResult.HoldAnswered"/>.</summary>
public sealed record HoldPeer(string OperationId, long Epoch, TimeSpan Duration, string Purpose) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"hold for {OperationId}";
}

/// <summary>Tell the primary that it may start its application again.</summary>
public sealed record ReleasePeerHold(string OperationId) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"release {OperationId}";
}

/// <summary>Clone the snapshot to live volumes.</summary>
public sealed record MakeLive(string Snapshot) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"make live {Snapshot}";
}

/// <summary>Create volumes, claims and resources from the snapshot's capture.</summary>
public sealed record ApplyResources(string Snapshot) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"apply {Snapshot}";
}

/// <summary>Wait until the application's workloads are ready.</summary>
public sealed record AwaitReady : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "await ready";
}

/// <summary>Run the hooks of a stage. Result: <see cref="StepResult.HooksRan"/>.</summary>
public sealed record RunHooks(string Stage) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"hooks {Stage}";
}

/// <summary>Keep every volume's live data as a snapshot; afterwards no volume is live here. Objects that Tonari created here are removed.</summary>
public sealed record SetLiveAside(string KeepAs) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"set aside {KeepAs}";
}

/// <summary>Hand a request to the side that carries it out.</summary>
public sealed record ForwardOperation(MirrorOperationRequest Request) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => $"forward {Request.Id}";
}

/// <summary>Tell the peer that the relationship is being deleted.</summary>
public sealed record TellPeerOfDeletion : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "tell peer of deletion";
}

/// <summary>
/// Remove what the relationship left on this side: group snapshots, diverged data, staging, and on a secondary the replica volumes and the objects Tonari created.
/// Live volumes and a running application stay.
/// </summary>
public sealed record CleanUp(MirrorRole Role) : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "clean up";
}

/// <summary>Delete this side's object: the peer has said that the relationship no longer exists.</summary>
public sealed record DeleteObject : MirrorStep
{
    /// <inheritdoc/>
    public override string Key => "delete object";
}
