using System.Globalization;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Attachments;

/// <summary>Live images on loop devices with direct I/O. Nothing is remembered: after a restart of this program, attachments are what the kernel has.</summary>
internal sealed class LoopAttachments(PoolStore store, WholeWrites wholeWrites) : IAttachments
{
    private PoolPaths Paths => store.Paths;

    private TimeProvider Time => store.Options.Time;

    public async Task<Attachment> AttachAsync(VolumeId id, bool readOnly, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        return await Task.Run(() => Attach(id, readOnly), ct);
    }

    public Task<Attachment?> FindAsync(VolumeId id, CancellationToken ct) => Task.Run(() => Find(id), ct);

    public async Task DetachAsync(VolumeId id, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        if (FindDevice(id) is not { } device)
            return;
        await Task.Run(() => BeginDetach(id, device), ct);
        var started = Time.GetTimestamp();
        while (FindDevice(id) is not null)
        {
            if (Time.GetElapsedTime(started) > EngineLimits.DetachPatience)
            {
                using var handle = device.Open();
                LoopCalls.KeepBound(handle, device.Path);
                throw new VolumeBusyException($"The device {device.Path} of the volume '{id}' is held open by another process; it stays attached.");
            }
            await Task.Delay(EngineLimits.DetachPoll, Time, ct);
        }
        WholeWrites.End(device);
    }

    public Attachment? Find(VolumeId id) => FindDevice(id) is { } device ? Describe(id, device) : null;

    public LoopDevice? FindDevice(VolumeId id)
    {
        var path = PoolPaths.FileIn(Paths.Live(id));
        using var image = Kernel.TryOpen(path, Kernel.ReadOnly, 0, out _);
        return image is null ? null : LoopDevice.Find(FileCalls.Identify(image, path), path[Paths.Volumes.Length..]);
    }

    /// <summary>After the image has grown.</summary>
    public void RefreshCapacity(VolumeId id)
    {
        if (FindDevice(id) is not { } device)
            return;
        store.Files.Step($"grow {device.Path}");
        using var handle = device.Open();
        LoopCalls.RefreshCapacity(handle, device.Path);
    }

    private static Attachment Describe(VolumeId id, LoopDevice device) => new(id, device.Path, device.ReadOnly);

    private Attachment Attach(VolumeId id, bool readOnly)
    {
        if (Find(id) is { } existing)
        {
            return existing.ReadOnly == readOnly
                ? existing
                : throw new VolumeConflictException(
                    $"The volume '{id}' is attached as {existing.DevicePath} {(readOnly ? "for writing" : "read-only")}; detach it first.");
        }
        if (store.ReadVolume(id) is null)
            throw new VolumeNotFoundException(id);
        if (!Directory.Exists(Paths.Live(id)))
        {
            throw new VolumeConflictException($"The volume '{id}' has no live image: it is a replica. Make one of its snapshots live first.");
        }
        Bind(id, readOnly);
        var device = FindDevice(id)
            ?? throw new KernelRefusedException($"The volume '{id}' was attached and is not found attached; is /dev this machine's own?");
        wholeWrites.Begin(device);
        return Describe(id, device);
    }

    private void Bind(VolumeId id, bool readOnly)
    {
        store.Files.Step($"attach {id}");
        using var image = PoolFiles.OpenImage(Paths.Live(id), writable: !readOnly);
        for (var attempt = 0; attempt < EngineLimits.AttachAttempts; attempt++)
        {
            var path = "/dev/loop" + LoopCalls.FindFree().ToString(CultureInfo.InvariantCulture);
            using var device = Kernel.Open(path, readOnly ? Kernel.ReadOnly : Kernel.ReadWrite);
            var errno = LoopCalls.TryBind(device, image, readOnly, id.Value);
            if (errno == 0)
                return;
            if (errno != Errno.Busy)
                Kernel.Check(errno, $"attach the volume '{id}' as {path}");
        }
        throw new KernelRefusedException($"No loop device could be had for the volume '{id}': others took {EngineLimits.AttachAttempts} in a row.");
    }

    private void BeginDetach(VolumeId id, LoopDevice device)
    {
        store.Files.Step($"detach {id}");
        // A mounted filesystem holds the device exclusively, in whatever namespace it is mounted.
        using var handle = Kernel.TryOpen(device.Path, Kernel.ReadOnly | Kernel.Exclusive, 0, out var errno);
        if (errno == Errno.Busy)
            throw new VolumeBusyException($"The volume '{id}' is mounted ({device.Path}); unmount it before it is detached.");
        Kernel.Check(errno, $"open {device.Path}");
        LoopCalls.Clear(handle!, device.Path);
    }
}
