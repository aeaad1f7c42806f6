using Tonari.Engine.Interop;

namespace Tonari.Engine;

/// <summary>What a freeze guard needs.</summary>
public static class FrozenFileSystem
{
    /// <summary>Thaws the filesystem mounted at a directory (FITHAW). Whatever froze it.</summary>
    /// <returns>Whether it was frozen.</returns>
    /// <exception cref="KernelRefusedException">The directory cannot be opened, or the filesystem cannot be frozen at all.</exception>
    public static bool Thaw(string mountPoint)
    {
        using var directory = Kernel.OpenDirectory(mountPoint);
        return FreezeCalls.TryThaw(directory, mountPoint);
    }
}
