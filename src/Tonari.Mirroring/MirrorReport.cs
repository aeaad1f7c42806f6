using System.Globalization;

namespace Tonari.Mirroring;

/// <summary>What a user calls the relationship's state. Derived, never stored as a fact of its own.</summary>
public enum MirrorState
{
    /// <summary>Preflight or the first sync is under way.</summary>
    Establishing,

    /// <summary>Both sides hold a common snapshot of this epoch and syncs go on.</summary>
    Established,

    /// <summary>This side is taking over.</summary>
    FailingOver,

    /// <summary>One side took over without the other; someone has to choose what is kept.</summary>
    FailedOver,

    /// <summary>The former primary is becoming secondary, or catching up after that.</summary>
    Resyncing,

    /// <summary>A planned swap is under way.</summary>
    Reversing,

    /// <summary>Paused by its user.</summary>
    Paused,

    /// <summary>Being deleted.</summary>
    Deleting,
}

/// <summary>How well the relationship is, worst last.</summary>
public enum MirrorHealth
{
    /// <summary>As wanted.</summary>
    Normal,

    /// <summary>Nothing can be said yet.</summary>
    Unknown,

    /// <summary>Wants attention.</summary>
    Warning,

    /// <summary>Does not protect the application as wanted.</summary>
    Critical,
}

/// <summary>Why a relationship is as well as it is: what its reason says, for programs that speak another language.</summary>
public enum HealthCause
{
    /// <summary>As wanted.</summary>
    InTime,

    /// <summary>The first group snapshot is on its way.</summary>
    FirstUnderWay,

    /// <summary>Paused by its user.</summary>
    Paused,

    /// <summary>The newest complete group snapshot is older than wanted.</summary>
    Late,

    /// <summary>The other side does not answer.</summary>
    PeerSilent,

    /// <summary>A step fails and is tried again; what it said is in the retries.</summary>
    StepFails,

    /// <summary>This side is giving up its live data and becoming secondary.</summary>
    BecomingSecondary,

    /// <summary>This side was taken over from; somebody has to choose what is kept.</summary>
    TakenOver,

    /// <summary>This side took over; nothing protects the application.</summary>
    TookOver,

    /// <summary>Both sides say that they are primary of the same epoch.</summary>
    BothPrimary,

    /// <summary>The replica was found to differ from its primary, and is not healed yet.</summary>
    ReplicaDamaged,

    /// <summary>The primary's copy was found not to be what it was, or nobody can tell which side's is right.</summary>
    SourceDamaged,

    /// <summary>Something stands in the way; it is among the problems.</summary>
    Problem,

    /// <summary>What is wanted of the relationship cannot be worked by.</summary>
    NotAccepted,

    /// <summary>It is being deleted.</summary>
    Deleting,
}

/// <summary>State, health and lag for people, all derived from the same facts the planner uses.</summary>
/// <param name="State">What it is doing.</param>
/// <param name="Health">How well it is.</param>
/// <param name="Cause">Why, in one word.</param>
/// <param name="Reason">Why, in words.</param>
/// <param name="ProtectedAt">Point in time of the newest group snapshot that the other side could start from; null: none yet.</param>
/// <param name="Common">Name of the common snapshot.</param>
public sealed record MirrorReport(MirrorState State, MirrorHealth Health, HealthCause Cause, string Reason, DateTimeOffset? ProtectedAt, string? Common)
{
    /// <summary>Derives the report.</summary>
    public static MirrorReport Of(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now)
    {
        var s = new Situation(policy, status, peer, now);
        var protecting = status.Role == MirrorRole.Secondary ? status.Newest : s.Common;
        var state = StateOf(s);
        var (health, cause, reason) = HealthOf(s, state, protecting?.TakenAt);
        return new MirrorReport(state, health, cause, reason, protecting?.TakenAt, s.Common?.Name);
    }

    private static MirrorState StateOf(Situation s)
    {
        var status = s.Status;
        if (s.Policy.Deleting) return MirrorState.Deleting;
        if (status.Role == MirrorRole.Unassigned) return MirrorState.Establishing;
        if (Moving(s) is { } moving) return moving;
        if (status.Role == MirrorRole.Fenced) return MirrorState.FailedOver;

        // A primary that was promoted without its peer's consent stays "failed over" until the peer follows its epoch. Before it has heard of its peer, just
        // started or with the link down, it goes by what it holds: a group snapshot is named after this epoch by a peer that follows it, and by nobody else.
        var followed = s.Peer is { } peer
            ? peer is { HasMirror: true, Role: MirrorRole.Secondary } && peer.Epoch == status.Epoch
            : IsOfEpoch(status.Newest, status);
        if (status is { Role: MirrorRole.Primary, Epoch: > 1 } && !followed)
            return status.HandoverOperation is null ? MirrorState.FailedOver : MirrorState.Resyncing;
        if (s.Paused) return MirrorState.Paused;

        var newest = status.Role == MirrorRole.Secondary || s.Peer is null ? status.Newest : s.Common;
        if (newest is null) return MirrorState.Establishing;
        return IsOfEpoch(newest, status) ? MirrorState.Established : MirrorState.Resyncing;
    }

