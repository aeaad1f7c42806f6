using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Engine.Interop;

internal readonly record struct LoopStatus(FileIdentity Backing, uint Flags)
{
    public bool IsReadOnly => (Flags & LoopCalls.ReadOnlyFlag) != 0;
}

/// <summary>Loop devices (linux/loop.h, loop(4)).</summary>
internal static unsafe class LoopCalls
{
    public const uint ReadOnlyFlag = 1;
    public const uint AutoClearFlag = 4;
    public const uint DirectIoFlag = 16;

    private const nuint GetFree = 0x4C82;
    private const nuint Configure = 0x4C0A;
    private const nuint ClearFile = 0x4C01;
    private const nuint SetCapacity = 0x4C07;
    private const nuint GetStatus64 = 0x4C05;
    private const nuint SetStatus64 = 0x4C04;

    // The sector size is 512 on every cluster: a filesystem made on one must mount on the other.
    private const uint SectorSize = 512;

    /// <summary>The number of a device that was free a moment ago.</summary>
    public static int FindFree()
    {
        using var control = Kernel.Open("/dev/loop-control", Kernel.ReadWrite);
        var number = Kernel.Ioctl(control, GetFree, 0);
        return number >= 0 ? number : throw KernelError.ToException(Marshal.GetLastPInvokeError(), "find a free loop device");
    }

    /// <summary>0, or the errno; EBUSY where someone else was faster.</summary>
    public static int TryBind(SafeFileHandle device, SafeFileHandle image, bool readOnly, string label)
    {
        var argument = new Configuration { File = (uint)image.DangerousGetHandle(), BlockSize = SectorSize };
        argument.Info.Flags = DirectIoFlag | (readOnly ? ReadOnlyFlag : 0);
        var name = new Span<byte>(argument.Info.FileName, 63);
        Encoding.ASCII.GetBytes(label.AsSpan(0, Math.Min(label.Length, name.Length)), name);
        var pointer = &argument;
        return Kernel.Retry(() => Kernel.Ioctl(device, Configure, pointer));
    }

    /// <summary>Null where nothing is bound.</summary>
    public static LoopStatus? GetStatus(SafeFileHandle device)
    {
        Info info = default;
        var pointer = &info;
        return Kernel.Retry(() => Kernel.Ioctl(device, GetStatus64, pointer)) == 0
            ? new LoopStatus(new FileIdentity(info.Device, info.Inode), info.Flags)
            : null;
    }

    /// <summary>Asks for the end of the binding. While others hold the device open the kernel only remembers the wish (the auto-clear flag).</summary>
    public static void Clear(SafeFileHandle device, string path)
    {
        var errno = Kernel.Retry(() => Kernel.Ioctl(device, ClearFile, 0));
        if (errno != Errno.NoDevice)
            Kernel.Check(errno, $"detach '{path}'");
    }

    /// <summary>Takes back a detach that waits for other users of the device.</summary>
    public static void KeepBound(SafeFileHandle device, string path)
    {
        Info info = default;
        var pointer = &info;
        if (Kernel.Retry(() => Kernel.Ioctl(device, GetStatus64, pointer)) != 0)
            return;
        info.Flags &= ~AutoClearFlag;
        Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(device, SetStatus64, pointer)), $"keep '{path}' attached");
    }

    /// <summary>Takes over the size of a grown image.</summary>
    public static void RefreshCapacity(SafeFileHandle device, string path) =>
        Kernel.Check(Kernel.Retry(() => Kernel.Ioctl(device, SetCapacity, 0)), $"grow '{path}'");

    [StructLayout(LayoutKind.Explicit, Size = 232)]
    private struct Info
    {
        [FieldOffset(0)] public ulong Device;
        [FieldOffset(8)] public ulong Inode;
        [FieldOffset(52)] public uint Flags;
        [FieldOffset(56)] public fixed byte FileName[64];
    }

    [StructLayout(LayoutKind.Explicit, Size = 304)]
    private struct Configuration
    {
        [FieldOffset(0)] public uint File;
        [FieldOffset(4)] public uint BlockSize;
        [FieldOffset(8)] public Info Info;
    }
}
