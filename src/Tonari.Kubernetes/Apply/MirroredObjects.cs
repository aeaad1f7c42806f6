using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Apply;

/// <summary>What carries the label of a mirror.</summary>
internal static class MirroredObjects
{
    private const int Parallelism = 8;

    // Their controllers copy the labels of Services, Deployments and so on onto them.
    private static readonly HashSet<string> Copies = ["Endpoints", "EndpointSlice", "Event", "Lease", "ControllerRevision"];

    /// <summary>Every object with the label that Tonari itself created; not what controllers made from those.</summary>
    public static async Task<IReadOnlyList<(ResourceKind Kind, JsonObject Value)>> FindAsync(IKubernetesApi api, string mirrorId, CancellationToken ct)
    {
        var discovery = await api.DiscoverAsync(refresh: false, ct);
        var kinds = discovery.Kinds.Where(k =>
            k.Verbs.Contains("list") && k.Verbs.Contains("delete") && !Copies.Contains(k.Kind) && k.Group is not "metrics.k8s.io"
            && (k.Group != WellKnown.Group || k.Kind is "ExecHook" or "Application"));
        var found = new ConcurrentBag<(ResourceKind, JsonObject)>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(kinds, options, async (kind, token) =>
        {
            try
            {
                var list = await api.ListAsync(kind, null, new ListOptions($"{WellKnown.MirrorLabel}={mirrorId}"), token);
                foreach (var item in list.Items.Where(item => CaptureRules.ControllerOf(item) is null))
                    found.Add((kind, item));
            }
            catch (ResourceNotFoundException)
            {
                // The kind has gone since discovery, and its objects with it.
            }
        });
        return [.. found.DistinctBy(pair => pair.Item2.Uid()).OrderByDescending(pair => ApplyOrder.RankOf(pair.Item2))
            .ThenBy(pair => $"{pair.Item2.Namespace()}/{pair.Item2.Name()}", StringComparer.Ordinal)];
    }
}
