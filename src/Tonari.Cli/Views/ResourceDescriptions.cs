using Tonari.Cli.Rendering;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Views;

/// <summary>One object in full, of everything but mirrors.</summary>
internal static class ResourceDescriptions
{
    public static IReadOnlyList<Line> Application(Application application, DateTimeOffset now)
    {
        var (spec, status) = (application.Spec, application.Status);
        var lines = new List<Line>(new Fields()
            .Add("Name", application.Name)
            .Add("Namespace", application.Namespace)
            .Add("Holds", spec.Namespaces.Count == 0 ? $"everything in {application.Namespace}" : string.Join("; ", spec.Namespaces.Select(Chosen)))
            .AddIf(spec.ClusterResources.Count > 0, "Cluster-wide", () => string.Join(", ", spec.ClusterResources.Select(c => $"{c.Kind} {c.Name ?? "(by labels)"}")))
            .AddIf(spec.Excludes.Count > 0, "Without", () => string.Join(", ", spec.Excludes.Select(e => $"{e.Kind} {e.Name ?? "(all)"}")))
            .Add("Resources", status is null ? "not looked at yet" : $"{status.Resources}")
            .Add("Mirrors", status is { Mirrors.Count: > 0 } ? string.Join(", ", status.Mirrors) : "none")
            .Add("Message", status?.Message ?? "The controller has not looked at it yet.")
            .Add("Age", Format.Age(application.Metadata.CreationTimestamp, now))
            .ToLines());
        if (status is not { Volumes.Count: > 0 })
        {
            return lines;
        }

        var table = new Table("VOLUME", "SIZE", "CLASS", "POOL", "REPLICABLE");
        foreach (var v in status.Volumes)
        {
            table.Add(
                $"{v.Namespace}/{v.Claim}",
                Format.Bytes(v.SizeBytes),
                v.StorageClass ?? "-",
                v.Pool ?? "-",
                v.Replicable ? new Span("yes", Tone.Good) : new Span($"no: {v.Reason}", Tone.Bad));
        }

        return [.. lines, Line.Empty, new Line(new Span("Volumes:", Tone.Strong)), .. table.ToLines().Select(l => l.Indent(2))];
    }

    public static IReadOnlyList<Line> Peer(ClusterPeer peer, DateTimeOffset now)
    {
        var (spec, status) = (peer.Spec, peer.Status);
        var reachable = status?.Reachable == true ? new Span("yes", Tone.Good) : new Span("no", Tone.Bad);
        return new Fields()
            .Add("Name", peer.Name)
            .Add("Cluster", status?.ClusterName ?? "-")
            .Add("Endpoint", spec.Endpoint)
            .Add("Fingerprint", spec.Fingerprint)
            .Add("Reachable", new Line(reachable, status?.LastContactTime is { } at ? $", last answer {Format.Age(now - at)} ago" : ", never answered"))
            .AddIf(spec.Suspended, "Suspended", () => "yes: every request of this neighbour is refused")
            .Add("Round trip", Format.Milliseconds(status?.RoundTripMs))
            .Add("Clock skew", status?.ClockSkewMs is { } skew ? $"{skew}ms" : "-")
            .Add("Version", status?.Version ?? "-")
            .Add("May use", $"namespaces {string.Join(", ", spec.AllowedNamespaces)}; pools {(spec.AllowedPools.Count == 0 ? "all managed" : string.Join(", ", spec.AllowedPools))}")
            .Add("Message", status?.Message ?? "-")
            .Add("Age", Format.Age(peer.Metadata.CreationTimestamp, now))
            .ToLines();
    }

    public static IReadOnlyList<Line> Pool(StoragePool pool, DateTimeOffset now)
    {
        var status = pool.Status;
        var fields = new Fields()
            .Add("Name", pool.Name)
            .Add("Wanted", pool.Spec.Managed ? "managed" : "not managed");
        if (status is null)
        {
            return fields.Add("State", "The node has not reported it yet.").ToLines();
        }

        return fields
            .Add("State", status.State.ToString())
            .Add("Node", status.Node ?? "-")
            .Add("Path", status.Path ?? "-")
            .Add("Substrate", status.Substrate ?? "-")
            .Add("Pool id", status.PoolId ?? "-")
            .Add("Capacity", $"{Format.Bytes(status.CapacityBytes)}, {Format.Bytes(status.UsedBytes)} used{Percent(status)}")
            .Add("Volumes", $"{status.Volumes}")
            .Add("Seen", status.HeartbeatTime is { } at ? $"{Format.Age(now - at)} ago" : "-")
            .AddIf(!string.IsNullOrEmpty(status.Reason), "Reason", () => new Line(new Span(status.Reason!, status.Usable ? Tone.Warning : Tone.Bad)))
            .Add("Age", Format.Age(pool.Metadata.CreationTimestamp, now))
            .ToLines();
    }

    private static string Percent(StoragePoolStatus status) =>
        status.CapacityBytes > 0 ? $" ({100 * status.UsedBytes / status.CapacityBytes}%)" : "";

    private static string Chosen(ApplicationNamespace ns) =>
        ns.Selector is { } selector ? $"{ns.Name} with {SelectorText.Write(selector)}" : $"everything in {ns.Name}";
}
