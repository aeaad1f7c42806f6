namespace Tonari.Mirroring;

/// <summary>What came of a step.</summary>
public abstract record StepResult
{
    /// <summary>Done, with nothing to tell.</summary>
    public sealed record Done : StepResult;

    /// <summary>Not finished yet and nothing wrong: ask again soon (e.g. pods still ending).</summary>
    /// <param name="Message">What is awaited.</param>
    public sealed record NotYet(string Message) : StepResult;

    /// <summary>Failed; it will be tried again with growing pauses.</summary>
    /// <param name="Message">What is wrong and what to do.</param>
    public sealed record Failed(string Message) : StepResult;

    /// <summary>Failed in a way that trying again does not mend, e.g. the snapshot asked for no longer exists there.</summary>
    /// <param name="Message">What is wrong and what to do.</param>
    public sealed record Refused(string Message) : StepResult;

    /// <summary>Preflight found these.</summary>
    /// <param name="Problems">A sentence each; never empty.</param>
    public sealed record ProblemsFound(IReadOnlyList<MirrorProblem> Problems) : StepResult;

    /// <summary>The primary holds the group snapshot.</summary>
    /// <param name="TakenAt">Point in time, primary's clock.</param>
    /// <param name="FrozenMs">How long its file systems were frozen, milliseconds.</param>
    public sealed record SnapshotTaken(DateTimeOffset TakenAt, long FrozenMs) : StepResult;

    /// <summary>Everything is staged and verified.</summary>
    /// <param name="WireBytes">Bytes received for the whole group, compressed.</param>
    /// <param name="Volumes">The volumes of the group and where they are kept here.</param>
    public sealed record Pulled(long WireBytes, IReadOnlyList<MirrorVolume> Volumes) : StepResult;

    /// <summary>What was received is not what the primary has; it was dropped. It is fetched again, but its base may be what is wrong.</summary>
    /// <param name="Message">What was refused.</param>
    public sealed record Spoilt(string Message) : StepResult;

    /// <summary>Both sides' copies have been read.</summary>
    /// <param name="BytesCompared">Bytes that were read here.</param>
    /// <param name="Damaged">Volumes of which the copies differ; empty: they are equal.</param>
    public sealed record Compared(long BytesCompared, IReadOnlyList<DamagedVolume> Damaged) : StepResult;

    /// <summary>What differed here was fetched again.</summary>
    /// <param name="WireBytes">Bytes received, compressed.</param>
    /// <param name="Unhealed">Group snapshots that share the damage and could not be mended.</param>
    public sealed record Healed(long WireBytes, IReadOnlyList<string> Unhealed) : StepResult;

    /// <summary>The primary's answer to a hold.</summary>
    /// <param name="Granted">Whether it keeps its application stopped.</param>
    /// <param name="Message">Why not.</param>
    /// <param name="AskedAt">When the request was sent, by this side's clock: the lease is counted from here.</param>
    public sealed record HoldAnswered(bool Granted, string Message, DateTimeOffset AskedAt) : StepResult;

    /// <summary>Hooks ran.</summary>
    /// <param name="Records">Their outputs.</param>
    /// <param name="Abort">A hook failed whose policy is to abort.</param>
    public sealed record HooksRan(IReadOnlyList<HookRecord> Records, bool Abort) : StepResult;

    /// <summary>The application was stopped, with the hooks that ran before.</summary>
    /// <param name="Records">Outputs of pre-failover hooks.</param>
    public sealed record Stopped(IReadOnlyList<HookRecord> Records) : StepResult;
}

/// <summary>What the planner wants now.</summary>
/// <param name="Next">A status to write before anything else; when set there are no steps.</param>
/// <param name="Steps">Steps that should be running now.</param>
/// <param name="WakeAt">Ask again at this time even if nothing has happened.</param>
public sealed record Decision(MirrorStatus? Next, IReadOnlyList<MirrorStep> Steps, DateTimeOffset? WakeAt);
