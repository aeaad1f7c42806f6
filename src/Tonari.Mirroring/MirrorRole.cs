namespace Tonari.Mirroring;

/// <summary>What one side of a relationship is to the application's data.</summary>
public enum MirrorRole
{
    /// <summary>Preflight has not passed yet; this side neither serves nor receives.</summary>
    Unassigned,

    /// <summary>The live volumes here are the truth; the application runs here.</summary>
    Primary,

    /// <summary>This side receives group snapshots and could take over.</summary>
    Secondary,

    /// <summary>A former primary that has learnt of a higher epoch. It neither serves nor overwrites until someone decides what is kept.</summary>
    Fenced,
}

/// <summary>What a fenced side does with its running application.</summary>
public enum FencedAction
{
    /// <summary>Stop it: two running copies must not diverge further.</summary>
    Stop,

    /// <summary>Leave it running and only say so.</summary>
    Warn,
}

/// <summary>Whether the application's workloads run on this side, as far as Tonari has started or stopped them.</summary>
public enum ApplicationRun
{
    /// <summary>Tonari has never touched the workloads here.</summary>
    Unknown,

    /// <summary>Started, or never stopped, here.</summary>
    Running,

    /// <summary>Being stopped; may be half-way. Written before the first workload is scaled down.</summary>
    Stopping,

    /// <summary>Stopped, with no volume in use.</summary>
    Stopped,

    /// <summary>Being started after it was stopped; may be half-way. Written before the first workload is touched, so that a side that is fenced meanwhile stops it.</summary>
    Starting,
}
