namespace Tonari.Engine;

/// <summary>Every limit of the engine, with its reason.</summary>
public static class EngineLimits
{
    /// <summary>Applications notice a filesystem that stands still for longer; databases begin to time out soon after.</summary>
    public static readonly TimeSpan DefaultFreezeTimeout = TimeSpan.FromSeconds(5);

    /// <summary>How much later than the engine the freeze guard acts, so that it only acts when the engine does not.</summary>
    internal static readonly TimeSpan FreezeGuardGrace = TimeSpan.FromSeconds(1);

    /// <summary>Measured: FICLONE of an image with 770,000 extents took 16 seconds.</summary>
    internal static readonly TimeSpan CloneTimePerExtent = TimeSpan.FromMicroseconds(20);

    /// <summary>The kernel detaches a loop device when its last user lets go; programs that look at new devices do so within this time.</summary>
    internal static readonly TimeSpan DetachPatience = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks at a device that is being detached.</summary>
    internal static readonly TimeSpan DetachPoll = TimeSpan.FromMilliseconds(10);

    /// <summary>Images, ranges and digests count in these: the page size, and the block size of the usual filesystems.</summary>
    internal const int BlockSize = 4096;

    /// <summary>One data frame at most: large enough for sequential speed, small enough to keep a dozen in memory.</summary>
    internal const int MaxFrameData = 1024 * 1024;

    /// <summary>A compressed frame never exceeds its raw form, a header or end document is far smaller.</summary>
    internal const int MaxFramePayload = MaxFrameData;

    /// <summary>A header or end document of a stream: a dozen short members.</summary>
    internal const int MaxStreamDocument = 16 * 1024;

    /// <summary>A document of the pool: a group of thousands of volumes.</summary>
    internal const int MaxDocument = 1024 * 1024;

    /// <summary>
    /// What replication leaves free of a pool for the applications that run in it: a twentieth of it, and this at most. A pool that is full stops every one
    /// of them.
    /// </summary>
    internal const long MostReserve = 4L << 30;

    /// <summary>How long a loop device of a pool that is nearly full may have another size of requests than it should.</summary>
    internal static readonly TimeSpan RequestBoundRefresh = TimeSpan.FromSeconds(1);

    /// <summary>What the kernel writes at once by itself, KiB (include/linux/blkdev.h, BLK_DEF_MAX_SECTORS_CAP).</summary>
    internal const long UsualRequestKib = 1280;

    /// <summary>Two copies of an image are compared in pieces of this size. One forgotten bit costs 4 MiB on the wire and not more, and 1 TiB has
    /// 262,144 regions: 4 MiB of digests.</summary>
    public const int RegionSize = 4 * 1024 * 1024;

    /// <summary>Below this, digests would be a noticeable part of the data.</summary>
    public const int SmallestRegion = 256 * 1024;

    /// <summary>Above this, one forgotten bit would move too much.</summary>
    public const int LargestRegion = 64 * 1024 * 1024;

    /// <summary>Stretches asked for in one request: they travel in a URL, and 64 of them take less than 3 KiB.</summary>
    public const int RangesPerRequest = 64;

    /// <summary>Zero runs shorter than this travel as (well compressible) data: a frame of its own costs more.</summary>
    internal const int MinElidedZeros = 64 * 1024;

    /// <summary>Two of these, and a frame each, may be unsafe at any time: one being written, one being made durable. With <see cref="ReceivedFrames"/>
    /// and the frame being read, 12 MiB of what was received at most, and a read-ahead of 256 KiB, are lost in a crash and have to be sent again. Measured, a stream from one pool to
    /// another: 5 MiB are 7 % faster, 3 MiB 10 % slower.</summary>
    internal const int CheckpointBytes = 4 * 1024 * 1024;

    /// <summary>A checkpoint ends early after so many ranges, to bound the list of what has to be read back.</summary>
    internal const int CheckpointRanges = 4096;

    /// <summary>Frames received but not yet written: enough to cover one write's latency; 1 MiB at most.</summary>
    internal const int ReceivedFrames = 1;

    /// <summary>Batches being read and compressed ahead of the socket; about 2 MiB each.</summary>
    internal const int MaxBatchesAhead = 4;

    /// <summary>Ranges of one change list in memory (24 bytes each); beyond, neighbours are merged.</summary>
    internal const int MaxChangedRanges = 256 * 1024;

    /// <summary>Extents per FIEMAP request: 56 KiB.</summary>
    internal const int ExtentsPerRequest = 1024;

    /// <summary>Loop devices tried when others take the free one first.</summary>
    internal const int AttachAttempts = 32;

    /// <summary>Captured resources of one application; they are read into memory.</summary>
    internal const int MaxResources = 64 * 1024 * 1024;

    /// <summary>The largest image: what XFS and btrfs hold in one file, less a margin that keeps sums from overflowing.</summary>
    internal const long MaxImageSize = 1L << 60;

    /// <summary>How long opening a pool waits for its lock: far more than the moment between fork and exec, less than a user's patience.</summary>
    public static readonly TimeSpan LockPatience = TimeSpan.FromSeconds(3);

    /// <summary>Pause between two tries at the lock.</summary>
    public static readonly TimeSpan LockPause = TimeSpan.FromMilliseconds(50);
}
