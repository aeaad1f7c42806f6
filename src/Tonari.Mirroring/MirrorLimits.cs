namespace Tonari.Mirroring;

/// <summary>Every bound of the protocol, with its reason.</summary>
public static class MirrorLimits
{
    /// <summary>Shortest schedule: a sync of a dozen volumes takes a few seconds.</summary>
    public static readonly TimeSpan ShortestSchedule = TimeSpan.FromSeconds(10);

    /// <summary>A peer that has not answered for this long is called unreachable: three missed exchanges.</summary>
    public static readonly TimeSpan PeerSilence = TimeSpan.FromSeconds(15);

    /// <summary>
    /// How long a primary keeps its application stopped after one request. Renewed while the swap makes progress;
    /// bounds the downtime of a swap whose link is lost.
    /// </summary>
    public static readonly TimeSpan HoldDuration = TimeSpan.FromSeconds(60);

    /// <summary>A hold is renewed when less than this is surely left: room for several tries.</summary>
    public static readonly TimeSpan HoldRenewal = TimeSpan.FromSeconds(30);

    /// <summary>
    /// No promotion this close to the end of a hold: more than the time-out of a status write plus the clock drift of one hold.
    /// </summary>
    public static readonly TimeSpan HoldMargin = TimeSpan.FromSeconds(15);

    /// <summary>A planned swap that has not stopped the application on the primary by then is given up.</summary>
    public static readonly TimeSpan SwapStageLimit = TimeSpan.FromMinutes(10);

    /// <summary>An application that is not ready this long after its promotion ends the operation as failed; it stays promoted.</summary>
    public static readonly TimeSpan ReadyLimit = TimeSpan.FromMinutes(10);

    /// <summary>How long an operation waits for an unreachable peer before it is refused.</summary>
    public static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(60);

    /// <summary>Copies are compared in pieces of 4 MiB: one forgotten bit costs that much on the wire, and 1 TiB has 4 MiB of digests.</summary>
    public const long RegionBytes = 4 * 1024 * 1024;

    /// <summary>Runs of regions noted of one verification, all volumes together: about 8 KiB of status.</summary>
    public const int DamagedRuns = 256;

    /// <summary>Shortest time between verifications by schedule: each reads everything on both sides.</summary>
    public static readonly TimeSpan ShortestVerifySchedule = TimeSpan.FromMinutes(1);

    /// <summary>How soon after the last verification a replica that is known or suspected to differ is compared again: soon enough not to be forgotten, and
    /// rare enough that reading everything again is no load.</summary>
    public static readonly TimeSpan HealRetry = TimeSpan.FromMinutes(10);

    /// <summary>First and longest pause after a failed step.</summary>
    public static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);

    /// <summary>See <see cref="FirstRetry"/>.</summary>
    public static readonly TimeSpan LongestRetry = TimeSpan.FromSeconds(30);

    /// <summary>How soon a step that is not finished is looked at again.</summary>
    public static readonly TimeSpan NotYetPause = TimeSpan.FromMilliseconds(500);

    /// <summary>Finished operations and syncs kept in the status: the object must stay far below etcd's 1.5 MiB.</summary>
    public const int HistoryLength = 20;

    /// <summary>Sets of diverged data kept per side.</summary>
    public const int DivergedKept = 3;

    /// <summary>Sets of live data kept per side that the new primary holds as well: those of planned swaps.</summary>
    public const int CoveredKept = 1;
}
