using System.Globalization;
using System.Text;

namespace Tonari.Engine.Interop;

/// <summary>A line of /proc/self/mountinfo (proc(5)).</summary>
internal sealed record Mount(long Id, string Device, string Root, string MountPoint, string FileSystem, string Source);

internal static class MountTable
{
    public static IReadOnlyList<Mount> Read() => Parse(File.ReadLines("/proc/self/mountinfo"));

    public static IReadOnlyList<Mount> Parse(IEnumerable<string> lines)
    {
        var mounts = new List<Mount>();
        foreach (var line in lines)
        {
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-");
            if (separator < 6 || fields.Length < separator + 3)
                continue;
            mounts.Add(new Mount(
                long.Parse(fields[0], CultureInfo.InvariantCulture),
                fields[2],
                Unescape(fields[3]),
                Unescape(fields[4]),
                fields[separator + 1],
                Unescape(fields[separator + 2])));
        }
        return mounts;
    }

    /// <summary>One mount point per filesystem that lies on the block device. btrfs shows an anonymous device number, so its source counts too.</summary>
    public static IReadOnlyList<Mount> OnDevice(IEnumerable<Mount> mounts, string devicePath, string deviceNumber) =>
    [
        .. mounts
            .Where(m => m.Device == deviceNumber || (m.Source == devicePath && m.FileSystem == "btrfs"))
            .OrderBy(m => m.Root.Length)
            .ThenBy(m => m.Id),
    ];

    private static string Unescape(string text)
    {
        if (!text.Contains('\\', StringComparison.Ordinal))
            return text;
        var bytes = new List<byte>();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\\' && i + 3 < text.Length)
            {
                bytes.Add(Convert.ToByte(text.Substring(i + 1, 3), 8));
                i += 3;
            }
            else
            {
                bytes.AddRange(Encoding.UTF8.GetBytes(text, i, 1));
            }
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }
}
