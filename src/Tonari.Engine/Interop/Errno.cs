using System.Runtime.InteropServices;

namespace Tonari.Engine.Interop;

/// <summary>Error numbers of Linux (asm-generic/errno*.h) the engine decides by.</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int Interrupted = 4;
    public const int NoDevice = 6;
    public const int WouldBlock = 11;
    public const int Busy = 16;
    public const int Exists = 17;
    public const int Invalid = 22;
    public const int NoTty = 25;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int BrokenPipe = 32;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;
}

internal static class KernelError
{
    public static EngineException ToException(int errno, string what) => errno is Errno.NoSpace or Errno.QuotaExceeded
        ? new PoolFullException($"The pool is full: could not {what}. Free space in it or make its filesystem larger.")
        : new KernelRefusedException($"Could not {what}: {Marshal.GetPInvokeErrorMessage(errno)} (error {errno}).");

    /// <summary>.NET gives the bare errno as HResult of an IOException.</summary>
    public static bool IsPoolFull(IOException error) => error.HResult is Errno.NoSpace or Errno.QuotaExceeded;
}
