using k8s.Models;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Journal;

/// <summary>The journal as a caller may see it, from the copy in memory.</summary>
internal sealed class JournalReader(WebSources sources, WebOptions options, Permissions permissions)
{
    private readonly Lock _lock = new();
    private V1ConfigMap? _read;
    private IReadOnlyList<ActivityEntry> _entries = [];

    /// <summary>
    /// The entries of one namespace whose mirrors the caller may list or, for null, of all such namespaces and, if he may list neighbours, of the
    /// cluster itself.
    /// </summary>
    public async Task<IReadOnlyList<ActivityEntry>> EntriesAsync(Caller caller, string? ns, CancellationToken ct)
    {
        var visible = new List<ActivityEntry>();
        foreach (var group in Entries().Where(e => ns is null || e.Namespace == ns).GroupBy(e => e.Namespace))
        {
            var needed = group.Key is null ? Permission.To<ClusterPeer>("list") : Permission.To<AppMirror>("list", group.Key);
            if (await permissions.AllowsAsync(caller, needed, ct))
                visible.AddRange(group);
        }
        return visible;
    }

    // Read once for each version, not for each look.
    private IReadOnlyList<ActivityEntry> Entries()
    {
        var current = sources.Journal.Find(options.Namespace, ActivityJournal.Name);
        lock (_lock)
        {
            if (!ReferenceEquals(current, _read))
                (_read, _entries) = (current, [.. (current?.Data?.Values ?? []).Select(JournalText.Read).OfType<ActivityEntry>()]);
            return _entries;
        }
    }
}