    private static bool IsOfEpoch(MirrorSnapshot? snapshot, MirrorStatus status) =>
        snapshot is not null && SnapshotNames.TryParse(snapshot.Name, out var epoch, out _) && epoch == status.Epoch;

    private static MirrorState? Moving(Situation s) => s.OwnOperation?.Request.Type switch
    {
        MirrorOperationType.FailOver => MirrorState.FailingOver,
        MirrorOperationType.Reverse => MirrorState.Reversing,
        MirrorOperationType.FailBack => s.OwnOperation.Stage is MirrorOperationStage.SettingAside or MirrorOperationStage.CatchingUp
            ? MirrorState.Resyncing
            : MirrorState.Reversing,
        MirrorOperationType.Resync => MirrorState.Resyncing,
        _ when s.Status.Demotion is not null => MirrorState.Resyncing,
        _ when s.Status.Hold is not null => MirrorState.Reversing,
        _ => null,
    };

    private static (MirrorHealth Health, HealthCause Cause, string Reason) HealthOf(Situation s, MirrorState state, DateTimeOffset? protectedAt)
    {
        if (state == MirrorState.Deleting) return (MirrorHealth.Normal, HealthCause.Deleting, "The relationship is being deleted.");
        if (s.Status.Problems.Count > 0) return (MirrorHealth.Critical, HealthCause.Problem, s.Status.Problems[0].Message);
        if (s.Status.Demotion is not null)
            return (MirrorHealth.Warning, HealthCause.BecomingSecondary, $"{s.Policy.LocalCluster} is becoming secondary; its live data is kept as {s.Status.Demotion.SetAsideAs}.");
        if (s.Status.Role == MirrorRole.Fenced)
            return (MirrorHealth.Critical, HealthCause.TakenOver, $"{s.Policy.PeerCluster} took over in epoch {s.Status.HighestEpochSeen}; choose what is kept: resync or fail back.");
        if (s.Status.Role == MirrorRole.Primary && s.Peer is { HasMirror: true, Role: MirrorRole.Primary } other && other.Epoch == s.Status.Epoch)
            return (MirrorHealth.Critical, HealthCause.BothPrimary, "Both sides say that they are primary of the same epoch; nothing is replicated.");
        if (state == MirrorState.FailedOver)
            return (MirrorHealth.Critical, HealthCause.TookOver, $"{s.Policy.LocalCluster} took over; nothing protects {s.Policy.Application} until you resync or fail back.");
        return Damaged(s) ?? Protection(s, state, protectedAt);
    }

    private static (MirrorHealth Health, HealthCause Cause, string Reason)? Damaged(Situation s)
    {
        if (s.Status is { Role: MirrorRole.Secondary, Damage: { } own })
        {
            var cause = own.Healable ? HealthCause.ReplicaDamaged : HealthCause.SourceDamaged;
            return (MirrorHealth.Critical, cause, own.Describe(s.Policy.LocalCluster, s.Policy.PeerCluster));
        }

        return s.Status.Role == MirrorRole.Primary && s.Peer is { HasMirror: true, Role: MirrorRole.Secondary, Damage: { } told }
            ? (MirrorHealth.Critical, told.SourceIsWrong ? HealthCause.SourceDamaged : HealthCause.ReplicaDamaged, told.Message)
            : null;
    }

    private static (MirrorHealth Health, HealthCause Cause, string Reason) Protection(Situation s, MirrorState state, DateTimeOffset? protectedAt)
    {
        var trouble = s.Status.Retries.FirstOrDefault(retry => retry.Failures > 0)?.Message;
        var unreachable = s.Peer is { Reachable: true } ? null : $"{s.Policy.PeerCluster} does not answer.";
        var why = trouble ?? unreachable;
        var cause = trouble is null ? HealthCause.PeerSilent : HealthCause.StepFails;
        if (protectedAt is null)
            return why is null ? (MirrorHealth.Unknown, HealthCause.FirstUnderWay, "The first group snapshot is on its way.") : (MirrorHealth.Warning, cause, why);

        var lag = s.Now - protectedAt.Value;
        var age = $"The newest complete group snapshot is {Words(lag)} old, wanted are {Words(s.Policy.WantedRpo)}.";
        if (lag > 2 * s.Policy.WantedRpo) return (MirrorHealth.Critical, HealthCause.Late, why is null ? age : $"{age} {why}");
        if (lag > s.Policy.WantedRpo) return (MirrorHealth.Warning, HealthCause.Late, why is null ? age : $"{age} {why}");
        if (why is not null) return (MirrorHealth.Warning, cause, why);
        return state == MirrorState.Paused
            ? (MirrorHealth.Warning, HealthCause.Paused, "The relationship is paused; no sync starts.")
            : (MirrorHealth.Normal, HealthCause.InTime, $"The newest complete group snapshot is {Words(lag)} old.");
    }

    private static string Words(TimeSpan span) => span.TotalMinutes < 2
        ? span.TotalSeconds.ToString("0", CultureInfo.InvariantCulture) + " s"
        : span.TotalHours < 2
            ? span.TotalMinutes.ToString("0", CultureInfo.InvariantCulture) + " min"
            : span.TotalHours.ToString("0.0", CultureInfo.InvariantCulture) + " h";
}
