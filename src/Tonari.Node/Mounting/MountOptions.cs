using Tonari.Node.Interop;

namespace Tonari.Node.Mounting;

/// <summary>Mount options as mount(8) takes them, split into the flags of mount(2) and what the filesystem itself reads.</summary>
internal sealed record MountOptions(MountFlags Flags, string? Data)
{
    private static readonly Dictionary<string, MountFlags> s_sets = new(StringComparer.Ordinal)
    {
        ["ro"] = MountFlags.ReadOnly,
        ["nosuid"] = MountFlags.NoSetUid,
        ["nodev"] = MountFlags.NoDevices,
        ["noexec"] = MountFlags.NoExecute,
        ["sync"] = MountFlags.Synchronous,
        ["dirsync"] = MountFlags.DirectorySync,
        ["noatime"] = MountFlags.NoAccessTime,
        ["nodiratime"] = MountFlags.NoDirectoryAccessTime,
        ["relatime"] = MountFlags.RelativeAccessTime,
        ["strictatime"] = MountFlags.StrictAccessTime,
        ["lazytime"] = MountFlags.LazyTime,
    };

    private static readonly Dictionary<string, MountFlags> s_clears = new(StringComparer.Ordinal)
    {
        ["rw"] = MountFlags.ReadOnly,
        ["suid"] = MountFlags.NoSetUid,
        ["dev"] = MountFlags.NoDevices,
        ["exec"] = MountFlags.NoExecute,
        ["async"] = MountFlags.Synchronous,
        ["atime"] = MountFlags.NoAccessTime,
        ["diratime"] = MountFlags.NoDirectoryAccessTime,
        ["defaults"] = MountFlags.None,
    };

    /// <summary>Later options win, as in mount(8).</summary>
    public static MountOptions Parse(IEnumerable<string> options)
    {
        var flags = MountFlags.None;
        var data = new List<string>();
        foreach (var option in options.SelectMany(text => text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (s_sets.TryGetValue(option, out var set))
                flags |= set;
            else if (s_clears.TryGetValue(option, out var clear))
                flags &= ~clear;
            else
                Append(data, option);
        }

        return new MountOptions(flags, data.Count == 0 ? null : string.Join(',', data));

        static void Append(List<string> data, string option)
        {
            data.Remove(option);
            data.Add(option);
        }
    }
}
