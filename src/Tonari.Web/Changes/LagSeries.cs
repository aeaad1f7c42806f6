using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Changes;

/// <summary>From this moment on the other side could start from that point in time.</summary>
/// <param name="At">The moment.</param>
/// <param name="ProtectedAt">The point in time; null: it could not start at all.</param>
internal sealed record LagPoint(DateTimeOffset At, DateTimeOffset? ProtectedAt);

/// <summary>
/// How far behind each mirror was, from what the copy has told: the moments at which it got newer, between which its age simply grows. Begins
/// with the snapshots that the mirror holds, so that it is not empty after a restart.
/// </summary>
internal sealed class LagSeries
{
    /// <summary>Nobody looks at more on one page; what is older is forgotten.</summary>
    public static readonly TimeSpan LongestKept = TimeSpan.FromHours(24);

    /// <summary>A day of syncs every minute, and a half more: about 50 KiB for each mirror.</summary>
    public const int MostPoints = 2160;

    private readonly Lock _lock = new();
    private readonly Dictionary<ObjectKey, LinkedList<LagPoint>> _series = [];
    private readonly TimeProvider _time;

    /// <summary>To be made before the copy runs.</summary>
    public LagSeries(Informer<AppMirror> mirrors, TimeProvider time)
    {
        _time = time;
        mirrors.Subscribe(change => Observe(ObjectKey.Of(change.Value), change.New?.Status, change.New is null));
    }

    /// <summary>What is known of a mirror, oldest first.</summary>
    public IReadOnlyList<LagPoint> Of(ObjectKey mirror)
    {
        lock (_lock)
            return _series.TryGetValue(mirror, out var points) ? [.. points] : [];
    }

    private void Observe(ObjectKey mirror, AppMirrorStatus? status, bool gone)
    {
        lock (_lock)
        {
            if (gone)
            {
                _series.Remove(mirror);
                return;
            }
            if (status is null)
                return;
            var now = _time.GetUtcNow();
            if (!_series.TryGetValue(mirror, out var points))
                _series[mirror] = points = new LinkedList<LagPoint>(Known(status, now));
            if (points.Last is null || points.Last.Value.ProtectedAt != status.ProtectedTime)
                points.AddLast(new LagPoint(now, status.ProtectedTime));
            // The last one before the longest time says how it stood when that began.
            while (points.Count > MostPoints || (points.First?.Next is { } second && now - second.Value.At > LongestKept))
                points.RemoveFirst();
        }
    }

    // Each snapshot made the copy newer when it was complete; on the primary only those count that the other side holds.
    private static IEnumerable<LagPoint> Known(AppMirrorStatus status, DateTimeOffset now) => status.Mirror.Snapshots
        .Where(s => s.CommittedAt <= now && (status.Mirror.Role == MirrorRole.Secondary || status.Peer?.Snapshots.Contains(s.Name) == true))
        .Select(s => new LagPoint(s.CommittedAt, s.TakenAt))
        .OrderBy(p => p.At);
}
