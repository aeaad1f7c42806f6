using System.Globalization;
using k8s.Models;
using Tonari.Cli.Rendering;
using Tonari.Kubernetes.Resources;

namespace Tonari.Cli.Views;

/// <summary>Tables of everything but mirrors.</summary>
internal static class ResourceTables
{
    public static IReadOnlyList<Line> Applications(IReadOnlyList<Application> items, bool withNamespace, bool wide, DateTimeOffset now) =>
        new Columns<Application>()
            .AddIf(withNamespace, "NAMESPACE", a => a.Namespace)
            .Add("NAME", a => a.Name)
            .Add("NAMESPACES", a => a.Spec.Namespaces.Count == 0 ? a.Namespace : string.Join(',', a.Spec.Namespaces.Select(n => n.Name)))
            .Add("RESOURCES", a => Number(a.Status?.Resources))
            .Add("VOLUMES", a => Number(a.Status?.Volumes.Count))
            .Add("REPLICABLE", Replicable)
            .Add("MIRRORS", a => a.Status is { Mirrors.Count: > 0 } s ? string.Join(',', s.Mirrors) : "-")
            .AddIf(wide, "SIZE", a => a.Status is { } s ? Format.Bytes(s.Volumes.Sum(v => v.SizeBytes)) : "-")
            .Add("AGE", a => Age(a.Metadata, now))
            .AddIf(wide, "MESSAGE", a => a.Status?.Message ?? "-")
            .Render(items);

    public static IReadOnlyList<Line> Peers(IReadOnlyList<ClusterPeer> items, bool wide, DateTimeOffset now) =>
        new Columns<ClusterPeer>()
            .Add("NAME", p => p.Name)
            .Add("ENDPOINT", p => p.Spec.Endpoint)
            .Add("REACHABLE", p => p.Spec.Suspended
                ? new Span("suspended", Tone.Warning)
                : p.Status?.Reachable == true ? new Span("yes", Tone.Good) : new Span("no", Tone.Bad))
            .Add("ROUND-TRIP", p => Format.Milliseconds(p.Status?.RoundTripMs))
            .Add("VERSION", p => p.Status?.Version ?? "-")
            .AddIf(wide, "CLOCK-SKEW", p => p.Status?.ClockSkewMs is { } skew ? $"{skew}ms" : "-")
            .AddIf(wide, "LAST-CONTACT", p => Format.Age(p.Status?.LastContactTime, now))
            .Add("AGE", p => Age(p.Metadata, now))
            .AddIf(wide, "MESSAGE", p => p.Status?.Message ?? "-")
            .Render(items);

    public static IReadOnlyList<Line> Pools(IReadOnlyList<StoragePool> items, bool wide, DateTimeOffset now) =>
        new Columns<StoragePool>()
            .Add("NAME", p => p.Name)
            .Add("NODE", p => p.Status?.Node ?? "-")
            .Add("STATE", p => p.Status?.State switch
            {
                StoragePoolState.Managed => new Span("Managed", Tone.Good),
                StoragePoolState.Unusable => new Span("Unusable", Tone.Bad),
                { } state => state.ToString(),
                null => "-",
            })
            .Add("SUBSTRATE", p => p.Status?.Substrate ?? "-")
            .Add("VOLUMES", p => Number(p.Status?.Volumes))
            .Add("USED", p => p.Status is { } s ? Format.Bytes(s.UsedBytes) : "-")
            .Add("CAPACITY", p => p.Status is { } s ? Format.Bytes(s.CapacityBytes) : "-")
            .AddIf(wide, "PATH", p => p.Status?.Path ?? "-")
            .AddIf(wide, "SEEN", p => p.Status?.HeartbeatTime is { } at ? Format.Age(now - at) + " ago" : "-")
            .Add("AGE", p => Age(p.Metadata, now))
            .AddIf(wide, "REASON", p => p.Status?.Reason ?? "-")
            .Render(items);

    public static IReadOnlyList<Line> Snapshots(IReadOnlyList<AppSnapshot> items, bool withNamespace, bool wide, DateTimeOffset now) =>
        new Columns<AppSnapshot>()
            .AddIf(withNamespace, "NAMESPACE", s => s.Namespace)
            .Add("NAME", s => s.Name)
            .Add("APPLICATION", s => s.Spec.Application)
            .Add("PHASE", s => (s.Status?.Phase ?? AppSnapshotPhase.Pending) switch
            {
                AppSnapshotPhase.Ready => new Span("Ready", Tone.Good),
                AppSnapshotPhase.Failed => new Span("Failed", Tone.Bad),
                var phase => phase.ToString(),
            })
            .Add("TAKEN", s => s.Status?.TakenTime is { } at ? Format.Age(now - at) + " ago" : "-")
            .Add("FROZEN", s => s.Status?.TakenTime is null ? "-" : Format.Milliseconds(s.Status.FrozenMs))
            .Add("VOLUMES", s => Number(s.Status?.Volumes))
            .Add("SIZE", s => s.Status is { SizeBytes: > 0 } status ? Format.Bytes(status.SizeBytes) : "-")
            .AddIf(wide, "GROUP", s => s.Status?.Name ?? "-")
            .AddIf(wide, "POOL", s => s.Status?.Pool ?? "-")
            .Add("AGE", s => Age(s.Metadata, now))
            .AddIf(wide, "MESSAGE", s => s.Status?.Message ?? "-")
            .Render(items);

    public static IReadOnlyList<Line> Hooks(IReadOnlyList<ExecHook> items, bool withNamespace, bool wide, DateTimeOffset now) =>
        new Columns<ExecHook>()
            .AddIf(withNamespace, "NAMESPACE", h => h.Namespace)
            .Add("NAME", h => h.Name)
            .Add("APPLICATION", h => h.Spec.Application.Length > 0 ? h.Spec.Application : "(all)")
            .Add("STAGES", h => string.Join(',', h.Spec.Stages))
            .Add("WEIGHT", h => Number(h.Spec.Weight))
            .Add("TIMEOUT", h => h.Spec.Timeout.ToString())
            .Add("ON-FAILURE", h => h.Spec.OnFailure.ToString())
            .Add("LAST-RUN", h => h.Status?.LastRunTime is { } at ? Format.Age(now - at) + " ago" : "-")
            .Add("AGE", h => Age(h.Metadata, now))
            .AddIf(wide, "COMMAND", h => string.Join(' ', h.Spec.Command))
            .AddIf(wide, "MESSAGE", h => h.Status?.Message ?? "-")
            .Render(items);

    private static Span Replicable(Application application)
    {
        if (application.Status is not { } status)
        {
            return "-";
        }

        var good = status.Volumes.Count(v => v.Replicable);
        return good == status.Volumes.Count ? new Span("yes", Tone.Good) : new Span($"{good} of {status.Volumes.Count}", Tone.Bad);
    }

    private static string Age(V1ObjectMeta metadata, DateTimeOffset now) =>
        metadata.CreationTimestamp is { } at ? Format.Age(now - at) : "-";

    private static string Number(int? value) => value?.ToString(CultureInfo.InvariantCulture) ?? "-";
}
