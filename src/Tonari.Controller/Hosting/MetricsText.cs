using System.Globalization;
using System.Text;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Hosting;

/// <summary>The numbers of this controller in Prometheus' text format (version 0.0.4). Pure.</summary>
internal static class MetricsText
{
    /// <summary>All of them.</summary>
    public static string Of(
        bool leads, IEnumerable<AppMirror> mirrors, IEnumerable<ClusterPeer> peers, IReadOnlyDictionary<ApiRequestSort, long> requests, DateTimeOffset now)
    {
        List<AppMirror> sorted = [.. mirrors.OrderBy(m => m.Namespace, StringComparer.Ordinal).ThenBy(m => m.Name, StringComparer.Ordinal)];
        List<ClusterPeer> neighbours = [.. peers.OrderBy(p => p.Name, StringComparer.Ordinal)];
        var text = new StringBuilder();
        Family(text, "tonari_controller_leader", "1 where this controller leads", [("", leads ? 1 : 0)]);
        Family(
            text,
            "tonari_mirror_lag_seconds",
            "Age of the newest point in time the other side could start from",
            sorted.Where(m => m.Status?.ProtectedTime is not null).Select(m => (Labels(m), Math.Max(0, (now - m.Status!.ProtectedTime!.Value).TotalSeconds))));
        Family(text, "tonari_mirror_wanted_rpo_seconds", "How old it may become", sorted.Select(m => (Labels(m), m.Spec.EffectiveWantedRpo.TotalSeconds)));
        Family(text, "tonari_mirror_epoch", "Epoch of this side", sorted.Select(m => (Labels(m), (double)(m.Status?.Mirror.Epoch ?? 0))));
        Family(
            text,
            "tonari_mirror_role",
            "1 for the role this side has",
            from m in sorted
            from role in Enum.GetValues<MirrorRole>()
            select (Labels(m, ("role", role.ToString())), (m.Status?.Mirror.Role ?? MirrorRole.Unassigned) == role ? 1.0 : 0.0));
        Family(
            text,
            "tonari_mirror_health",
            "1 for the health the mirror has",
            from m in sorted
            from health in Enum.GetValues<MirrorHealth>()
            select (Labels(m, ("health", health.ToString())), (m.Status?.Health ?? MirrorHealth.Unknown) == health ? 1.0 : 0.0));
        Family(
            text,
            "tonari_mirror_snapshots",
            "Complete group snapshots held here",
            sorted.Select(m => (Labels(m), (double)(m.Status?.Mirror.Snapshots.Count ?? 0))));
        Family(text, "tonari_peer_reachable", "1 where the neighbour answers", neighbours.Select(p => (Labels(("peer", p.Name)), p.Status?.Reachable == true ? 1.0 : 0.0)));
        Family(
            text,
            "tonari_peer_round_trip_seconds",
            "Time of the last answered greeting",
            neighbours.Where(p => p.Status?.RoundTripMs is not null).Select(p => (Labels(("peer", p.Name)), p.Status!.RoundTripMs!.Value / 1000.0)));
        Family(
            text,
            "tonari_kubernetes_requests_total",
            "What was asked of the API server since the start",
            requests.OrderBy(r => r.Key.Resource, StringComparer.Ordinal).ThenBy(r => r.Key.Verb, StringComparer.Ordinal)
                .Select(r => (Labels(("verb", r.Key.Verb), ("resource", r.Key.Resource)), (double)r.Value)),
            "counter");
        return text.ToString();
    }

    private static void Family(StringBuilder text, string name, string help, IEnumerable<(string Labels, double Value)> samples, string type = "gauge")
    {
        text.Append(CultureInfo.InvariantCulture, $"# HELP {name} {help}\n# TYPE {name} {type}\n");
        foreach (var (labels, value) in samples)
            text.Append(CultureInfo.InvariantCulture, $"{name}{labels} {value:0.###}\n");
    }

    private static string Labels(AppMirror mirror, params (string, string)[] more) =>
        Labels([("namespace", mirror.Namespace), ("name", mirror.Name), ("application", mirror.Spec.Application), ("peer", mirror.Spec.Peer), .. more]);

    private static string Labels(params (string Name, string Value)[] labels) =>
        $"{{{string.Join(',', labels.Select(l => $"{l.Name}=\"{Escape(l.Value)}\""))}}}";

    private static string Escape(string value) => value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal).Replace("\n", "\\n", StringComparison.Ordinal);
}
