using System.Runtime.InteropServices;

namespace Tonari.Engine.Interop;

/// <summary>FIFREEZE and FITHAW (linux/fs.h): stop and continue all writing to a mounted filesystem.</summary>
internal static class FreezeCalls
{
    private const nuint Freeze = 0xC0045877;
    private const nuint Thaw = 0xC0045878;

    /// <summary>Blocks until everything dirty is written; can hang with the filesystem. 0 or the errno.</summary>
    public static int TryFreeze(SafeHandle directory) => Kernel.Retry(() => Kernel.Ioctl(directory, Freeze, 0));

    /// <returns>False where it was not frozen (the kernel says EINVAL).</returns>
    public static bool TryThaw(SafeHandle directory, string mountPoint)
    {
        var errno = Kernel.Retry(() => Kernel.Ioctl(directory, Thaw, 0));
        if (errno == Errno.Invalid)
            return false;
        Kernel.Check(errno, $"thaw the filesystem at '{mountPoint}'");
        return true;
    }
}
