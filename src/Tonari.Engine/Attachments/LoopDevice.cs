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

    public string Path => "/dev/" + Name;

    /// <summary>Where its filesystem is mounted, as far as this mount namespace sees.</summary>
    public IReadOnlyList<Mount> Mounts() => MountTable.OnDevice(MountTable.Read(), Path, DeviceNumber);

    public SafeFileHandle Open() => Kernel.Open(Path, Kernel.ReadOnly);

    /// <summary>The kernel's own state: every bound loop device is asked for its file. The path in sysfs is as the kernel sees it (another namespace, another
    /// prefix), so it only preselects; device and inode decide.</summary>
    public static LoopDevice? Find(FileIdentity image, string pathSuffix)
    {
        foreach (var folder in Directory.EnumerateDirectories(SysBlock, "loop*"))
        {
            if (!BackingFile(folder).EndsWith(pathSuffix, StringComparison.Ordinal))
                continue;
            var name = System.IO.Path.GetFileName(folder);
            using var device = Kernel.TryOpen("/dev/" + name, Kernel.ReadOnly, 0, out _);
            if (device is null || LoopCalls.GetStatus(device) is not { } status || status.Backing != image)
                continue;
            return new LoopDevice(name, File.ReadAllText(System.IO.Path.Combine(folder, "dev")).Trim(), status.IsReadOnly);
        }
        return null;
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
