using System.Globalization;

namespace Tonari.Lab.Measuring;

/// <summary>Memory of containers, read from their control groups, of either version.</summary>
public static class ContainerMemory
{
    /// <summary>The control group of a container; null where there is none (any more).</summary>
    /// <param name="cluster">The lab's cluster.</param>
    /// <param name="podUid">The pod's uid.</param>
    /// <param name="containerId">The container's id, with or without <c>containerd://</c>.</param>
    public static string? Find(string cluster, string podUid, string containerId)
    {
        var id = containerId[(containerId.LastIndexOf('/') + 1)..];
        foreach (var root in new[] { $"/sys/fs/cgroup/memory/tonari-lab/{cluster}/kubepods", $"/sys/fs/cgroup/tonari-lab/{cluster}/kubepods" })
        {
            if (!Directory.Exists(root)) continue;
            foreach (var quality in new[] { root, Path.Combine(root, "burstable"), Path.Combine(root, "besteffort") })
            {
                var folder = Path.Combine(quality, "pod" + podUid, id);
                if (Directory.Exists(folder)) return folder;
            }
        }

        return null;
    }

    /// <summary>The working set as the kubelet counts it, bytes: what is used less the page cache that could be dropped. Null once the container is gone.</summary>
    public static long? WorkingSet(string folder)
    {
        try
        {
            var second = Path.Combine(folder, "memory.current");
            var (file, key) = File.Exists(second) ? (second, "inactive_file ") : (Path.Combine(folder, "memory.usage_in_bytes"), "total_inactive_file ");
            var used = Number(File.ReadAllText(file));
            var droppable = File.ReadLines(Path.Combine(folder, "memory.stat")).First(line => line.StartsWith(key, StringComparison.Ordinal));
            return Math.Max(0, used - Number(droppable[key.Length..]));
        }
        catch (IOException)
        {
            return null;
        }
    }

    private static long Number(string text) => long.Parse(text.Trim(), CultureInfo.InvariantCulture);
}
