using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>What somebody who looks after an application would do next.</summary>
public enum NextStep
{
    /// <summary>It could be replicated and is not.</summary>
    Replicate,

    /// <summary>It could not: it has no volumes, or some cannot be replicated.</summary>
    MendVolumes,

    /// <summary>One side has taken over.</summary>
    ChooseWhatIsKept,

    /// <summary>Something is wrong with its replication, or wants attention.</summary>
    LookAfterReplication,

    /// <summary>All is well.</summary>
    LookAtReplication,
}

/// <summary>Decides it. Pure.</summary>
internal static class NextSteps
{
    /// <summary>What to do next.</summary>
    public static NextStep Of(ApplicationView application) => application switch
    {
        { State: MirrorState.FailedOver } => NextStep.ChooseWhatIsKept,
        { Mirror: not null, Protection: Protection.AtRisk or Protection.Attention } => NextStep.LookAfterReplication,
        { Mirror: not null } => NextStep.LookAtReplication,
        // Where the controller has not looked yet nothing is known against it.
        { Resources: not null } when application.Volumes.Count == 0 || application.Volumes.Any(v => !v.Replicable) => NextStep.MendVolumes,
        _ => NextStep.Replicate,
    };
}
