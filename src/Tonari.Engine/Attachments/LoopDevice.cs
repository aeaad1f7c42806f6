using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;

namespace Tonari.Engine.Attachments;

/// <summary>A loop device that carries a live image.</summary>
/// <param name="Name">As in /sys/block.</param>
/// <param name="DeviceNumber">"major:minor".</param>
/// <param name="ReadOnly">Whether it refuses writes.</param>
internal sealed record LoopDevice(string Name, string DeviceNumber, bool ReadOnly)
{
    private const string SysBlock = "/sys/block";

    private const string Pattern = "loop*";

    private const long OneBlock = EngineLimits.BlockSize / 1024;

    public string Path => "/dev/" + Name;

    /// <summary>Where its filesystem is mounted, as far as this mount namespace sees.</summary>
    public IReadOnlyList<Mount> Mounts() => MountTable.OnDevice(MountTable.Read(), Path, DeviceNumber);

    /// <summary>Bounds what the kernel writes to the image at once: one block, or as much as it does by itself (sysfs-block, max_sectors_kb).</summary>
    public void BoundRequests(bool oneBlock)
    {
        var queue = System.IO.Path.Combine(SysBlock, Name, "queue");
        var file = System.IO.Path.Combine(queue, "max_sectors_kb");
        var now = Number(file);
        // One that is not of one block is left as it is while the pool has room: somebody else may have set it.
        if (oneBlock ? now == OneBlock : now != OneBlock)
            return;
        var wanted = oneBlock ? OneBlock : Math.Min(Number(System.IO.Path.Combine(queue, "max_hw_sectors_kb")), EngineLimits.UsualRequestKib);
        File.WriteAllText(file, wanted.ToString(CultureInfo.InvariantCulture));

        static long Number(string path) => long.Parse(File.ReadAllText(path), CultureInfo.InvariantCulture);
    }

    public SafeFileHandle Open() => Kernel.Open(Path, Kernel.ReadOnly);

    /// <summary>The kernel's own state: every bound loop device is asked for its file. The path in sysfs is as the kernel sees it (another namespace, another
    /// prefix), so it only preselects; device and inode decide.</summary>
    public static LoopDevice? Find(FileIdentity image, string pathSuffix)
    {
        foreach (var folder in Directory.EnumerateDirectories(SysBlock, Pattern))
        {
            if (BackingFile(folder).EndsWith(pathSuffix, StringComparison.Ordinal) && Look(folder) is var (device, backing) && backing == image)
                return device;
        }
        return null;
    }

    /// <summary>All that carry one of these images.</summary>
    public static IEnumerable<LoopDevice> Backed(IReadOnlySet<FileIdentity> images)
    {
        foreach (var folder in Directory.EnumerateDirectories(SysBlock, Pattern))
        {
            if (BackingFile(folder).Length > 0 && Look(folder) is var (device, backing) && images.Contains(backing))
                yield return device;
        }
    }

    private static (LoopDevice Device, FileIdentity Backing)? Look(string folder)
    {
        var name = System.IO.Path.GetFileName(folder);
        using var device = Kernel.TryOpen("/dev/" + name, Kernel.ReadOnly, 0, out _);
        if (device is null || LoopCalls.GetStatus(device) is not { } status)
            return null;
        return (new LoopDevice(name, File.ReadAllText(System.IO.Path.Combine(folder, "dev")).Trim(), status.IsReadOnly), status.Backing);
    }

    private static string BackingFile(string folder)
    {
        try
        {
            return File.ReadAllText(System.IO.Path.Combine(folder, "loop", "backing_file")).TrimEnd('\n');
        }
        catch (IOException)
        {
            // Not bound, or unbound while we looked.
            return string.Empty;
        }
    }
}
