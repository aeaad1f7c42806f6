using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;

namespace Tonari.Web.Views;

/// <summary>What a capture of an application would hold now.</summary>
/// <param name="Objects">How many objects.</param>
/// <param name="Kinds">The objects by kind. Names only: nobody sees what stands in them.</param>
/// <param name="Volumes">Its volumes, with whether they can be replicated and why not.</param>
/// <param name="Unseen">What the caller may not list, and may therefore be more.</param>
public sealed record PreviewView(
    int Objects, IReadOnlyList<PreviewKindView> Kinds, IReadOnlyList<ApplicationVolume> Volumes, IReadOnlyList<PreviewUnseenView> Unseen)
{
    /// <summary>Objects named of each kind: an answer has to stay readable, and small.</summary>
    public const int NamesOfAKind = 50;

    /// <summary>Derives the view.</summary>
    internal static PreviewView Of(CapturedApplication captured, IEnumerable<UnseenKind> unseen) => new(
        captured.Resources.Objects.Count,
        [
            .. captured.Resources.Objects.GroupBy(o => (Group: o.Group(), Kind: o.Kind()))
                .OrderBy(g => g.Key.Kind, StringComparer.Ordinal).ThenBy(g => g.Key.Group, StringComparer.Ordinal)
                .Select(g => new PreviewKindView(
                    g.Key.Kind, g.Key.Group, g.Count(),
                    [
                        .. g.Select(o => new PreviewObjectView(o.Namespace(), o.Name()))
                            .OrderBy(o => o.Namespace, StringComparer.Ordinal).ThenBy(o => o.Name, StringComparer.Ordinal).Take(NamesOfAKind),
                    ])),
        ],
        captured.Volumes,
        [.. unseen.Select(u => new PreviewUnseenView(u.Kind.ToString(), u.Namespace))]);
}

/// <summary>Objects of one kind.</summary>
/// <param name="Kind">The kind.</param>
/// <param name="Group">Its API group; empty for the core group.</param>
/// <param name="Count">How many.</param>
/// <param name="First">The first of them.</param>
public sealed record PreviewKindView(string Kind, string Group, int Count, IReadOnlyList<PreviewObjectView> First);

/// <summary>An object.</summary>
/// <param name="Namespace">Its namespace; null where it has none.</param>
/// <param name="Name">Its name.</param>
public sealed record PreviewObjectView(string? Namespace, string Name);

/// <summary>A kind the caller may not list.</summary>
/// <param name="Kind">Kind and group.</param>
/// <param name="Namespace">Where; null for kinds without namespaces.</param>
public sealed record PreviewUnseenView(string Kind, string? Namespace);
