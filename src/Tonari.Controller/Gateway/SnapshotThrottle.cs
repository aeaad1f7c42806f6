using Tonari.Controller.Peers;

namespace Tonari.Controller.Gateway;

/// <summary>
/// Bounds how often a neighbour may have an application snapshotted: every new group snapshot stops the application's writes for a moment and
/// occupies the pool. Counts names, so that asking again for one that was asked for costs nothing.
/// </summary>
internal sealed class SnapshotThrottle(TimeProvider time)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, HashSet<string>> _asked = new(StringComparer.Ordinal);
    private long _windowStart = time.GetTimestamp();

    /// <summary>Whether this snapshot of the mirror may be taken now.</summary>
    public bool Admit(string mirrorId, string name)
    {
        lock (_lock)
        {
            if (time.GetElapsedTime(_windowStart) >= PeerLimits.SnapshotWindow)
            {
                _asked.Clear();
                _windowStart = time.GetTimestamp();
            }
            if (!_asked.TryGetValue(mirrorId, out var names))
                _asked.Add(mirrorId, names = new HashSet<string>(StringComparer.Ordinal));
            if (names.Contains(name))
                return true;
            return names.Count < PeerLimits.MostSnapshots && names.Add(name);
        }
    }
}
