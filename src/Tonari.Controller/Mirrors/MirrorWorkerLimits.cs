using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>Every bound of the work on one mirror, with its reason.</summary>
internal static class MirrorWorkerLimits
{
    /// <summary>
    /// A status write that has not been answered by then counts as failed. Shorter than <see cref="MirrorLimits.HoldMargin"/>: a promotion
    /// decided while the peer's hold lasts must not be written after it has ended.
    /// </summary>
    public static readonly TimeSpan WriteTimeout = TimeSpan.FromSeconds(10);

    /// <summary>Pause between writes that only carry progress or a newer age: an object per mirror must not keep etcd busy.</summary>
    public static readonly TimeSpan ProgressPause = TimeSpan.FromSeconds(2);

    /// <summary>A message that changes in nothing but its wording (an age that grows) is written this often.</summary>
    public static readonly TimeSpan WordingPause = TimeSpan.FromSeconds(60);

    /// <summary>Longest sleep: health depends on the time alone, and a lost wake must not matter.</summary>
    public static readonly TimeSpan LongestSleep = TimeSpan.FromSeconds(15);

    /// <summary>A step that ended without changing anything is not started again before this.</summary>
    public static readonly TimeSpan RepeatPause = MirrorLimits.FirstRetry;

    /// <summary>First and longest pause after the API server could not be reached.</summary>
    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>See <see cref="FirstPause"/>.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    /// <summary>Volumes of one group pulled at the same time: enough to fill a link, few enough to be fair to the disk.</summary>
    public const int ParallelPulls = 4;

    /// <summary>Longest text kept of one message, characters: the object stays small whatever a program says.</summary>
    public const int MessageLength = 1024;

    /// <summary>Largest status written, bytes of JSON: far below etcd's 1.5 MiB, and watched by every client.</summary>
    public const int StatusBytes = 64 * 1024;
}
