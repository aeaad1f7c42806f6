using System.ComponentModel.DataAnnotations;

namespace Tonari.Mirroring;

/// <summary>What a user can ask of a relationship.</summary>
public enum MirrorOperationType
{
    /// <summary>One sync outside the schedule.</summary>
    Sync,

    /// <summary>Stops the running transfer; the next one starts by schedule.</summary>
    CancelTransfer,

    /// <summary>The secondary takes over from a group snapshot it holds, without asking the primary.</summary>
    FailOver,

    /// <summary>After a fail-over: choose the side whose data is kept; the other becomes its secondary.</summary>
    Resync,

    /// <summary>Planned swap of roles with no loss.</summary>
    Reverse,

    /// <summary>Resync keeping the new primary, then reverse.</summary>
    FailBack,

    /// <summary>Compare the replica with its primary, without moving the data, and heal what differs.</summary>
    Verify,
}

/// <summary>A user's request, as written in <c>spec.operation</c>. A new <see cref="Id"/> is a new request.</summary>
/// <param name="Id">Chosen by whoever asks; 1 to 63 characters.</param>
/// <param name="Type">What is asked.</param>
/// <param name="Snapshot">Fail over only: the group snapshot to take; newest complete one when null.</param>
/// <param name="Keep">Resync only: name of the cluster whose data is kept.</param>
/// <param name="Confirm">Name of the application, demanded wherever writes are set aside.</param>
/// <param name="Forwarded">The other side handed this request on; it is not handed back.</param>
public sealed record MirrorOperationRequest(
    [property: Required, MaxLength(63)] string Id,
    MirrorOperationType Type,
    [property: MaxLength(100)] string? Snapshot = null,
    [property: MaxLength(253)] string? Keep = null,
    [property: MaxLength(253)] string? Confirm = null,
    bool Forwarded = false);

/// <summary>Where a running operation stands. Which stages an operation passes depends on its type.</summary>
public enum MirrorOperationStage
{
    /// <summary>Handed to the other side, which carries it out.</summary>
    Forwarding,

    /// <summary>Accepted by the other side; its outcome is awaited.</summary>
    Forwarded,

    /// <summary>Waiting until this side has learnt that it is no longer primary.</summary>
    AwaitingFence,

    /// <summary>Stopping the application here and keeping its diverged live data as a snapshot.</summary>
    SettingAside,

    /// <summary>Waiting for a sync that brings this side up to date.</summary>
    CatchingUp,

    /// <summary>Asking the primary to stop its application.</summary>
    Holding,

    /// <summary>The application is stopped on the primary; the last group snapshot travels.</summary>
    FinalSync,

    /// <summary>Promoted; volumes and application are being brought up here.</summary>
    Promoting,

    /// <summary>The replica is compared with its primary; anything else that is asked for takes its place.</summary>
    Verifying,
}

/// <summary>A stage that an operation has come to. It lasts until the next one begins, or until the operation ends.</summary>
/// <param name="Stage">The stage.</param>
/// <param name="Promotion">Which part of it, while promoting.</param>
/// <param name="StartedAt">When it was entered, by the clock of the side that carries it out.</param>
public sealed record MirrorStageEntry(MirrorOperationStage Stage, MirrorPromotionStage? Promotion, DateTimeOffset StartedAt);

/// <summary>A running operation. Durable: after a crash it goes on from its stage.</summary>
public sealed record MirrorOperation
{
    /// <summary>The request that started it.</summary>
    public required MirrorOperationRequest Request { get; init; }

    /// <summary>Where it stands.</summary>
    public required MirrorOperationStage Stage { get; init; }

    /// <summary>When it was accepted.</summary>
    public required DateTimeOffset StartedAt { get; init; }

    /// <summary>When its stage was entered.</summary>
    public required DateTimeOffset StageStartedAt { get; init; }

    /// <summary>The stages it has entered so far, in order; the last one is where it stands.</summary>
    public IReadOnlyList<MirrorStageEntry> Stages { get; init; } = [];

    /// <summary>The group snapshot it works with, once known.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Bytes received for it so far, compressed.</summary>
    public long WireBytes { get; init; }

    /// <summary>When the application stopped on the old primary, as that side reports it; start of the downtime.</summary>
    public DateTimeOffset? StoppedAt { get; init; }

    /// <summary>Until when the primary has promised to keep its application stopped, by this side's clock and cautiously.</summary>
    public DateTimeOffset? HeldUntil { get; init; }

    /// <summary>What happens now, in words.</summary>
    public string? Message { get; init; }

    /// <summary>Outputs of the hooks that ran, newest last.</summary>
    public IReadOnlyList<HookRecord> Hooks { get; init; } = [];

    /// <summary>The operation with a further stage entered; one that only becomes more precise takes the place of the last.</summary>
    internal MirrorOperation Entering(MirrorOperationStage stage, MirrorPromotionStage? promotion, DateTimeOffset at)
    {
        var known = Stages is [.., var last] && last.Stage == stage && last.Promotion is null ? Stages.SkipLast(1) : Stages;
        return this with { Stages = [.. known, new MirrorStageEntry(stage, promotion, at)] };
    }
}

/// <summary>One run of one hook in one container.</summary>
/// <param name="Hook">Name of the <c>ExecHook</c>.</param>
/// <param name="Stage">Stage at which it ran.</param>
/// <param name="Container"><c>namespace/pod/container</c>.</param>
/// <param name="Succeeded">Exit code 0 within its time.</param>
/// <param name="Output">Its output, cut at 4 KiB.</param>
public sealed record HookRecord(string Hook, string Stage, string Container, bool Succeeded, string Output);

/// <summary>A finished operation or sync, for the history.</summary>
/// <param name="Id">The request's id, or the snapshot's name for a scheduled sync.</param>
/// <param name="Type">What it was.</param>
/// <param name="StartedAt">When it was accepted.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="Succeeded">Whether it reached its aim.</param>
/// <param name="Message">What came of it, in words.</param>
public sealed record MirrorOperationRecord(
    string Id,
    MirrorOperationType Type,
    DateTimeOffset StartedAt,
    DateTimeOffset FinishedAt,
    bool Succeeded,
    string Message)
{
    /// <summary>For reverse, fail back and fail over: how long the application answered nowhere, in milliseconds, where it is known.</summary>
    public long? DowntimeMs { get; init; }

    /// <summary>The group snapshot concerned.</summary>
    public string? Snapshot { get; init; }

    /// <summary>Bytes that travelled, compressed.</summary>
    public long? WireBytes { get; init; }

    /// <summary>The stages it entered, in order; the last one is where it ended. Empty for a scheduled sync and for what was refused.</summary>
    public IReadOnlyList<MirrorStageEntry> Stages { get; init; } = [];

    /// <summary>Outputs of the hooks that ran.</summary>
    public IReadOnlyList<HookRecord> Hooks { get; init; } = [];
}
