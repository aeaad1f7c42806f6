using System.Text.Json.Nodes;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>What a relationship that was deleted has left behind on a cluster: nothing, if all is well.</summary>
public static class Leftovers
{
    /// <summary>Everything that is left, a line each.</summary>
    /// <param name="cluster">Where to look.</param>
    /// <param name="mirrorId">The relationship's id.</param>
    /// <param name="goneVolumes">Ids of volumes that must not exist there any more.</param>
    /// <param name="ct">Ends the search.</param>
    public static async Task<IReadOnlyList<string>> FindAsync(LabCluster cluster, string mirrorId, IReadOnlyCollection<string> goneVolumes, CancellationToken ct)
    {
        var left = new List<string>();
        left.AddRange(InPool(cluster, mirrorId, goneVolumes));
        left.AddRange(await LoopDevicesAsync(cluster, goneVolumes, ct));
        left.AddRange(await MountsAsync(cluster, goneVolumes, ct));
        left.AddRange(await ObjectsAsync(cluster, mirrorId, goneVolumes, ct));
        return left;
    }

    /// <summary>Every pool file whose path names the mirror's snapshots or a volume that should be gone.</summary>
    private static IEnumerable<string> InPool(LabCluster cluster, string mirrorId, IReadOnlyCollection<string> goneVolumes) =>
        Directory.EnumerateFileSystemEntries(cluster.PoolPath, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
            .Where(path => path.Contains(mirrorId, StringComparison.Ordinal) || goneVolumes.Any(id => path.Contains(id, StringComparison.Ordinal)))
            .Select(path => "in the pool: " + path);

    private static async Task<IEnumerable<string>> LoopDevicesAsync(LabCluster cluster, IReadOnlyCollection<string> goneVolumes, CancellationToken ct)
    {
        var run = (await ProgramRun.OfAsync("losetup", ["--list", "--noheadings", "--output", "NAME,BACK-FILE"], TimeSpan.FromSeconds(10), ct)).Succeeded();
        return run.Output.Split('\n')
            .Where(line => line.Contains(cluster.PoolPath, StringComparison.Ordinal) || line.Contains("/pools/main/", StringComparison.Ordinal))
            .Where(line => goneVolumes.Any(id => line.Contains(id, StringComparison.Ordinal)) && IsOf(cluster, line))
            .Select(line => "loop device: " + line.Trim());
    }

    // Both clusters' pools have the same volume ids; a backing file is told by its whole path where the kernel gives one.
    private static bool IsOf(LabCluster cluster, string line) => !line.Contains(LabPaths.Running, StringComparison.Ordinal) || line.Contains(cluster.Folder, StringComparison.Ordinal);

    private static async Task<IEnumerable<string>> MountsAsync(LabCluster cluster, IReadOnlyCollection<string> goneVolumes, CancellationToken ct)
    {
        // The cluster has its own mount namespace, kept by this file.
        var run = (await ProgramRun.OfAsync(
            "nsenter", ["--mount=" + Path.Combine(cluster.Folder, "ns", "mnt"), "--", "cat", "/proc/self/mountinfo"], TimeSpan.FromSeconds(10), ct)).Succeeded();
        return run.Output.Split('\n').Where(line => goneVolumes.Any(id => line.Contains(id, StringComparison.Ordinal))).Select(line => "mount: " + line);
    }

    private static async Task<IEnumerable<string>> ObjectsAsync(
        LabCluster cluster, string mirrorId, IReadOnlyCollection<string> goneVolumes, CancellationToken ct)
    {
        var left = new List<string>();
        foreach (var volume in await cluster.ListAsync("/api/v1/persistentvolumes", ct))
        {
            if (goneVolumes.Contains((string?)volume["spec"]?["csi"]?["volumeHandle"])) left.Add("PersistentVolume " + Named(volume));
        }

        string[] kinds =
        [
            "/apis/tonari.dev/v1alpha1/appmirrors", "/apis/tonari.dev/v1alpha1/appsnapshots", "/api/v1/persistentvolumes", "/api/v1/persistentvolumeclaims",
            "/api/v1/configmaps", "/api/v1/secrets", "/api/v1/services", "/api/v1/serviceaccounts", "/api/v1/pods", "/api/v1/namespaces",
            "/apis/apps/v1/statefulsets", "/apis/apps/v1/deployments", "/apis/apps/v1/daemonsets", "/apis/batch/v1/jobs", "/apis/batch/v1beta1/cronjobs",
        ];
        foreach (var kind in kinds)
        {
            foreach (var item in await cluster.ListAsync(kind, ct))
            {
                var metadata = item["metadata"]!;
                if ((string?)metadata["labels"]?["tonari.dev/mirror"] == mirrorId || (string?)item["spec"]?["mirrorId"] == mirrorId)
                {
                    left.Add($"{kind} {Named(item)} still belongs to the mirror");
                }

                if (metadata["deletionTimestamp"] is not null && metadata["finalizers"] is JsonArray { Count: > 0 } finalizers)
                {
                    left.Add($"{kind} {Named(item)} is kept by {finalizers.ToJsonString()}");
                }
            }
        }

        return left;
    }

    private static string Named(JsonObject item) => $"{(string?)item["metadata"]?["namespace"]}/{(string?)item["metadata"]?["name"]}".TrimStart('/');
}
