using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>How things are after something failed.</summary>
public enum FailureStanding
{
    /// <summary>The application runs, and a copy as new as wanted is kept.</summary>
    RunsProtected,

    /// <summary>The application runs; the copy is older than wanted.</summary>
    RunsLate,

    /// <summary>The application runs; nothing protects it.</summary>
    RunsUnprotected,

    /// <summary>The application is stopped and starts again where it was.</summary>
    StartsAgain,

    /// <summary>A side took over, but the application is not ready there.</summary>
    NotReady,

    /// <summary>Where the application runs is not known: the other side does not answer.</summary>
    NotKnown,
}

/// <summary>What to do after something failed.</summary>
public enum FailureAdvice
{
    /// <summary>Do what the message says and ask again.</summary>
    AskAgain,

    /// <summary>Look at the application's pods.</summary>
    LookAtPods,

    /// <summary>Choose whose data is kept.</summary>
    Choose,

    /// <summary>Resume first.</summary>
    Resume,

    /// <summary>Wait for the neighbour; where it is lost, fail over.</summary>
    FailOverIfLost,

    /// <summary>Mend the connection; the other side can go on by itself.</summary>
    MendConnection,

    /// <summary>Nothing: what was asked for is being tried again.</summary>
    Nothing,
}

/// <summary>An operation that failed: what happened, how things are now, and what to do.</summary>
/// <param name="Record">What happened.</param>
/// <param name="Step">The step it ended in; null: it was refused at once.</param>
/// <param name="Standing">How things are now.</param>
/// <param name="Advice">What to do.</param>
public sealed record FailureView(MirrorOperationRecord Record, OperationStep? Step, FailureStanding Standing, FailureAdvice Advice)
{
    /// <summary>What failed longer ago is history.</summary>
    private static readonly TimeSpan Shown = TimeSpan.FromHours(24);

    /// <summary>The failure that nothing has made good since; null: none.</summary>
    public static FailureView? Of(MirrorView mirror, DateTimeOffset now)
    {
        if (mirror.Operation is not null || mirror.History is not [{ Succeeded: false } record, ..] || now - record.FinishedAt > Shown)
            return null;
        var standing = StandingOf(mirror, record);
        return new FailureView(record, OperationStepView.Finished(record) is [.., var last] ? last.Step : null, standing, AdviceOf(mirror, standing));
    }

    private static FailureStanding StandingOf(MirrorView m, MirrorOperationRecord record)
    {
        var promoted = record.Stages is [.., { Stage: MirrorOperationStage.Promoting }];
        if (promoted && m.Here.Role == MirrorRole.Primary)
            return FailureStanding.NotReady;
        if (m.From is not { } from || (from != m.Here.Cluster && !m.There.Reachable))
            return FailureStanding.NotKnown;
        var side = from == m.Here.Cluster ? m.Here : m.There;
        if (side.Application is ApplicationRun.Stopping or ApplicationRun.Stopped or ApplicationRun.Starting)
            return FailureStanding.StartsAgain;
        if (m.State == MirrorState.FailedOver || m.LagSeconds is not { } lag)
            return FailureStanding.RunsUnprotected;
        return MirrorPicture.ToneOf(lag, m.WantedRpoSeconds) == LagTone.InTime ? FailureStanding.RunsProtected : FailureStanding.RunsLate;
    }

    private static FailureAdvice AdviceOf(MirrorView m, FailureStanding standing) => m switch
    {
        _ when standing == FailureStanding.NotReady => FailureAdvice.LookAtPods,
        { There.Reachable: false, Here.Role: MirrorRole.Secondary } => FailureAdvice.FailOverIfLost,
        { There.Reachable: false } => FailureAdvice.MendConnection,
        { State: MirrorState.FailedOver } => FailureAdvice.Choose,
        { State: MirrorState.Paused } => FailureAdvice.Resume,
        _ when standing == FailureStanding.StartsAgain => FailureAdvice.Nothing,
        _ => FailureAdvice.AskAgain,
    };
}
