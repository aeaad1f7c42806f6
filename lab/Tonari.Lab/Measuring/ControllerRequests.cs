using System.Globalization;

namespace Tonari.Lab.Measuring;

/// <summary>What a controller has asked of its API server, read from its metrics.</summary>
/// <param name="ByKind">How many requests since it started, by <c>verb resource</c>.</param>
public sealed record ControllerRequests(IReadOnlyDictionary<string, long> ByKind)
{
    private const string Family = "tonari_kubernetes_requests_total{";

    /// <summary>All of them.</summary>
    public long Total => ByKind.Values.Sum();

    /// <summary>Asks the controller of a cluster, through its API server.</summary>
    public static async Task<ControllerRequests> OfAsync(LabCluster cluster, CancellationToken ct)
    {
        var pods = await cluster.ListAsync("/api/v1/namespaces/tonari-system/pods?labelSelector=app.kubernetes.io%2Fcomponent%3Dcontroller", ct);
        var pod = pods.Single(p => (string?)p["status"]?["phase"] == "Running");
        var text = await cluster.TextAsync($"/api/v1/namespaces/tonari-system/pods/{(string)pod["metadata"]!["name"]!}:7445/proxy/metrics", ct);
        return new ControllerRequests(text.Split('\n').Where(line => line.StartsWith(Family, StringComparison.Ordinal)).ToDictionary(
            line => $"{Label(line, "verb")} {Label(line, "resource")}", line => long.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture)));
    }

    /// <summary>What has been asked since an earlier look.</summary>
    public ControllerRequests Since(ControllerRequests earlier) =>
        new(ByKind.ToDictionary(pair => pair.Key, pair => pair.Value - earlier.ByKind.GetValueOrDefault(pair.Key)));

    private static string Label(string line, string name)
    {
        var start = line.IndexOf(name + "=\"", StringComparison.Ordinal) + name.Length + 2;
        return line[start..line.IndexOf('"', start)];
    }
}
