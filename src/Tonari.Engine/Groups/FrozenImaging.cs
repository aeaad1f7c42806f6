using Tonari.Engine.Attachments;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Groups;

/// <param name="TakenAt">When everything stood still.</param>
/// <param name="FrozenFor">From the first freeze to the last thaw; zero where nothing was mounted.</param>
internal sealed record ImagesTaken(DateTimeOffset TakenAt, TimeSpan FrozenFor);

/// <summary>Snapshots live images at one point in time: flush, arm the guard, freeze, snapshot, thaw, disarm. Ends with all images or with none,
/// and always thawed.</summary>
internal sealed class FrozenImaging(PoolStore store, LoopAttachments attachments)
{
    public Task<ImagesTaken> TakeAsync(IReadOnlyList<VolumeId> volumes, SnapshotName name, TimeSpan bound, CancellationToken ct) =>
        TakeAsync(volumes, id => store.Paths.SnapshotImage(id, name), bound, ct);

    public async Task<ImagesTaken> TakeAsync(
        IReadOnlyList<VolumeId> volumes, Func<VolumeId, string> target, TimeSpan bound, CancellationToken ct)
    {
        var shots = volumes.Select(id => new Shot(store.Paths.Live(id), target(id))).ToList();
        var mounts = new List<FrozenMount>();
        try
        {
            var raw = OpenMounts(volumes, mounts);
            if (mounts.Count > 0)
                RefuseTooSlow(shots, bound);
            await FlushAsync(mounts, raw, ct);
        }
        catch
        {
            await ThawAsync(mounts);
            throw;
        }

        var work = new Work();
        try
        {
            var taken = mounts.Count == 0
                ? await TakeUnfrozenAsync(shots, work)
                : await TakeFrozenAsync(shots, mounts, work, bound, ct);
            await Task.Run(() => shots.ForEach(s => store.Substrate.Harden(s.Target)), ct);
            return taken;
        }
        catch
        {
            await UndoAsync(shots, work);
            throw;
        }
    }

    public static SnapshotDocument Describe(string image, SnapshotName name, ImagesTaken taken, string? group) => new(
        DocumentJson.Version,
        name.Value,
        PoolStore.ImageSize(image)!.Value,
        taken.TakenAt,
        group,
        PoolStore.NewInstance());

    /// <summary>Opens what has to be frozen; returns the devices that carry no filesystem we see: used raw, or not at all.</summary>
    private List<LoopDevice> OpenMounts(IReadOnlyList<VolumeId> volumes, List<FrozenMount> mounts)
    {
        var raw = new List<LoopDevice>();
        foreach (var device in volumes.Select(attachments.FindDevice).OfType<LoopDevice>())
        {
            if (FrozenMount.Open(device.Mounts()) is { } mount)
                mounts.Add(mount);
            else
                raw.Add(device);
        }
        return raw;
    }

    private void RefuseTooSlow(List<Shot> shots, TimeSpan bound)
    {
        var estimate = shots.Aggregate(TimeSpan.Zero, (sum, s) => sum + store.Substrate.EstimateSnapshot(s.Source));
        if (estimate > bound)
        {
            throw new FreezeFailedException(
                $"The images are so fragmented that their applications would stand still for about {estimate.TotalSeconds:F0} s; the bound is "
                + $"{bound.TotalSeconds:F1} s. Use a btrfs pool, or stop the application for this snapshot.");
        }
    }

    /// <summary>Writing what is dirty before the freeze takes the wait out of it.</summary>
    private async Task FlushAsync(List<FrozenMount> mounts, List<LoopDevice> raw, CancellationToken ct)
    {
        var flushes = mounts.Select(m => m.FlushAsync()).Concat(raw.Select(d => KernelThread.RunAsync(() => SyncDevice(d))));
        await Task.WhenAll(flushes).WaitAsync(ct);
        await KernelThread.RunAsync(() => FileCalls.SyncFileSystem(store.Paths.Root)).WaitAsync(ct);
    }

    private static void SyncDevice(LoopDevice device)
    {
        using var handle = device.Open();
        FileCalls.Sync(handle, device.Path);
    }

    private async Task<ImagesTaken> TakeUnfrozenAsync(List<Shot> shots, Work work)
    {
        var takenAt = store.Now;
        await work.Start(() => SnapshotAll(shots, CancellationToken.None));
        return new ImagesTaken(takenAt, TimeSpan.Zero);
    }

    private async Task<ImagesTaken> TakeFrozenAsync(
        List<Shot> shots, List<FrozenMount> mounts, Work work, TimeSpan bound, CancellationToken ct)
    {
        var time = store.Options.Time;
        var mountPoints = mounts.Select(m => m.MountPoint).ToList();
        IAsyncDisposable lease;
        try
        {
            lease = await store.Options.FreezeGuard.ArmAsync(mountPoints, bound + EngineLimits.FreezeGuardGrace, ct);
        }
        catch
        {
            await ThawAsync(mounts);
            throw;
        }
        await using var armed = lease;

        using var deadline = new CancellationTokenSource(bound, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, ct);
        var started = time.GetTimestamp();
        var takenAt = store.Now;
        var stillFrozen = false;
        try
        {
            await Task.WhenAll(mounts.Select(m => m.FreezeAsync())).WaitAsync(either.Token);
            takenAt = store.Now;
            await work.Start(() => SnapshotAll(shots, either.Token)).WaitAsync(either.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new FreezeFailedException(
                $"The volumes would have stood still for more than {bound.TotalSeconds:F1} s, so they were thawed and no snapshot was made.", e);
        }
        finally
        {
            stillFrozen = await ThawAsync(mounts);
        }
        if (!stillFrozen)
            throw new FreezeFailedException("A filesystem was thawed by somebody else before its snapshot was finished; no snapshot was made.");
        return new ImagesTaken(takenAt, time.GetElapsedTime(started));
    }

    private void SnapshotAll(List<Shot> shots, CancellationToken ct)
    {
        foreach (var shot in shots)
        {
            ct.ThrowIfCancellationRequested();
            store.Substrate.Snapshot(shot.Source, shot.Target);
        }
    }

    /// <summary>Every mount is thawed on a thread of its own: one that hangs keeps no other frozen.</summary>
    private static async Task<bool> ThawAsync(List<FrozenMount> mounts)
    {
        var thawed = await Task.WhenAll(mounts.Select(m => m.ThawAsync()));
        return thawed.All(t => t);
    }

    private async Task UndoAsync(List<Shot> shots, Work work)
    {
        // A snapshot that outlived the deadline may still be under way; its own failure is what brought us here.
        await work.Ended();
        await Task.Run(() => shots.ForEach(s => store.Substrate.Delete(s.Target)));
    }

    private readonly record struct Shot(string Source, string Target);

    private sealed class Work
    {
        private Task _task = Task.CompletedTask;

        public Task Start(Action action) => _task = KernelThread.RunAsync(action);

        public async Task Ended() => await _task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
