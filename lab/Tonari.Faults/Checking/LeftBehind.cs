using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.Faults.Checking;

/// <summary>
/// What is there and should not be, while a relationship stands and nothing runs. Everything in a pool, every loop device, every mount and every object must
/// be accounted for by what the status of its side says, except what lay on the clusters before the relationship began: others use them too.
/// </summary>
internal sealed class LeftBehind
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);
    private readonly TwoClusters lab;
    private readonly HashSet<string> before = new(StringComparer.Ordinal);

    /// <summary>Volumes that others made and that may be on their way out, which is nobody's business here.</summary>
    private readonly List<string> others = [];

    private LeftBehind(TwoClusters lab) => this.lab = lab;

    /// <summary>Notes what lies on the clusters before there is anything of the relationship.</summary>
    public static async Task<LeftBehind> BeginAsync(TwoClusters lab, CancellationToken ct)
    {
        var found = new LeftBehind(lab);
        foreach (var cluster in lab.Clusters)
        {
            found.before.UnionWith(await EverywhereAsync(cluster, ct));
            found.others.AddRange((await cluster.ListAsync("/api/v1/persistentvolumes", ct)).Select(volume => (string)volume["metadata"]!["name"]!));
        }

        return found;
    }

    /// <summary>A line each; empty when all is well.</summary>
    public async Task<IReadOnlyList<string>> FindAsync(LabMirror mirror, CancellationToken ct)
    {
        var left = new List<string>();
        foreach (var cluster in lab.Clusters)
        {
            if (await mirror.SideAsync(cluster, ct) is not { } side) continue;
            left.AddRange(InPool(cluster, side).Concat(await MountsAsync(cluster, side, ct)).Select(line => $"{cluster.Name}: {line}"));
            left.AddRange((await EverywhereAsync(cluster, ct)).Where(line => !before.Contains(line) && !others.Any(line.Contains)));
            if (side.Role == "Primary") left.AddRange(await LoopDevicesAsync(side, ct));
        }

        return left;
    }

    /// <summary>What no status names, of whichever application: those that others left are known by having been there before.</summary>
    private static async Task<IReadOnlyList<string>> EverywhereAsync(LabCluster cluster, CancellationToken ct) =>
    [
        .. Names(cluster, "trash").Select(name => $"{cluster.Name}: trash/{name}"),
        .. Names(cluster, "volumes").Where(volume => volume.StartsWith('.')).Select(volume => $"{cluster.Name}: unfinished volume {volume}"),
        .. await VolumesAsync(cluster, ct),
        .. await EndingAsync(cluster, ct),
    ];

    private static IEnumerable<string> InPool(LabCluster cluster, MirrorView side)
    {
        var known = side.Snapshots.Select(s => s.Name).Concat(side.SetAside).ToHashSet(StringComparer.Ordinal);
        foreach (var group in Names(cluster, "groups").Where(name => name.Contains(side.MirrorId!, StringComparison.Ordinal) && !known.Contains(name)))
        {
            yield return $"group {group} is in the pool and not in the status";
        }

        foreach (var volume in Names(cluster, "volumes").Where(side.VolumeIds.Contains))
        {
            if (File.Exists(Path.Combine(cluster.PoolPath, "volumes", volume, "staging.json"))) yield return $"{volume} has something staged";
            foreach (var image in Names(cluster, "volumes", volume, "images"))
            {
                if (image == "live" ? side.Role == "Secondary" : image.StartsWith('.') || !known.Contains(image[2..])) yield return $"{volume}: image {image}";
            }
        }
    }

    private static IEnumerable<string> Names(LabCluster cluster, params ReadOnlySpan<string> parts)
    {
        var folder = Path.Combine([cluster.PoolPath, .. parts]);
        return Directory.Exists(folder) ? [.. Directory.EnumerateFileSystemEntries(folder).Select(path => Path.GetFileName(path))] : [];
    }

    private static async Task<IEnumerable<string>> MountsAsync(LabCluster cluster, MirrorView side, CancellationToken ct)
    {
        if (side.Role != "Secondary") return [];
        var namespaces = Path.Combine(cluster.Folder, "ns", "mnt");
        var run = (await ProgramRun.OfAsync("nsenter", ["--mount=" + namespaces, "--", "cat", "/proc/self/mountinfo"], Limit, ct)).Succeeded();
        return run.Output.Split('\n').Where(line => side.VolumeIds.Any(id => line.Contains(id, StringComparison.Ordinal))).Select(line => "mount " + line);
    }

    /// <summary>Devices are the machine's, not a cluster's: of each volume there is one, the primary's.</summary>
    private static async Task<IEnumerable<string>> LoopDevicesAsync(MirrorView primary, CancellationToken ct)
    {
        var run = (await ProgramRun.OfAsync("losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"], Limit, ct)).Succeeded();
        var devices = run.Output.Split('\n').Where(line => primary.VolumeIds.Any(id => line.Contains(id, StringComparison.Ordinal))).ToList();
        return devices.Count <= primary.VolumeIds.Count ? [] : devices.Select(line => "too many loop devices: " + line.Trim());
    }

    private static async Task<IEnumerable<string>> VolumesAsync(LabCluster cluster, CancellationToken ct) =>
        (await cluster.ListAsync("/api/v1/persistentvolumes", ct))
            .Where(volume => (string?)volume["status"]?["phase"] is "Released" or "Failed")
            .Select(volume => $"{cluster.Name}: PersistentVolume {(string?)volume["metadata"]?["name"]} is {(string?)volume["status"]?["phase"]}");

    private static async Task<IEnumerable<string>> EndingAsync(LabCluster cluster, CancellationToken ct)
    {
        var left = new List<string>();
        foreach (var kind in (string[])["/api/v1/persistentvolumes", "/api/v1/persistentvolumeclaims", "/apis/tonari.dev/v1alpha1/appmirrors", "/apis/tonari.dev/v1alpha1/appsnapshots"])
        {
            left.AddRange((await cluster.ListAsync(kind, ct))
                .Where(item => item["metadata"]!["deletionTimestamp"] is not null)
                .Select(item => $"{cluster.Name}: {kind} {(string?)item["metadata"]!["name"]} is kept by {item["metadata"]!["finalizers"]?.ToJsonString()}"));
        }

        return left;
    }
}
