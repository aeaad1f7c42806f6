using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Actions;

namespace Tonari.Web.Views;

/// <summary>How well an application is protected.</summary>
public enum Protection
{
    /// <summary>Its newest group snapshot next door is as young as wanted.</summary>
    Protected,

    /// <summary>The first one is on its way.</summary>
    Pending,

    /// <summary>Protected, but something wants attention.</summary>
    Attention,

    /// <summary>Replicated, but not protected as wanted.</summary>
    AtRisk,

    /// <summary>Not replicated.</summary>
    NotReplicated,
}

/// <summary>An application, defined here or known as the replica of a mirror.</summary>
public sealed record ApplicationView
{
    /// <summary>Namespace of the object.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the object.</summary>
    public required string Name { get; init; }

    /// <summary>There is an Application object here; without one it is known by the mirror that keeps its replica here.</summary>
    public required bool Defined { get; init; }

    /// <summary>How well it is protected.</summary>
    public required Protection Protection { get; init; }

    /// <summary>What it is, as it would be written to define it; null where it is not defined here.</summary>
    public DefineRequest? Definition { get; init; }

    /// <summary>Namespaces it holds objects of.</summary>
    public required IReadOnlyList<string> Namespaces { get; init; }

    /// <summary>How many objects a capture would hold; null where nobody has looked here.</summary>
    public int? Resources { get; init; }

    /// <summary>Its volumes, with whether they can be replicated and why not.</summary>
    public required IReadOnlyList<ApplicationVolume> Volumes { get; init; }

    /// <summary>What is wrong and what to do, or that all is well.</summary>
    public required string Message { get; init; }

    /// <summary>Name of the mirror that replicates it.</summary>
    public string? Mirror { get; init; }

    /// <summary>What that mirror is doing.</summary>
    public MirrorState? State { get; init; }

    /// <summary>Name of the cluster whose data is replicated; null while none is primary, or both say so.</summary>
    public string? From { get; init; }

    /// <summary>Name of the cluster it is replicated to.</summary>
    public string? To { get; init; }

    /// <summary>Age of the newest group snapshot that the other side could start from, seconds.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>How old it may become, seconds.</summary>
    public double? WantedRpoSeconds { get; init; }

    /// <summary>Every application there is, ordered by namespace and name: the defined ones and those that only a mirror knows here.</summary>
    /// <param name="applications">The applications that may be shown.</param>
    /// <param name="mirrors">The mirrors that may be shown.</param>
    /// <param name="cluster">Name of this cluster.</param>
    /// <param name="now">Now.</param>
    public static IReadOnlyList<ApplicationView> All(
        IEnumerable<Application> applications, IReadOnlyCollection<AppMirror> mirrors, string cluster, DateTimeOffset now)
    {
        var defined = applications.Select(a => Of(a, mirrors, cluster, now)).ToList();
        var known = defined.Select(a => (a.Namespace, a.Name)).ToHashSet();
        var replicas = mirrors.Where(m => known.Add((m.Namespace, m.Spec.Application))).Select(m => OfReplica(m, cluster, now));
        return [.. defined.Concat(replicas).OrderBy(a => a.Namespace, StringComparer.Ordinal).ThenBy(a => a.Name, StringComparer.Ordinal)];
    }

    /// <summary>One that is defined here.</summary>
    public static ApplicationView Of(Application application, IEnumerable<AppMirror> mirrors, string cluster, DateTimeOffset now)
    {
        var status = application.Status;
        var view = new ApplicationView
        {
            Namespace = application.Namespace,
            Name = application.Name,
            Defined = true,
            Definition = Definitions.Write(application),
            Protection = Protection.NotReplicated,
            Namespaces = [.. ApplicationScope.Of(application).NamespaceNames],
            Resources = status?.Resources,
            Volumes = status?.Volumes ?? [],
            Message = status?.Message ?? "The controller has not looked at it yet.",
        };
        return mirrors.FirstOrDefault(m => m.Namespace == application.Namespace && m.Spec.Application == application.Name) is { } mirror
            ? view.With(mirror, cluster, now)
            : view;
    }

    /// <summary>One that only a mirror knows here.</summary>
    public static ApplicationView OfReplica(AppMirror mirror, string cluster, DateTimeOffset now)
    {
        var volumes = (mirror.Status?.Mirror.Volumes ?? []).Select(v => (Local: MirrorKeys.Split(MirrorKeys.Local(mirror.Spec, v.Key)), Volume: v)).ToList();
        return new ApplicationView
        {
            Namespace = mirror.Namespace,
            Name = mirror.Spec.Application,
            Defined = false,
            Protection = ProtectionOf(mirror),
            Namespaces = [.. volumes.Select(v => v.Local.Namespace).Prepend(mirror.Namespace).Distinct(StringComparer.Ordinal)],
            Volumes =
            [
                .. volumes.Select(v => new ApplicationVolume
                {
                    Namespace = v.Local.Namespace,
                    Claim = v.Local.Claim,
                    VolumeId = v.Volume.VolumeId,
                    Pool = v.Volume.Pool,
                    SizeBytes = v.Volume.SizeBytes,
                    StorageClass = v.Volume.StorageClass,
                    Replicable = true,
                }),
            ],
            Message = mirror.Status?.Message ?? "The controller has not taken up its mirror yet.",
        }.With(mirror, cluster, now);
    }

    /// <summary>How well an application is protected by its mirror.</summary>
    internal static Protection ProtectionOf(AppMirror? mirror) =>
        mirror is null ? Protection.NotReplicated : ProtectionOf(mirror.Status?.Health ?? MirrorHealth.Unknown);

    /// <summary>How well a mirror of this health protects.</summary>
    internal static Protection ProtectionOf(MirrorHealth health) => health switch
    {
        MirrorHealth.Normal => Protection.Protected,
        MirrorHealth.Warning => Protection.Attention,
        MirrorHealth.Critical => Protection.AtRisk,
        _ => Protection.Pending,
    };

    private ApplicationView With(AppMirror mirror, string cluster, DateTimeOffset now)
    {
        var view = MirrorView.Of(mirror, cluster, (_, _) => 0, now);
        return this with
        {
            Protection = ProtectionOf(mirror),
            Mirror = mirror.Name,
            State = view.State,
            From = view.From,
            To = view.To,
            LagSeconds = view.LagSeconds,
            WantedRpoSeconds = view.WantedRpoSeconds,
        };
    }
}
