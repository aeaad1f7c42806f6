using System.Globalization;
using System.Text.Json.Nodes;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests.Load;

/// <summary>
/// Very many small applications on blue, each in a namespace of its own, with mirrors to green. Their volumes are real; no pods run, so that what is
/// measured is Tonari and not a kubelet with five hundred pods.
/// </summary>
/// <param name="lab">The clusters.</param>
/// <param name="count">How many.</param>
/// <param name="volumesEach">Volumes of each.</param>
/// <param name="schedule">Time between the syncs of each.</param>
internal sealed class ManyMirrors(TwoClusters lab, int count, int volumesEach, TimeSpan schedule)
{
    private const int AtOnce = 8;
    private const string Mirrors = "/apis/tonari.dev/v1alpha1/appmirrors";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(20);

    private IEnumerable<string> Names => Enumerable.Range(0, count).Select(n => string.Create(CultureInfo.InvariantCulture, $"load-{n:000}"));

    /// <summary>Makes them all.</summary>
    public async Task CreateAsync(CancellationToken ct)
    {
        var nodes = await lab.Blue.ListAsync("/api/v1/nodes", ct);
        var node = (string)nodes.Single()["metadata"]!["name"]!;
        var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
        await Parallel.ForEachAsync(Names, options, async (name, token) => await CreateAsync(name, node, token));
    }

    /// <summary>Waits until every one is established on both sides.</summary>
    public Task<TimeSpan> UntilEstablishedAsync(CancellationToken ct) => Eventually.TrueAsync("all mirrors to be established", Limit, async token =>
    {
        foreach (var cluster in lab.Clusters)
        {
            var mirrors = await ListAsync(cluster, token);
            var established = mirrors.Count(m => (string?)m["status"]?["state"] == "Established");
            if (established < count)
                return $"{established} of {count} are on {cluster.Name}; {Sentence(mirrors)}";
        }
        return null;
    }, ct);

    /// <summary>Age of each mirror's newest point in time that green could start from; none for a mirror without.</summary>
    public async Task<IReadOnlyDictionary<string, TimeSpan>> AgesAsync(CancellationToken ct)
    {
        var now = TimeProvider.System.GetUtcNow();
        return (await ListAsync(lab.Green, ct)).Where(m => m["status"]?["protectedTime"] is not null).ToDictionary(
            m => (string)m["metadata"]!["name"]!,
            m => now - DateTimeOffset.Parse((string)m["status"]!["protectedTime"]!, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal));
    }

    /// <summary>Takes them off both clusters and waits until they are gone.</summary>
    public async Task RemoveAsync(CancellationToken ct)
    {
        foreach (var cluster in lab.Clusters)
        {
            var options = new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct };
            await Parallel.ForEachAsync((await ListAsync(cluster, ct)).Select(m => (string)m["metadata"]!["namespace"]!), options, async (name, token) =>
                await cluster.DeleteAsync($"/apis/tonari.dev/v1alpha1/namespaces/{name}/appmirrors/{name}", token));
        }
        await Eventually.TrueAsync("all mirrors to be gone", Limit, async token =>
        {
            var left = (await ListAsync(lab.Blue, token)).Count + (await ListAsync(lab.Green, token)).Count;
            return left == 0 ? null : $"{left} are left";
        }, ct);
        foreach (var cluster in lab.Clusters)
            await cluster.KubectlAsync(ct, "delete", "namespaces", "-l", "load=many", "--ignore-not-found", "--wait=false");
        await Eventually.TrueAsync("their namespaces to be gone", Limit, async token =>
        {
            var left = 0;
            foreach (var cluster in lab.Clusters)
                left += (await cluster.ListAsync("/api/v1/namespaces?labelSelector=load%3Dmany", token)).Count;
            return left == 0 ? null : $"{left} are left";
        }, ct);
    }

    private static async Task<IReadOnlyList<JsonObject>> ListAsync(LabCluster cluster, CancellationToken ct) =>
        [.. (await cluster.ListAsync(Mirrors, ct)).Where(m => ((string)m["metadata"]!["name"]!).StartsWith("load-", StringComparison.Ordinal))];

    private static string Sentence(IEnumerable<JsonObject> mirrors) =>
        (string?)mirrors.FirstOrDefault(m => (string?)m["status"]?["state"] != "Established")?["status"]?["message"] ?? "nothing is said";

    private async Task CreateAsync(string name, string node, CancellationToken ct)
    {
        await lab.Blue.CreateAsync("/api/v1/namespaces", Object("v1", "Namespace", null, name, new JsonObject { ["labels"] = new JsonObject { ["load"] = "many" } }), ct);
        await lab.Blue.CreateAsync($"/apis/tonari.dev/v1alpha1/namespaces/{name}/applications", Object("tonari.dev/v1alpha1", "Application", name, name, [], new JsonObject()), ct);
        for (var volume = 1; volume <= volumesEach; volume++)
        {
            // What the scheduler would write for a pod: these volumes are made without one.
            var chosen = new JsonObject { ["annotations"] = new JsonObject { ["volume.kubernetes.io/selected-node"] = node } };
            var claim = Object("v1", "PersistentVolumeClaim", name, string.Create(CultureInfo.InvariantCulture, $"v{volume}"), chosen, new JsonObject
            {
                ["storageClassName"] = "tonari",
                ["accessModes"] = new JsonArray("ReadWriteOnce"),
                ["resources"] = new JsonObject { ["requests"] = new JsonObject { ["storage"] = "64Mi" } },
            });
            await lab.Blue.CreateAsync($"/api/v1/namespaces/{name}/persistentvolumeclaims", claim, ct);
        }
        await Eventually.TrueAsync($"the volumes of {name} to be bound", Limit, async token =>
            (await lab.Blue.ListAsync($"/api/v1/namespaces/{name}/persistentvolumeclaims", token)).All(c => (string?)c["status"]?["phase"] == "Bound") ? null : "they are not", ct);
        await lab.Blue.CreateAsync($"/apis/tonari.dev/v1alpha1/namespaces/{name}/appmirrors", Object("tonari.dev/v1alpha1", "AppMirror", name, name, [], new JsonObject
        {
            ["application"] = name,
            ["peer"] = "green",
            ["schedule"] = string.Create(CultureInfo.InvariantCulture, $"{schedule.TotalSeconds:0}s"),
        }), ct);
    }

    private static JsonObject Object(string apiVersion, string kind, string? ns, string name, JsonObject metadata, JsonObject? spec = null)
    {
        metadata["name"] = name;
        if (ns is not null)
            metadata["namespace"] = ns;
        var value = new JsonObject { ["apiVersion"] = apiVersion, ["kind"] = kind, ["metadata"] = metadata };
        if (spec is not null)
            value["spec"] = spec;
        return value;
    }
}
