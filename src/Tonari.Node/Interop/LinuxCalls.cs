using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Node.Interop;

/// <summary>The Linux calls of this program that .NET has no face for.</summary>
internal static partial class LinuxCalls
{
    private const int NoEntry = 2;
    private const int Interrupted = 4;
    private const int Invalid = 22;

    /// <summary>mount(2).</summary>
    /// <exception cref="IOException">The kernel refused; the message names source, target and its reason.</exception>
    public static void Mount(string source, string target, string? fileSystem, MountFlags flags, string? data)
    {
        if (MountCall(source, target, fileSystem, (nuint)flags, data) != 0)
            throw Failure($"mount '{source}' at '{target}'");
    }

    /// <summary>umount2(2).</summary>
    /// <returns>False where nothing is mounted there.</returns>
    /// <exception cref="IOException">The kernel refused, for example because the mount is in use.</exception>
    public static bool TryUnmount(string target, bool lazily)
    {
        const int DetachFlag = 2;
        const int NoFollow = 8;
        if (UnmountCall(target, NoFollow | (lazily ? DetachFlag : 0)) == 0)
            return true;
        return Marshal.GetLastPInvokeError() is Invalid or NoEntry ? false : throw Failure($"unmount '{target}'");
    }

    /// <summary>statvfs(3).</summary>
    public static FileSystemUsage Usage(string path)
    {
        StatVfs result;
        while (StatVfsCall(path, out result) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Interrupted)
                throw Failure($"read the usage of '{path}'");
        }

        var block = checked((long)result.FragmentSize);
        return new FileSystemUsage(
            (long)result.Blocks * block, (long)result.BlocksAvailable * block, (long)(result.Blocks - result.BlocksFree) * block,
            (long)result.Files, (long)result.FilesFree);
    }

    /// <summary>fsync(2) of a file, or of a directory: names made or removed in it survive a power cut. FileStream.Flush passes over EIO in silence (seen on .NET 10).</summary>
    /// <exception cref="IOException">It is not on the disk.</exception>
    public static void FlushToDisk(string path)
    {
        const int CloseOnExec = 0x80000;
        var descriptor = OpenCall(path, CloseOnExec);
        if (descriptor < 0)
            throw Failure($"open '{path}'");
        using var handle = new SafeFileHandle(descriptor, ownsHandle: true);
        if (FlushCall(handle) != 0)
            throw Failure($"flush '{path}'");
    }

    private static IOException Failure(string what)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"Could not {what}: {Marshal.GetPInvokeErrorMessage(errno)} (error {errno}).", errno);
    }

    [LibraryImport("libc", EntryPoint = "mount", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MountCall(string source, string target, string? fileSystem, nuint flags, string? data);

    [LibraryImport("libc", EntryPoint = "umount2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int UnmountCall(string target, int flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCall(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FlushCall(SafeHandle file);

    [LibraryImport("libc", EntryPoint = "statvfs", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatVfsCall(string path, out StatVfs result);

    /// <summary>struct statvfs of 64-bit glibc and musl.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 112)]
    private struct StatVfs
    {
        public ulong BlockSize;
        public ulong FragmentSize;
        public ulong Blocks;
        public ulong BlocksFree;
        public ulong BlocksAvailable;
        public ulong Files;
        public ulong FilesFree;
    }
}

/// <summary>How full a mounted filesystem is.</summary>
internal sealed record FileSystemUsage(long TotalBytes, long AvailableBytes, long UsedBytes, long Inodes, long InodesFree);

/// <summary>MS_* of linux/mount.h.</summary>
[Flags]
internal enum MountFlags
{
    None = 0,
    ReadOnly = 1,
    NoSetUid = 2,
    NoDevices = 4,
    NoExecute = 8,
    Synchronous = 16,
    Remount = 32,
    DirectorySync = 128,
    NoAccessTime = 1024,
    NoDirectoryAccessTime = 2048,
    Bind = 4096,
    RelativeAccessTime = 1 << 21,
    StrictAccessTime = 1 << 24,
    LazyTime = 1 << 25,
}
