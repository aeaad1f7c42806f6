using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

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

/// <summary>An application.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Name">Name of the object.</param>
/// <param name="Protection">How well it is protected.</param>
/// <param name="Namespaces">Namespaces it holds objects of.</param>
/// <param name="Mirror">Name of the mirror that replicates it.</param>
/// <param name="Resources">How many objects a capture would hold.</param>
/// <param name="Volumes">Its volumes, with whether they can be replicated and why not.</param>
/// <param name="Message">What is wrong and what to do, or that all is well.</param>
public sealed record ApplicationView(
    string Namespace, string Name, Protection Protection, IReadOnlyList<string> Namespaces, string? Mirror, int Resources,
    IReadOnlyList<ApplicationVolume> Volumes, string? Message)
{
    /// <summary>Derives the view.</summary>
    /// <param name="application">The application.</param>
    /// <param name="mirrors">The mirrors that may be shown.</param>
    public static ApplicationView Of(Application application, IEnumerable<AppMirror> mirrors)
    {
        var mirror = mirrors.FirstOrDefault(m => m.Namespace == application.Namespace && m.Spec.Application == application.Name);
        var status = application.Status;
        IReadOnlyList<string> namespaces = application.Spec.Namespaces.Count == 0 ? [application.Namespace] : [.. application.Spec.Namespaces.Select(n => n.Name)];
        return new ApplicationView(
            application.Namespace, application.Name, ProtectionOf(mirror), namespaces, mirror?.Name, status?.Resources ?? 0, status?.Volumes ?? [],
            status?.Message ?? "The controller has not looked at it yet.");
    }

    internal static Protection ProtectionOf(AppMirror? mirror) => mirror is null ? Protection.NotReplicated : (mirror.Status?.Health ?? MirrorHealth.Unknown) switch
    {
        MirrorHealth.Normal => Protection.Protected,
        MirrorHealth.Warning => Protection.Attention,
        MirrorHealth.Critical => Protection.AtRisk,
        _ => Protection.Pending,
    };
}
