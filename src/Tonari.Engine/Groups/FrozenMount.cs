using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;

namespace Tonari.Engine.Groups;

/// <summary>One mounted filesystem while it is being frozen. The freeze can hang with its filesystem; whenever it comes to an end after it was given
/// up, the same thread thaws at once.</summary>
internal sealed class FrozenMount
{
    private readonly Lock _gate = new();
    private readonly SafeFileHandle _directory;
    private State _state = State.Idle;

    private FrozenMount(SafeFileHandle directory, string mountPoint)
    {
        _directory = directory;
        MountPoint = mountPoint;
    }

    private enum State
    {
        Idle,
        Freezing,
        Frozen,
        GivenUp,
        Done,
    }

    public string MountPoint { get; }

    /// <summary>The first mount point that really leads to the device's filesystem (one may lie hidden below another mount); null: it is not mounted.</summary>
    public static FrozenMount? Open(IReadOnlyList<Mount> mounts)
    {
        foreach (var mount in mounts)
        {
            var directory = Kernel.TryOpen(mount.MountPoint, Kernel.ReadOnly, 0, out _);
            if (directory is null)
                continue;
            if (FileCalls.MountIdOf(directory, mount.MountPoint) == mount.Id)
                return new FrozenMount(directory, mount.MountPoint);
            directory.Dispose();
        }
        return mounts.Count == 0
            ? null
            : throw new FreezeFailedException(
                $"The filesystem at '{mounts[0].MountPoint}' cannot be frozen: all its mount points are hidden below others.");
    }

    public Task FlushAsync() => KernelThread.RunAsync(Flush);

    public Task FreezeAsync()
    {
        lock (_gate)
            _state = State.Freezing;
        return KernelThread.RunAsync(Freeze);
    }

    /// <summary>Thaws, or sees to it that a freeze still under way is undone when it ends.</summary>
    /// <returns>False where it had been frozen and somebody else thawed it: nothing done meanwhile was frozen for sure.</returns>
    public Task<bool> ThawAsync()
    {
        lock (_gate)
        {
            switch (_state)
            {
                case State.Freezing:
                    _state = State.GivenUp;
                    return Task.FromResult(true);
                case State.Frozen:
                    _state = State.Done;
                    return KernelThread.RunAsync(Thaw);
                default:
                    Close();
                    return Task.FromResult(true);
            }
        }
    }

    // A filesystem whose journal has lost a write stays read-only until it is mounted anew, which whoever uses it prevents.
    private void Flush()
    {
        var errno = FileCalls.TrySyncFileSystem(_directory);
        if (errno == Errno.ReadOnlyFileSystem)
        {
            throw new FreezeFailedException(
                $"The filesystem at '{MountPoint}' has become read-only, because a write to it failed: its pool may have been full. See that the pool has room; pods that use it have to "
                + "be deleted, for their successors it is mounted anew and its journal played back.");
        }

        Kernel.Check(errno, $"write the filesystem of '{MountPoint}' to disk");
    }

    private void Freeze()
    {
        var errno = FreezeCalls.TryFreeze(_directory);
        lock (_gate)
        {
            var givenUp = _state == State.GivenUp;
            _state = errno == 0 && !givenUp ? State.Frozen : State.Done;
            if (givenUp)
            {
                if (errno == 0)
                    FreezeCalls.TryThaw(_directory, MountPoint);
                Close();
                return;
            }
            if (errno != 0)
                Close();
        }
        if (errno != 0)
            throw Failure(errno);
    }

    private bool Thaw()
    {
        try
        {
            return FreezeCalls.TryThaw(_directory, MountPoint);
        }
        finally
        {
            Close();
        }
    }

    private void Close() => _directory.Dispose();

    private FreezeFailedException Failure(int errno) => new(errno switch
    {
        Errno.Busy => $"The filesystem at '{MountPoint}' is frozen by another program; thaw it (fsfreeze -u) and try again.",
        Errno.NotSupported => $"The filesystem at '{MountPoint}' is of a kind that cannot be frozen; use ext4 or XFS.",
        _ => $"The filesystem at '{MountPoint}' could not be frozen (error {errno}).",
    });
}
