using k8s.Models;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Access;

/// <summary>What a caller may do, for buttons; whatever is done is judged again when it is done.</summary>
internal sealed class Rights(Permissions permissions, WebOptions options)
{
    /// <summary>Whether he may.</summary>
    public async Task<Allowed> OfAsync(Caller caller, Permission permission, CancellationToken ct) =>
        await permissions.AllowsAsync(caller, permission, ct) ? Allowed.Yes : Allowed.No(caller.Name, permission.ToString());

    /// <summary>Whether he may do something to one object. Few roles are about single objects, so the whole namespace is asked for first.</summary>
    public async Task<Allowed> OfObjectAsync(Caller caller, Permission permission, CancellationToken ct) =>
        await permissions.AllowsAsync(caller, permission with { Name = null }, ct) || await permissions.AllowsAsync(caller, permission, ct)
            ? Allowed.Yes
            : Allowed.No(caller.Name, (permission with { Name = null }).ToString());

    /// <summary>In a namespace.</summary>
    public async Task<NamespaceRights> InAsync(Caller caller, string ns, CancellationToken ct)
    {
        return new NamespaceRights(
            ns, await To<Application>("create"), await To<Application>("patch"), await To<Application>("delete"), await To<AppMirror>("create"),
            await To<AppMirror>("patch"), await To<AppMirror>("delete"), await To<AppSnapshot>("create"), await To<AppSnapshot>("delete"),
            await To<ExecHook>("create"), await To<ExecHook>("patch"), await To<ExecHook>("delete"));

        Task<Allowed> To<T>(string verb) => OfAsync(caller, Permission.To<T>(verb, ns), ct);
    }

    /// <summary>With the cluster itself.</summary>
    public async Task<ClusterRights> InClusterAsync(Caller caller, CancellationToken ct) => new(
        await OfAsync(caller, Permission.To<V1Secret>("create", options.Namespace), ct),
        await OfAsync(caller, Permission.To<ClusterPeer>("delete"), ct),
        await OfAsync(caller, Permission.To<StoragePool>("patch"), ct));

    /// <summary>A mirror's moves, with whether he may make each.</summary>
    public async Task<IReadOnlyList<MirrorMove>> OfMovesAsync(Caller caller, string ns, string mirror, IReadOnlyList<MirrorMove> moves, CancellationToken ct)
    {
        var change = await OfObjectAsync(caller, Permission.To<AppMirror>("patch", ns, mirror), ct);
        var delete = await OfObjectAsync(caller, Permission.To<AppMirror>("delete", ns, mirror), ct);
        return [.. moves.Select(m => m with { Allowed = m.Kind == MirrorMoveKind.Delete ? delete : change })];
    }
}
