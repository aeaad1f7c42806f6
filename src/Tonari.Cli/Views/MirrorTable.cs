using System.Globalization;
using Tonari.Cli.Rendering;
using Tonari.Mirroring;

namespace Tonari.Cli.Views;

/// <summary>Mirrors as a table.</summary>
internal static class MirrorTable
{
    public static IReadOnlyList<Line> Render(IReadOnlyList<MirrorFacts> mirrors, bool withNamespace, bool wide, DateTimeOffset now) =>
        new Columns<MirrorFacts>()
            .AddIf(withNamespace, "NAMESPACE", m => m.Namespace)
            .Add("NAME", m => m.Name)
            .Add("APPLICATION", m => m.Spec.Application)
            .Add("ROLE", m => m.Status.Role.ToString())
            .Add("PEER", m => m.Spec.Peer)
            .Add("STATE", m => m.State.ToString())
            .Add("HEALTH", m => new Span(m.Health.ToString(), ToneOf(m.Health)))
            .Add("LAG", m => m.Lag(now) is { } lag ? Format.Age(lag) : "-")
            .Add("RPO", m => Format.Exact(m.Spec.EffectiveWantedRpo))
            .AddIf(wide, "EPOCH", m => m.Status.Epoch.ToString(CultureInfo.InvariantCulture))
            .AddIf(wide, "SNAPSHOTS", m => m.Status.Snapshots.Count.ToString(CultureInfo.InvariantCulture))
            .AddIf(wide, "OPERATION", m => m.Status.Operation is { } o ? $"{o.Request.Type}/{o.Stage}" : "-")
            .Add("AGE", m => Format.Age(m.CreatedAt, now))
            .AddIf(wide, "REASON", m => m.Reason)
            .Render(mirrors);

    public static Tone ToneOf(MirrorHealth health) => health switch
    {
        MirrorHealth.Normal => Tone.Good,
        MirrorHealth.Warning => Tone.Warning,
        MirrorHealth.Critical => Tone.Bad,
        _ => Tone.Muted,
    };
}
