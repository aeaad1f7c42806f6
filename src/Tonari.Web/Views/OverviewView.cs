using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>Everything at a glance.</summary>
/// <param name="Cluster">Name of this cluster.</param>
/// <param name="Version">Version of Tonari here.</param>
/// <param name="Applications">How many applications are protected how well; every state is there.</param>
/// <param name="Mirrors">How many mirrors are how well; every health is there.</param>
/// <param name="Worst">The mirror whose newest group snapshot is the oldest for what is wanted; null where there is none.</param>
/// <param name="Neighbours">How many neighbours there are.</param>
/// <param name="NeighboursReachable">How many of them answer.</param>
public sealed record OverviewView(
    string Cluster, string Version, IReadOnlyDictionary<Protection, int> Applications, IReadOnlyDictionary<MirrorHealth, int> Mirrors, WorstLag? Worst,
    int Neighbours, int NeighboursReachable)
{
    /// <summary>Derives the view from what may be shown.</summary>
    public static OverviewView Of(
        string cluster, string version, IReadOnlyList<Application> applications, IReadOnlyList<AppMirror> mirrors, IReadOnlyList<ClusterPeer> peers, DateTimeOffset now) =>
        new(
            cluster,
            version,
            Count(ApplicationView.All(applications, mirrors, cluster, now).Select(a => a.Protection)),
            Count(mirrors.Select(m => m.Status?.Health ?? MirrorHealth.Unknown)),
            mirrors.Where(m => m.Status?.ProtectedTime is not null)
                .Select(m => new WorstLag(m.Namespace, m.Name, Math.Max(0, (now - m.Status!.ProtectedTime!.Value).TotalSeconds), m.Spec.EffectiveWantedRpo.TotalSeconds))
                .MaxBy(w => w.LagSeconds / w.WantedRpoSeconds),
            peers.Count,
            peers.Count(p => p.Status?.Reachable == true));

    private static Dictionary<T, int> Count<T>(IEnumerable<T> values)
        where T : struct, Enum
    {
        var counts = Enum.GetValues<T>().ToDictionary(v => v, _ => 0);
        foreach (var value in values)
            counts[value]++;
        return counts;
    }
}

/// <summary>The mirror that is furthest behind what is wanted of it.</summary>
/// <param name="Namespace">Namespace of the mirror.</param>
/// <param name="Name">Name of the mirror.</param>
/// <param name="LagSeconds">Age of its newest group snapshot, seconds.</param>
/// <param name="WantedRpoSeconds">How old it may become, seconds.</param>
public sealed record WorstLag(string Namespace, string Name, double LagSeconds, double WantedRpoSeconds);
