using System.Globalization;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>One <c>AppMirror</c> at the API server. Observed by an informer, read by its worker, written with optimistic concurrency.</summary>
internal sealed class MirrorRecord(
    AppMirror first, string localCluster, IKubernetesApi api, Func<string, PeerView?> peers, IMirrorNewsDesk news) : IMirrorRecord
{
    private readonly Lock _lock = new();
    private readonly (string Namespace, string Name, string? Uid) _identity = (first.Namespace, first.Name, first.Metadata.Uid);
    private AppMirror? _latest = first;
    private DateTimeOffset _wordedAt = DateTimeOffset.MinValue;

    /// <summary>
    /// The informer has seen this; whether it is news. What is older than what is known already (an own write overtakes the watch) is passed over.
    /// </summary>
    public bool Observe(AppMirror? seen)
    {
        lock (_lock)
        {
            if (_latest is null)
                return false;
            if (seen is null || seen.Metadata.Uid != _identity.Uid)
                _latest = null;
            else if (Version(seen) > Version(_latest))
                _latest = seen;
            else
                return false;
            return true;
        }
    }

    public MirrorReading? Read()
    {
        AppMirror? latest;
        lock (_lock) latest = _latest;
        if (latest is null) return null;

        var mapping = MirrorPolicyMapper.Map(latest, localCluster);
        var peer = latest.Spec.MirrorId is { } id ? peers(id) : null;
        return new MirrorReading(mapping.Policy, latest.Status?.Mirror ?? new MirrorStatus(), peer, latest.Metadata.ResourceVersion, latest);
    }

    public async Task RefreshAsync(CancellationToken ct)
    {
        var fresh = await api.FindAsync<AppMirror>(_identity.Namespace, _identity.Name, ct);
        lock (_lock)
        {
            // Asked of the API server itself: this is the truth, also where the versions cannot be compared.
            _latest = fresh?.Metadata.Uid == _identity.Uid ? fresh : null;
        }
    }

    public async Task<WriteOutcome> WriteAsync(MirrorReading basis, MirrorWrite write, CancellationToken ct)
    {
        var mapping = MirrorPolicyMapper.Map(basis.Mirror, localCluster);
        var next = MirrorStatusWriter.Derive(basis.Mirror, mapping, basis.Peer, write);
        switch (MirrorStatusWriter.Compare(basis.Mirror.Status, next))
        {
            case StatusDifference.None:
            case StatusDifference.Wording when write.Now - _wordedAt < MirrorWorkerLimits.WordingPause:
                return WriteOutcome.Unchanged;
        }

        try
        {
            var written = await api.UpdateStatusAsync(
                new AppMirror { Metadata = basis.Mirror.Metadata, Spec = basis.Mirror.Spec, Status = next }, ct);
            lock (_lock) _latest = written;
            _wordedAt = write.Now;
        }
        catch (ResourceConflictException)
        {
            return WriteOutcome.Conflict;
        }
        catch (ResourceNotFoundException)
        {
            return WriteOutcome.Gone;
        }

        if (mapping.Policy is { } policy)
        {
            foreach (var item in MirrorNews.Between(basis.Mirror.Status, next, policy)) news.Tell(basis.Mirror, item);
        }

        return WriteOutcome.Written;
    }

    /// <summary>
    /// Versions of one kind grow with every write; clients may compare them as numbers since Kubernetes says so
    /// (KEP-5504), and etcd's revisions always have been numbers. What is no number counts as newest: optimistic writes keep it safe.
    /// </summary>
    private static ulong Version(AppMirror mirror) =>
        ulong.TryParse(mirror.Metadata.ResourceVersion, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : ulong.MaxValue;
}
