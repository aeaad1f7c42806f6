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

    /// <summary>Largest message: views of a thousand mirrors.</summary>
    public const int LargestMessage = 4 * 1024 * 1024;

    /// <summary>Largest capture accepted, compressed: more than any namespace etcd can hold is an attack.</summary>
    public const int LargestResources = 256 * 1024 * 1024;

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

    /// <summary>Volumes whose progress is told of: a status of a few KiB, and more than anybody reads.</summary>
    public const int MostVolumesInView = 100;

    /// <summary>Longest <c>namespace/claim</c>: 63 and 253 characters.</summary>
    public const int LongestVolumeKey = 317;

    /// <summary>Ids of deleted mirrors kept per peer: far more than are deleted while a peer is away.</summary>
    public const int MostTombstones = 200;

    /// <summary>Clock difference from which on a warning is raised.</summary>
    public static readonly TimeSpan ClockSkewWarning = TimeSpan.FromSeconds(30);
}
