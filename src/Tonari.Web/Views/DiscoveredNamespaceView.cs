using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;

namespace Tonari.Web.Views;

/// <summary>A namespace in which something lives that belongs to no application yet.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Claims">PersistentVolumeClaims in it.</param>
/// <param name="Workloads">Deployments and StatefulSets in it.</param>
public sealed record DiscoveredNamespaceView(string Name, int Claims, int Workloads)
{
    /// <summary>Of all namespaces in which something lives those that belong to no application, and are not the cluster's own.</summary>
    /// <param name="found">What lives in which namespace.</param>
    /// <param name="applications">Every application.</param>
    /// <param name="mirrors">Every mirror: the namespaces of a replica are spoken for as well.</param>
    /// <param name="systemNamespace">Namespace Tonari is installed in.</param>
    internal static IReadOnlyList<DiscoveredNamespaceView> Of(
        IEnumerable<DiscoveredNamespaceView> found, IEnumerable<Application> applications, IEnumerable<AppMirror> mirrors, string systemNamespace)
    {
        var taken = applications.SelectMany(a => ApplicationScope.Of(a).NamespaceNames)
            .Concat(mirrors.SelectMany(m => (m.Status?.Mirror.Volumes ?? []).Select(v => MirrorKeys.Split(MirrorKeys.Local(m.Spec, v.Key)).Namespace).Prepend(m.Namespace)))
            .Append(systemNamespace).ToHashSet(StringComparer.Ordinal);
        return
        [
            .. found.Where(n => n.Claims + n.Workloads > 0 && !taken.Contains(n.Name) && !n.Name.StartsWith("kube-", StringComparison.Ordinal))
                .OrderByDescending(n => n.Claims > 0).ThenBy(n => n.Name, StringComparer.Ordinal),
        ];
    }
}
