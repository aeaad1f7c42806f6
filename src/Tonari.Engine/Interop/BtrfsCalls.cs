using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Engine.Interop;

/// <summary>The ioctls of btrfs (linux/btrfs.h).</summary>
internal static unsafe class BtrfsCalls
{
    private const nuint SubvolumeCreate = 0x5000940E;
    private const nuint SnapshotCreate = 0x50009417;
    private const nuint SnapshotDestroy = 0x5000940F;
    private const nuint SubvolumeGetFlags = 0x80089419;
    private const nuint SubvolumeSetFlags = 0x4008941A;
    private const nuint InodeLookup = 0xD0009412;
    private const nuint SendIoctl = 0x40489426;
    private const nuint FileSystemInfo = 0x8400941F;
    private const ulong ReadOnlyFlag = 2;
    private const ulong NoFileData = 1;
    private const ulong FirstFreeObject = 256;
    private const int FileSystemInfoSize = 1024;
    private const int FileSystemIdOffset = 16;
    private const int FileSystemIdSize = 16;
    private const int ArgumentSize = 4096;
    private const int NameOffset = 8;
    private const int SnapshotFlagsOffset = 16;
    private const int SnapshotNameOffset = 56;

    public static void CreateSubvolume(string path)
    {
        using var parent = Kernel.OpenDirectory(Path.GetDirectoryName(path)!);
        Kernel.Check(WithName(parent, SubvolumeCreate, NameOffset, path, 0, 0), $"create the subvolume '{path}'");
    }

    public static void Snapshot(string source, string target, bool readOnly)
    {
        using var sourceHandle = Kernel.OpenDirectory(source);
        using var parent = Kernel.OpenDirectory(Path.GetDirectoryName(target)!);
        var errno = WithName(
            parent, SnapshotCreate, SnapshotNameOffset, target, sourceHandle.DangerousGetHandle(), readOnly ? ReadOnlyFlag : 0);
        Kernel.Check(errno, $"snapshot '{source}' as '{target}'");
    }

    public static void DeleteSubvolume(string path)
    {
        using var parent = Kernel.OpenDirectory(Path.GetDirectoryName(path)!);
        Kernel.Check(WithName(parent, SnapshotDestroy, NameOffset, path, 0, 0), $"delete the subvolume '{path}'");
    }

    public static bool IsReadOnly(string path)
    {
        using var handle = Kernel.OpenDirectory(path);
        return (GetFlags(handle, path) & ReadOnlyFlag) != 0;
    }

    public static void MakeReadOnly(string path)
    {
        using var handle = Kernel.OpenDirectory(path);
        var flags = GetFlags(handle, path) | ReadOnlyFlag;
        var pointer = &flags;
        Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(handle, SubvolumeSetFlags, pointer)), $"make '{path}' read-only");
    }

    /// <summary>The UUID of the file system, as /sys/fs/btrfs has it.</summary>
    public static string IdOf(SafeFileHandle directory, string path)
    {
        var argument = stackalloc byte[FileSystemInfoSize];
        new Span<byte>(argument, FileSystemInfoSize).Clear();
        Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(directory, FileSystemInfo, argument)), $"ask which file system '{path}' is on");
        return new Guid(new ReadOnlySpan<byte>(argument + FileSystemIdOffset, FileSystemIdSize), bigEndian: true).ToString();
    }

    /// <summary>The number of the tree a subvolume is.</summary>
    public static ulong TreeOf(SafeFileHandle subvolume, string path)
    {
        var argument = stackalloc byte[ArgumentSize];
        new Span<byte>(argument, ArgumentSize).Clear();
        ((ulong*)argument)[1] = FirstFreeObject;
        Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(subvolume, InodeLookup, argument)), $"look up the subvolume '{path}'");
        return *(ulong*)argument;
    }

    /// <summary>Compares two read-only subvolumes and writes what differs, without file data, to a pipe. Blocks until all is written. 0 or the errno.</summary>
    public static int TrySendWithoutData(SafeFileHandle subvolume, ulong parentTree, SafeHandle pipe)
    {
        var argument = new SendArguments { File = pipe.DangerousGetHandle(), ParentRoot = parentTree, Flags = NoFileData };
        var pointer = &argument;
        return Kernel.Retry(() => Kernel.Ioctl(subvolume, SendIoctl, pointer));
    }

    private static ulong GetFlags(SafeFileHandle subvolume, string path)
    {
        ulong flags = 0;
        var pointer = &flags;
        Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(subvolume, SubvolumeGetFlags, pointer)), $"ask for the flags of '{path}'");
        return flags;
    }

    private static int WithName(SafeFileHandle parent, nuint request, int nameOffset, string path, long file, ulong flags)
    {
        var argument = stackalloc byte[ArgumentSize];
        var bytes = new Span<byte>(argument, ArgumentSize);
        bytes.Clear();
        *(long*)argument = file;
        if (nameOffset == SnapshotNameOffset)
            *(ulong*)(argument + SnapshotFlagsOffset) = flags;
        Encoding.UTF8.GetBytes(Path.GetFileName(path), bytes[nameOffset..^1]);
        return Kernel.Retry(() => Kernel.Ioctl(parent, request, argument));
    }

    [StructLayout(LayoutKind.Sequential, Size = 72)]
    private struct SendArguments
    {
        public long File;
        public ulong CloneSourcesCount;
        public ulong CloneSources;
        public ulong ParentRoot;
        public ulong Flags;
    }
}
