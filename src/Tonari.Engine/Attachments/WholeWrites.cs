using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Transfer;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Attachments;

/// <summary>
/// Keeps writes to volumes whole when the pool runs full. Where only the first part of a write still fits, the file system takes that part, and the loop driver reports
/// the whole as done (drivers/block/loop.c, lo_complete_rq: only short reads are gone on with; docs/reliability.md). A request of one block is done or refused. Such
/// requests are several times slower, so they are that small only while less than the reserve is free.
/// </summary>
internal sealed class WholeWrites(PoolStore store)
{
    private bool _nearlyFull;
    private bool _behind = true;
    private long _seenTo;

    /// <summary>Looks how full the pool is and sees to the devices it is written through. By one caller at a time.</summary>
    /// <returns>The pool is nearly full: requests are of one block.</returns>
    public bool Keep()
    {
        var nearlyFull = IsNearlyFull(_nearlyFull);
        // Now and again also without a change: a device may have gone from one pool to another while it was seen to.
        if (nearlyFull == _nearlyFull && !_behind && !(nearlyFull && store.Options.Time.GetElapsedTime(_seenTo) >= EngineLimits.RequestBoundRefresh))
            return nearlyFull;
        _nearlyFull = nearlyFull;
        _behind = true;
        foreach (var device in LoopDevice.Backed(LiveImages()))
            device.BoundRequests(nearlyFull);
        _behind = false;
        _seenTo = store.Options.Time.GetTimestamp();
        return nearlyFull;
    }

    /// <summary>For a device that has just been attached, and is not written to yet. A device number keeps its bound from one use to the next.</summary>
    public void Begin(LoopDevice device) => TryBound(device, IsNearlyFull(before: false));

    /// <summary>For a device that is about to be detached: whoever uses it next is not to find it slow.</summary>
    public static void End(LoopDevice device) => TryBound(device, oneBlock: false);

    private static void TryBound(LoopDevice device, bool oneBlock)
    {
        try
        {
            device.BoundRequests(oneBlock);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // A volume that cannot be attached or detached is the greater harm. Keep says what is wrong.
            return;
        }
    }

    /// <param name="before">It was so before: then it is over only with a quarter of the reserve more, or it would go back and forth.</param>
    private bool IsNearlyFull(bool before)
    {
        using var root = Kernel.OpenDirectory(store.Paths.Root);
        var facts = FileCalls.GetFileSystem(root, store.Paths.Root);
        var reserve = PoolReserve.Of(facts);
        return facts.Available < (before ? reserve + (reserve / 4) : reserve);
    }

    private HashSet<FileIdentity> LiveImages()
    {
        var images = new HashSet<FileIdentity>();
        foreach (var folder in Directory.EnumerateDirectories(store.Paths.Volumes))
        {
            if (!VolumeId.TryParse(Path.GetFileName(folder), out var id))
                continue;
            var path = PoolPaths.FileIn(store.Paths.Live(id));
            using var image = Kernel.TryOpen(path, Kernel.ReadOnly, 0, out _);
            if (image is not null)
                images.Add(FileCalls.Identify(image, path));
        }

        return images;
    }
}
