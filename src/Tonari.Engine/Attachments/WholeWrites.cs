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
    private volatile bool _behind = true;
    private long _seenTo;

    /// <summary>Looks how full the pool is and sees to the devices it is written through. By one caller at a time.</summary>
    /// <returns>The pool is nearly full: requests are of one block.</returns>
    /// <exception cref="AggregateException">Devices that could not be seen to; the others were.</exception>
    public bool Keep()
    {
        var nearlyFull = IsNearlyFull(_nearlyFull);
        // Now and again also without a change: a device may have gone from one pool to another while it was seen to.
        var isDue = store.Options.Time.GetElapsedTime(_seenTo) >= EngineLimits.RequestBoundRefresh;
        if (nearlyFull == _nearlyFull && !(isDue && (nearlyFull || _behind)))
            return nearlyFull;
        _nearlyFull = nearlyFull;
        _seenTo = store.Options.Time.GetTimestamp();
        // Before the devices are looked for: one that is attached meanwhile says so again.
        _behind = false;
        var troubles = new List<Exception>();
        try
        {
            troubles.AddRange(LoopDevice.Backed(LiveImages()).Select(device => Bound(device, nearlyFull)).OfType<Exception>());
        }
        catch (IOException error)
        {
            troubles.Add(error);
        }

        if (troubles.Count == 0)
            return nearlyFull;
        _behind = true;
        throw new AggregateException(troubles);
    }

    /// <summary>For a device that has just been attached, and is not written to yet. A device number keeps its bound from one use to the next.</summary>
    public void Begin(LoopDevice device)
    {
        try
        {
            Bound(device, IsNearlyFull(before: false));
        }
        catch (EngineException)
        {
            // No reason not to attach: Keep tries again, and says what is wrong.
        }

        _behind = true;
    }

    /// <summary>For a device that has been detached: whoever uses it next is not to find it slow.</summary>
    public static void End(LoopDevice device) => Bound(device, oneBlock: false);

    private static Exception? Bound(LoopDevice device, bool oneBlock)
    {
        try
        {
            device.BoundRequests(oneBlock);
            return null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return error;
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
