using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Engine.Interop;

/// <summary>The C library calls .NET has no face for, and how their failures become exceptions.</summary>
internal static partial class Kernel
{
    public const int ReadOnly = 0;
    public const int ReadWrite = 2;
    public const int CreateFlag = 0x40;
    public const int Exclusive = 0x80;
    private const int DirectoryFlag = 0x10000;
    private const int CloseOnExec = 0x80000;

    public static SafeFileHandle OpenDirectory(string path) => Open(path, ReadOnly | DirectoryFlag);

    public static SafeFileHandle Open(string path, int flags, int mode = 0)
    {
        var handle = TryOpen(path, flags, mode, out var errno);
        return errno == 0 ? handle! : throw KernelError.ToException(errno, $"open '{path}'");
    }

    public static SafeFileHandle? TryOpen(string path, int flags, int mode, out int errno)
    {
        int descriptor;
        do
        {
            descriptor = OpenCall(path, flags | CloseOnExec, mode);
            errno = descriptor < 0 ? Marshal.GetLastPInvokeError() : 0;
        }
        while (errno == Errno.Interrupted);
        return errno == 0 ? new SafeFileHandle(descriptor, ownsHandle: true) : null;
    }

    /// <summary>Repeats a call that a signal interrupted. 0 or the errno.</summary>
    public static int Retry(Func<int> call)
    {
        while (true)
        {
            if (call() >= 0)
                return 0;
            var errno = Marshal.GetLastPInvokeError();
            if (errno != Errno.Interrupted)
                return errno;
        }
    }

    public static void Check(int errno, string what)
    {
        if (errno != 0)
            throw KernelError.ToException(errno, what);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int OpenCall(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static unsafe partial int Ioctl(SafeHandle file, nuint request, void* argument);

    [LibraryImport("libc", EntryPoint = "ioctl", SetLastError = true)]
    public static partial int Ioctl(SafeHandle file, nuint request, nint argument);
}
