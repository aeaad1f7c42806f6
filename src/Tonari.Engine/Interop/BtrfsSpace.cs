using System.Globalization;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Engine.Interop;

/// <summary>What /sys/fs/btrfs tells about the room in a file system (fs/btrfs/sysfs.c, space-info.h).</summary>
internal static class BtrfsSpace
{
    private const string Folder = "/sys/fs/btrfs";

    /// <summary>Data is one kind of space, or shares one with metadata (mkfs.btrfs --mixed).</summary>
    private static readonly string[] s_kinds = ["data", "mixed"];

    /// <summary>Promised to writes that are not on the disk yet, and allocated by the transaction under way.</summary>
    private static readonly string[] s_figures = ["bytes_may_use", "bytes_reserved"];

    /// <summary>Bytes of data that statfs(2) still calls available though they are taken: it sees an extent only once the transaction has got to it, up to half a minute after the
    /// write. 0 where the kernel does not tell.</summary>
    public static long Unaccounted(SafeFileHandle directory, string path)
    {
        var allocation = Path.Combine(Folder, BtrfsCalls.IdOf(directory, path), "allocation");
        return s_kinds.Sum(kind => s_figures.Sum(figure => Figure(Path.Combine(allocation, kind, figure))));
    }

    private static long Figure(string path)
    {
        try
        {
            return long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
        {
            return 0;
        }
    }
}
