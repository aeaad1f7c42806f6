namespace Tonari.Controller.Peers;

/// <summary>Every bound of the conversation between neighbours, with its reason.</summary>
internal static class PeerLimits
{
    /// <summary>Time for a connection to stand: two round trips, and a lost packet or two.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(5);

    /// <summary>Time for a small question: a third of <see cref="Mirroring.MirrorLimits.PeerSilence"/>, so that three may fail before the peer counts as silent.</summary>
    public static readonly TimeSpan SmallCall = TimeSpan.FromSeconds(5);

    /// <summary>Time for a question that makes the peer read or write its API server.</summary>
    public static readonly TimeSpan ApiCall = TimeSpan.FromSeconds(30);

    /// <summary>Time for a group snapshot with its hooks: hooks may take minutes each.</summary>
    public static readonly TimeSpan SnapshotCall = TimeSpan.FromMinutes(15);

    /// <summary>Time for captured resources: at most <see cref="LargestResources"/>, also over a slow link.</summary>
    public static readonly TimeSpan ResourcesCall = TimeSpan.FromMinutes(5);

    /// <summary>A dead link is noticed after two of these at the latest, also in the middle of a long call.</summary>
    public static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(5);

    /// <summary>Largest message: views of a thousand mirrors, or what is asked about an application's volumes.</summary>
    public const int LargestMessage = 4 * 1024 * 1024;

    /// <summary>Largest message of any other kind, and of a caller who is not known: names and a few mappings.</summary>
    public const int LargestSmallMessage = 64 * 1024;

    /// <summary>Large messages of one neighbour at a time. It sends one after the other; this much of them may be in memory.</summary>
    public const int MostLargeCalls = 4;

    /// <summary>Preflights that this side has running at a neighbour; exchanges, which say that it lives, must always find room among the large calls.</summary>
    public const int OwnPreflights = MostLargeCalls - 2;

    /// <summary>Other calls of one neighbour at a time: each of its mirrors waits for one at most.</summary>
    public const int MostSmallCalls = 1024;

    /// <summary>Deltas of one neighbour at a time: four for each of many mirrors, and each costs this side buffers and the disk's time.</summary>
    public const int MostDeltas = 128;

    /// <summary>Deltas that this side has running from a neighbour: the rest wait for their turn instead of being refused.</summary>
    public const int OwnDeltas = MostDeltas - 32;

    /// <summary>Copies that one neighbour may have read for comparison at a time: those it has running, and some that it has left and that are not over yet.</summary>
    public const int MostComparisons = 4 * OwnComparisons;

    /// <summary>Volumes that this side compares with a neighbour at a time; the others wait. All of them share one pace, so more would only take longer each.</summary>
    public const int OwnComparisons = 4;

    /// <summary>Captured resources handed to one neighbour at a time: each is in memory as a whole at the agent.</summary>
    public const int MostResourceCalls = 4;

    /// <summary>Connections of one neighbour at a time: one per delta and a handful for calls.</summary>
    public const int MostConnections = MostDeltas + 32;

    /// <summary>Connections of all strangers together: pairing takes one for a moment.</summary>
    public const int MostStrangers = 32;

    /// <summary>Mirrors with one neighbour that it may have made here: far more than a cluster's applications.</summary>
    public const int MostMirrors = 1000;

    /// <summary>Volumes of one application: far more than one point in time of them all could be taken of.</summary>
    public const int MostVolumes = 256;

    /// <summary>Namespaces or storage classes with another name: one per namespace of an application.</summary>
    public const int MostMappings = 100;

    /// <summary>Group snapshots that a neighbour may have taken of one application within <see cref="SnapshotWindow"/>: three times the shortest schedule's.</summary>
    public const int MostSnapshots = 18;

    /// <summary>See <see cref="MostSnapshots"/>.</summary>
    public static readonly TimeSpan SnapshotWindow = TimeSpan.FromMinutes(1);

    /// <summary>Problems that a neighbour's preflight may tell of.</summary>
    public const int MostProblems = 50;

    /// <summary>Longest sentence taken over from a neighbour, characters.</summary>
    public const int LongestSentence = 1000;

    /// <summary>Longest id or word taken over from a neighbour, characters.</summary>
    public const int LongestWord = 63;

    /// <summary>Highest epoch believed. Each promotion takes one more; a number beyond this is no count of promotions, and must not bring the next to its end.</summary>
    public const long HighestEpoch = 1L << 40;

    /// <summary>Largest capture accepted, compressed: what an agent keeps. It is in memory while it is looked at.</summary>
    public const int LargestResources = 64 * 1024 * 1024;

    /// <summary>Pause between exchanges while something is going on.</summary>
    public static readonly TimeSpan BusyExchange = TimeSpan.FromSeconds(1);

    /// <summary>Pause between exchanges otherwise.</summary>
    public static readonly TimeSpan IdleExchange = TimeSpan.FromSeconds(3);

    /// <summary>Least pause between exchanges that are triggered by changes: five a second.</summary>
    public static readonly TimeSpan LeastExchange = TimeSpan.FromMilliseconds(200);

    /// <summary>Pause between greetings.</summary>
    public static readonly TimeSpan HelloInterval = TimeSpan.FromSeconds(5);

    /// <summary>An unchanged peer status is written again after this.</summary>
    public static readonly TimeSpan StatusRefresh = TimeSpan.FromSeconds(60);

    /// <summary>Snapshot names looked at in a peer's view: retention keeps a handful.</summary>
    public const int MostSnapshotsInView = 1000;

    /// <summary>
    /// Mirrors in one exchange: with as many snapshots and volumes each as a view may name, the answer still fits into <see cref="LargestMessage"/>.
    /// </summary>
    public const int MirrorsPerExchange = 50;

    /// <summary>Volumes whose progress is told of: a status of a few KiB, and more than anybody reads.</summary>
    public const int MostVolumesInView = 100;

    /// <summary>Longest <c>namespace/claim</c>: 63 and 253 characters.</summary>
    public const int LongestVolumeKey = 317;

    /// <summary>Largest volume believed, bytes: 1 PiB. Sums over all volumes of an application stay far from overflowing.</summary>
    public const long LargestVolume = 1L << 50;

    /// <summary>Ids of deleted mirrors kept per peer: far more than are deleted while a peer is away.</summary>
    public const int MostTombstones = 200;

    /// <summary>Clock difference from which on a warning is raised.</summary>
    public static readonly TimeSpan ClockSkewWarning = TimeSpan.FromSeconds(30);
}
