using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Engine.Interop;

/// <summary>What identifies a file for the whole machine, whatever path it is seen under.</summary>
internal readonly record struct FileIdentity(ulong Device, ulong Inode);

internal readonly record struct FileSystemFacts(long Magic, long Capacity, long Available)
{
    public const long Btrfs = 0x9123683E;
    public const long Xfs = 0x58465342;
}

/// <summary>Calls on open files and directories.</summary>
internal static unsafe partial class FileCalls
{
    private const nuint FiClone = 0x40049409;
    private const int PunchHoleKeepSize = 0x02 | 0x01;
    private const int SeekDataWhence = 3;
    private const int SeekHoleWhence = 4;
    private const int DontNeed = 4;
    private const int LockExclusiveNow = 2 | 4;
    private const int EmptyPath = 0x1000;
    private const int CurrentDirectory = -100;
    private const uint ExchangeNames = 2;
    private const uint BasicStatsAndMountId = 0x7FF | 0x1000;

    /// <summary>Shares the blocks of <paramref name="source"/> (FICLONE, ioctl_ficlone(2)). 0 or the errno.</summary>
    public static int TryClone(SafeFileHandle source, SafeFileHandle target) =>
        Kernel.Retry(() => Kernel.Ioctl(target, FiClone, source.DangerousGetHandle()));

    /// <summary>Makes a stretch read as zero and gives its space back (fallocate(2), FALLOC_FL_PUNCH_HOLE).</summary>
    public static void PunchHole(SafeFileHandle file, long offset, long length, string path) =>
        Kernel.Check(Kernel.Retry(() => Fallocate(file, PunchHoleKeepSize, offset, length)), $"punch a hole into '{path}'");

    /// <summary>The next offset that holds data, or null (lseek(2), SEEK_DATA).</summary>
    public static long? NextData(SafeFileHandle file, long offset) => Seek(file, offset, SeekDataWhence);

    /// <summary>The next offset that is a hole; the end of the file counts as one (lseek(2), SEEK_HOLE).</summary>
    public static long? NextHole(SafeFileHandle file, long offset) => Seek(file, offset, SeekHoleWhence);

    public static void Sync(SafeFileHandle file, string path) => Kernel.Check(Kernel.Retry(() => Fsync(file)), $"write '{path}' to disk");

    public static void SyncData(SafeFileHandle file, string path) =>
        Kernel.Check(Kernel.Retry(() => Fdatasync(file)), $"write '{path}' to disk");

    /// <summary>Writes everything dirty of the filesystem that holds the file (syncfs(2)).</summary>
    public static void SyncFileSystem(SafeFileHandle file, string path) => Kernel.Check(TrySyncFileSystem(file), $"write the filesystem of '{path}' to disk");

    /// <summary>The same; returns 0 or the errno.</summary>
    public static int TrySyncFileSystem(SafeFileHandle file) => Kernel.Retry(() => Syncfs(file));

    public static void SyncDirectory(string path)
    {
        using var directory = Kernel.OpenDirectory(path);
        Sync(directory, path);
    }

    public static void SyncFileSystem(string directory)
    {
        using var handle = Kernel.OpenDirectory(directory);
        SyncFileSystem(handle, directory);
    }

    /// <summary>Two names of one filesystem change places in one step (renameat2(2), RENAME_EXCHANGE).</summary>
    public static void Exchange(string one, string other) =>
        Kernel.Check(Kernel.Retry(() => Renameat2(CurrentDirectory, one, CurrentDirectory, other, ExchangeNames)), $"exchange '{one}' with '{other}'");

    /// <summary>Only advice: a kernel that ignores it costs memory, not correctness.</summary>
    public static void DropCache(SafeFileHandle file, long offset, long length) => _ = PosixFadvise(file, offset, length, DontNeed);

    /// <returns>False where another process holds it.</returns>
    public static bool TryLock(SafeFileHandle file, string path)
    {
        var errno = Kernel.Retry(() => Flock(file, LockExclusiveNow));
        if (errno == Errno.WouldBlock)
            return false;
        Kernel.Check(errno, $"lock '{path}'");
        return true;
    }

    public static FileSystemFacts GetFileSystem(SafeFileHandle directory, string path)
    {
        // struct statfs of 64-bit Linux: seven 8-byte words, then fields of no interest; 120 bytes.
        var words = stackalloc long[15];
        var buffer = words;
        Kernel.Check(Kernel.Retry(() => Fstatfs(directory, buffer)), $"ask for the capacity of '{path}'");
        var blockSize = words[1];
        var taken = words[0] == FileSystemFacts.Btrfs ? BtrfsSpace.Unaccounted(directory, path) : 0;
        return new FileSystemFacts(words[0], words[2] * blockSize, Math.Max(0, (words[4] * blockSize) - taken));
    }

    public static FileIdentity Identify(SafeFileHandle file, string path)
    {
        var stat = StatusOf(file, path);
        // The encoding loop devices report (new_encode_dev in the kernel's linux/kdev_t.h).
        var device = (stat.DeviceMinor & 0xFFu) | ((ulong)stat.DeviceMajor << 8) | ((stat.DeviceMinor & ~0xFFul) << 12);
        return new FileIdentity(device, stat.Inode);
    }

    /// <summary>The mount an open file was reached through, as numbered in /proc/self/mountinfo.</summary>
    public static long MountIdOf(SafeFileHandle file, string path) => (long)StatusOf(file, path).MountId;

    private static StatxResult StatusOf(SafeFileHandle file, string path)
    {
        StatxResult result = default;
        var pointer = &result;
        Kernel.Check(Kernel.Retry(() => Statx(file, string.Empty, EmptyPath, BasicStatsAndMountId, pointer)), $"examine '{path}'");
        return result;
    }

    private static long? Seek(SafeFileHandle file, long offset, int whence)
    {
        var found = Lseek(file, offset, whence);
        if (found >= 0)
            return found;
        var errno = Marshal.GetLastPInvokeError();
        return errno == Errno.NoDevice ? null : throw KernelError.ToException(errno, "search a file for data and holes");
    }

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct StatxResult
    {
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
        [FieldOffset(144)] public ulong MountId;
    }

    [LibraryImport("libc", EntryPoint = "fallocate", SetLastError = true)]
    private static partial int Fallocate(SafeHandle file, int mode, long offset, long length);

    [LibraryImport("libc", EntryPoint = "lseek", SetLastError = true)]
    private static partial long Lseek(SafeHandle file, long offset, int whence);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Fsync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "fdatasync", SetLastError = true)]
    private static partial int Fdatasync(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int Syncfs(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(SafeHandle file, long offset, long length, int advice);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Flock(SafeHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fstatfs", SetLastError = true)]
    private static partial int Fstatfs(SafeHandle file, long* buffer);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Renameat2(int fromDirectory, string from, int toDirectory, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(SafeHandle directory, string path, int flags, uint mask, StatxResult* result);
}
