using System.Text;

namespace Tonari.Node.Mounting;

/// <summary>One line of /proc/self/mountinfo (proc(5)).</summary>
/// <param name="Device">"major:minor" of the mounted filesystem.</param>
/// <param name="Root">What of that filesystem is mounted; "/" except for bind mounts of a part.</param>
/// <param name="MountPoint">Where.</param>
/// <param name="ReadOnly">This mount refuses writes.</param>
/// <param name="FileSystem">Its type.</param>
/// <param name="FileSystemReadOnly">The filesystem itself refuses writes, for example after an error.</param>
internal sealed record MountEntry(string Device, string Root, string MountPoint, bool ReadOnly, string FileSystem, bool FileSystemReadOnly);

/// <summary>What is mounted where, as the kernel says it now. Nothing about mounts is remembered anywhere else.</summary>
internal static class MountTable
{
    /// <summary>
    /// What a filesystem says of itself that takes no writes. On newer kernels (seen on 6.18) ext4 does not become "ro" after an error; it says emergency_ro, or abort once it has
    /// given its journal up (fs/ext4/super.c: _ext4_show_options, ext4_handle_error).
    /// </summary>
    private static readonly string[] s_refusesWrites = ["ro", "emergency_ro", "abort", "shutdown"];

    public static IReadOnlyList<MountEntry> Read() => Parse(File.ReadAllText("/proc/self/mountinfo"));

    /// <summary>The mount a path shows: the topmost one exactly there, or null.</summary>
    public static MountEntry? At(this IReadOnlyList<MountEntry> table, string path)
    {
        var wanted = Normalise(path);
        return table.LastOrDefault(entry => entry.MountPoint == wanted);
    }

    public static string Normalise(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));

    internal static IReadOnlyList<MountEntry> Parse(string text)
    {
        var entries = new List<MountEntry>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue
            var fields = line.Split(' ');
            var separator = Array.IndexOf(fields, "-", 6);
            if (separator < 0 || fields.Length < separator + 4)
                continue;
            entries.Add(new MountEntry(
                fields[2], Unescape(fields[3]), Unescape(fields[4]), HasOption(fields[5], "ro"),
                fields[separator + 1], s_refusesWrites.Any(option => HasOption(fields[separator + 3], option))));
        }

        return entries;
    }

    private static bool HasOption(string options, string wanted) => options.Split(',').Contains(wanted);

    /// <summary>Space, tab, newline and backslash are written as a backslash and three octal digits.</summary>
    private static string Unescape(string field)
    {
        if (!field.Contains('\\', StringComparison.Ordinal))
            return field;
        var text = new StringBuilder(field.Length);
        for (var i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                text.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                text.Append(field[i]);
            }
        }

        return text.ToString();
    }
}
