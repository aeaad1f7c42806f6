using k8s;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Changes;
using Tonari.Web.Hosting;
using Tonari.Web.Journal;
using Tonari.Web.Views;

namespace Tonari.Web.Reading;

/// <summary>
/// What a caller may see, as views, from the copies that are in memory anyhow. The REST API and the pages read through this alone.
/// </summary>
internal sealed class ClusterReader(
    WebSources sources, WebOptions options, Permissions permissions, Rights rights, JournalReader journal, TransferRates transferRates, LagSeries lags,
    TimeProvider time)
{
    public async Task<OverviewView> OverviewAsync(Caller caller, CancellationToken ct)
    {
        var applications = await permissions.VisibleAsync(caller, null, sources.Applications.Items, ct);
        var mirrors = await permissions.VisibleAsync(caller, null, sources.Mirrors.Items, ct);
        // Neighbours are no secret to somebody who sees mirrors that name them, but only a number is shown to him.
        var peers = await permissions.AllowsAsync(caller, Permission.To<ClusterPeer>("list"), ct) ? sources.Peers.Items : [];
        return OverviewView.Of(options.ClusterName, options.Version, applications, mirrors, [.. peers], time.GetUtcNow());
    }

    public async Task<IReadOnlyList<ApplicationView>> ApplicationsAsync(Caller caller, string? ns, CancellationToken ct)
    {
        var visible = await permissions.VisibleAsync(caller, ns, sources.Applications.Items, ct);
        var mirrors = (await permissions.VisibleAsync(caller, null, sources.Mirrors.Items, ct)).Where(m => ns is null || m.Namespace == ns);
        return ApplicationView.All(visible, [.. mirrors], options.ClusterName, time.GetUtcNow());
    }

    /// <summary>One application, also one that only a mirror knows here.</summary>
    public async Task<ApplicationView> ApplicationAsync(Caller caller, string ns, string name, CancellationToken ct)
    {
        var mirrors = await permissions.VisibleAsync(caller, null, sources.Mirrors.Items, ct);
        if (sources.Applications.Find(ns, name) is null
            && mirrors.FirstOrDefault(m => m.Namespace == ns && m.Spec.Application == name) is { } mirror)
            return ApplicationView.OfReplica(mirror, options.ClusterName, time.GetUtcNow());
        var application = await FindAsync(caller, sources.Applications, ns, name, ct);
        return ApplicationView.Of(application, mirrors, options.ClusterName, time.GetUtcNow());
    }

    public async Task<IReadOnlyList<MirrorView>> MirrorsAsync(Caller caller, string? ns, CancellationToken ct) =>
        [.. await Task.WhenAll((await permissions.VisibleAsync(caller, ns, sources.Mirrors.Items, ct)).Select(m => ViewAsync(caller, m, ct)))];

    public async Task<MirrorView> MirrorAsync(Caller caller, string ns, string name, CancellationToken ct) =>
        await ViewAsync(caller, await FindAsync(caller, sources.Mirrors, ns, name, ct), ct);

    /// <summary>How far behind a mirror was over the last time; as much of it as is known, at most <see cref="LagSeries.LongestKept"/>.</summary>
    public async Task<LagView> LagAsync(Caller caller, string ns, string name, TimeSpan window, CancellationToken ct)
    {
        var length = TimeSpan.FromTicks(Math.Clamp(window.Ticks, TimeSpan.FromMinutes(1).Ticks, LagSeries.LongestKept.Ticks));
        return Lag(await MirrorAsync(caller, ns, name, ct), length);
    }

    /// <summary>The same of a mirror that the caller has been shown.</summary>
    public LagView Lag(MirrorView mirror, TimeSpan? window)
    {
        var (points, now) = (lags.Of(new ObjectKey(mirror.Namespace, mirror.Name)), time.GetUtcNow());
        return LagView.Of(points, mirror.WantedRpoSeconds, now, window ?? LagWindows.For(points, now));
    }

    /// <summary>The mirror that replicates an application, on either side; null where none does.</summary>
    public async Task<MirrorView?> MirrorOfAsync(Caller caller, string ns, string application, CancellationToken ct) =>
        (await permissions.VisibleAsync(caller, ns, sources.Mirrors.Items, ct)).FirstOrDefault(m => m.Spec.Application == application) is { } mirror
            ? await ViewAsync(caller, mirror, ct)
            : null;

    public async Task<IReadOnlyList<SnapshotView>> SnapshotsAsync(Caller caller, string? ns, string? application, CancellationToken ct) =>
        [.. (await permissions.VisibleAsync(caller, ns, sources.Snapshots.Items, ct))
            .Where(s => application is null || s.Spec.Application == application).Select(SnapshotView.Of)];

    public async Task<IReadOnlyList<HookView>> HooksAsync(Caller caller, string? ns, CancellationToken ct) =>
        [.. (await permissions.VisibleAsync(caller, ns, sources.Hooks.Items, ct)).Select(HookView.Of)];

    public async Task<IReadOnlyList<NeighbourView>> PeersAsync(Caller caller, CancellationToken ct) =>
        [.. (await permissions.VisibleAsync(caller, null, sources.Peers.Items, ct)).Select(NeighbourView.Of)];

    public async Task<NeighbourView> PeerAsync(Caller caller, string name, CancellationToken ct) =>
        NeighbourView.Of(await FindAsync(caller, sources.Peers, null, name, ct));

    public async Task<IReadOnlyList<PoolView>> PoolsAsync(Caller caller, CancellationToken ct) =>
        [.. (await permissions.VisibleAsync(caller, null, sources.Pools.Items, ct)).Select(PoolView.Of)];

    public async Task<PoolView> PoolAsync(Caller caller, string name, CancellationToken ct) =>
        PoolView.Of(await FindAsync(caller, sources.Pools, null, name, ct));

    public async Task<IReadOnlyList<StorageClassView>> StorageClassesAsync(Caller caller, CancellationToken ct) =>
        [.. (await permissions.VisibleAsync(caller, null, sources.StorageClasses.Items, ct)).Select(c => StorageClassView.Of(c, sources.Pools.Items))];

    /// <summary>What is and was done, newest first: in namespaces whose mirrors the caller may list and, if he may list neighbours, with the cluster itself.</summary>
    public async Task<IReadOnlyList<ActivityView>> ActivityAsync(Caller caller, ActivityFilter filter, CancellationToken ct)
    {
        var mirrors = await permissions.VisibleAsync(caller, filter.Namespace, sources.Mirrors.Items, ct);
        return [.. ActivityView.Of(mirrors, await journal.EntriesAsync(caller, filter.Namespace, ct)).Where(filter.Matches)];
    }

    /// <summary>What the caller may do in a namespace.</summary>
    public Task<NamespaceRights> RightsAsync(Caller caller, string ns, CancellationToken ct) => rights.InAsync(caller, ns, ct);

    /// <summary>What the caller may do with the cluster itself.</summary>
    public Task<ClusterRights> ClusterRightsAsync(Caller caller, CancellationToken ct) => rights.InClusterAsync(caller, ct);

    private async Task<MirrorView> ViewAsync(Caller caller, AppMirror mirror, CancellationToken ct)
    {
        var view = MirrorView.Of(mirror, options.ClusterName, transferRates.Of, time.GetUtcNow());
        return view with { Moves = await rights.OfMovesAsync(caller, mirror.Namespace, mirror.Name, view.Moves, ct) };
    }

    private async Task<T> FindAsync<T>(Caller caller, Informer<T> informer, string? ns, string name, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        // First the right, then the object: whoever may not look does not learn whether it exists.
        await permissions.DemandAsync(caller, Permission.To<T>("get", ns, name), ct);
        var kind = ResourceKind.Of<T>();
        return informer.Find(ns, name)
            ?? throw new ResourceNotFoundException($"There is no {kind.Kind} {name}{(ns is null ? "" : " in namespace " + ns)}.", "NotFound");
    }
}
