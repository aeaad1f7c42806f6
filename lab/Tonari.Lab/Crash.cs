using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Tonari.Lab.Measuring;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>Ends Tonari's own programs as a power cut would, and brings new ones.</summary>
public static class Crash
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>SIGKILL to every process of a program's container.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="program"><c>node</c> or <c>controller</c>.</param>
    /// <param name="ct">Ends the search.</param>
    /// <returns>How many processes were killed.</returns>
    public static async Task<int> KillAsync(LabCluster cluster, string program, CancellationToken ct) => (await ProcessesAsync(cluster, program, ct)).Sum(Kill);

    /// <summary>The processes of a program's container.</summary>
    /// <param name="cluster">Where.</param>
    /// <param name="program"><c>node</c> or <c>controller</c>.</param>
    /// <param name="ct">Ends the search.</param>
    public static async Task<IReadOnlyList<int>> ProcessesAsync(LabCluster cluster, string program, CancellationToken ct)
    {
        var found = new List<int>();
        foreach (var pod in await PodsAsync(cluster, ct))
        {
            foreach (var status in Containers(pod).Where(c => (string?)c["name"] == program))
            {
                if ((string?)status["containerID"] is not { } id || ContainerMemory.Find(cluster.Name, (string)pod["metadata"]!["uid"]!, id) is not { } group) continue;
                found.AddRange((await File.ReadAllLinesAsync(Path.Combine(group, "cgroup.procs"), ct)).Select(line => int.Parse(line, CultureInfo.InvariantCulture)));
            }
        }

        return found;
    }

    /// <summary>SIGKILL to one process.</summary>
    /// <returns>1, or 0 where it had ended already.</returns>
    public static int Kill(int id)
    {
        try
        {
            using var process = Process.GetProcessById(id);
            process.Kill();
            return 1;
        }
        catch (ArgumentException)
        {
            return 0;
        }
    }

    /// <summary>
    /// Replaces pods whose containers were restarted: the kubelet waits longer after every crash, which is its rule against broken programs and would
    /// only make the next test slow. Waits until all are ready.
    /// </summary>
    /// <param name="cluster">Where.</param>
    /// <param name="ct">Ends the wait.</param>
    public static async Task FreshAsync(LabCluster cluster, CancellationToken ct)
    {
        foreach (var pod in await PodsAsync(cluster, ct))
        {
            if (IsWorn(pod)) await cluster.KubectlAsync(ct, "-n", "tonari-system", "delete", "pod", (string)pod["metadata"]!["name"]!, "--wait=false");
        }

        await Eventually.TrueAsync($"the pods that were restarted to be replaced on {cluster.Name}", Limit, async token =>
        {
            var worn = (await PodsAsync(cluster, token)).Where(IsWorn).ToList();
            foreach (var pod in worn) await ForgetEndedAsync(cluster, pod, token);
            return worn.Count > 0 ? "some are still there" : null;
        }, ct);

        await cluster.RolledOutAsync("tonari-system", "daemonset/tonari-node", Limit, ct);
        await cluster.RolledOutAsync("tonari-system", "deployment/tonari-controller", Limit, ct);
        await Eventually.TrueAsync($"Tonari's pods to be ready on {cluster.Name}", Limit, async token =>
            (await PodsAsync(cluster, token)).SelectMany(Containers).All(c => (bool?)c["ready"] == true) ? null : "some are not", ct);
    }

    /// <summary>
    /// Deletes the object of a pod of which no process is left. This kubelet (1.20) takes up to a minute to notice when a container was gone before its end
    /// was noted, and only then can the next pod start.
    /// </summary>
    private static async Task ForgetEndedAsync(LabCluster cluster, JsonObject pod, CancellationToken ct)
    {
        if (pod["metadata"]!["deletionTimestamp"] is null) return;
        var groups = Containers(pod).Select(c => (string?)c["containerID"] is { } id ? ContainerMemory.Find(cluster.Name, (string)pod["metadata"]!["uid"]!, id) : null);
        if (groups.Any(group => group is not null)) return;
        await cluster.TryKubectlAsync(["-n", "tonari-system", "delete", "pod", (string)pod["metadata"]!["name"]!, "--force", "--grace-period=0", "--wait=false"], null, ct);
    }

    private static bool IsWorn(JsonObject pod) => Containers(pod).Any(c => (int?)c["restartCount"] > 0);

    private static Task<IReadOnlyList<JsonObject>> PodsAsync(LabCluster cluster, CancellationToken ct) => cluster.ListAsync("/api/v1/namespaces/tonari-system/pods", ct);

    private static IEnumerable<JsonObject> Containers(JsonObject pod) => pod["status"]?["containerStatuses"]?.AsArray().Select(c => c!.AsObject()) ?? [];
}
