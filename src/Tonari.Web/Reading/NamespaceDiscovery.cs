using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Reading;

/// <summary>
/// Finds namespaces in which something lives that belongs to no application. Claims and workloads of a whole cluster are too many to keep copies
/// of: they are counted when somebody looks, and only the counts are kept, for a short while.
/// </summary>
internal sealed class NamespaceDiscovery(IKubernetesApi api, WebSources sources, WebOptions options, Permissions permissions, TimeProvider time) : IDisposable
{
    /// <summary>How long counts are used again: a page looks whenever anything changes, and the lists behind them are long.</summary>
    internal static readonly TimeSpan Memory = TimeSpan.FromSeconds(15);

    private static readonly ResourceKind Claims = ResourceKind.Of<V1PersistentVolumeClaim>();
    private static readonly ResourceKind[] Kinds = [Claims, ResourceKind.Of<V1StatefulSet>(), ResourceKind.Of<V1Deployment>()];

    private readonly SemaphoreSlim _one = new(1, 1);
    private (DateTimeOffset At, IReadOnlyDictionary<ResourceKind, Dictionary<string, int>> Counts)? _known;

    /// <summary>Those of which the caller may list what lives in them; only that is counted.</summary>
    public async Task<IReadOnlyList<DiscoveredNamespaceView>> ListAsync(Caller caller, CancellationToken ct)
    {
        var counts = await CountAsync(ct);
        // Judged first by what is of interest, then by rights: those are asked for one namespace at a time.
        var candidates = Discovered(counts.Values.SelectMany(c => c.Keys).Distinct().Select(ns => View(ns, counts, Kinds)));
        var seen = new List<DiscoveredNamespaceView>();
        foreach (var candidate in candidates)
        {
            var visible = new List<ResourceKind>();
            foreach (var kind in Kinds)
            {
                if (await MayListAsync(caller, kind, candidate.Name, ct))
                    visible.Add(kind);
            }
            seen.Add(View(candidate.Name, counts, visible));
        }
        return Discovered(seen);
    }

    /// <inheritdoc/>
    public void Dispose() => _one.Dispose();

    private async Task<bool> MayListAsync(Caller caller, ResourceKind kind, string ns, CancellationToken ct) =>
        await permissions.AllowsAsync(caller, new Permission("list", kind.Group, kind.Plural), ct)
        || await permissions.AllowsAsync(caller, new Permission("list", kind.Group, kind.Plural, ns), ct);

    private IReadOnlyList<DiscoveredNamespaceView> Discovered(IEnumerable<DiscoveredNamespaceView> found) =>
        DiscoveredNamespaceView.Of(found, sources.Applications.Items, sources.Mirrors.Items, options.Namespace);

    private static DiscoveredNamespaceView View(string ns, IReadOnlyDictionary<ResourceKind, Dictionary<string, int>> counts, IReadOnlyCollection<ResourceKind> kinds)
    {
        int Count(ResourceKind kind) => kinds.Contains(kind) ? counts[kind].GetValueOrDefault(ns) : 0;
        return new DiscoveredNamespaceView(ns, Count(Claims), Kinds.Where(k => k != Claims).Sum(Count));
    }

    private async Task<IReadOnlyDictionary<ResourceKind, Dictionary<string, int>>> CountAsync(CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            if (_known is { } known && time.GetUtcNow() - known.At < Memory)
                return known.Counts;
            var counts = new Dictionary<ResourceKind, Dictionary<string, int>>();
            foreach (var kind in Kinds)
                counts[kind] = (await api.ListAsync(kind, null, ListOptions.All, ct)).Items.CountBy(i => i.Namespace() ?? "").ToDictionary();
            _known = (time.GetUtcNow(), counts);
            return counts;
        }
        finally
        {
            _one.Release();
        }
    }
}
