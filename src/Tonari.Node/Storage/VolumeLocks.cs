using Tonari.Engine;

namespace Tonari.Node.Storage;

/// <summary>One operation at a time on a volume, shared by CSI, the provisioner and the agent. Held in memory only: after a restart nothing is under way.</summary>
internal sealed class VolumeLocks(TimeProvider time)
{
    /// <summary>Long enough for a stage or a snapshot to end, short enough for a caller's patience.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    private readonly HashSet<string> _held = new(StringComparer.Ordinal);

    /// <summary>Takes the lock at once or refuses.</summary>
    /// <exception cref="VolumeInUseException">Another operation is under way.</exception>
    public IDisposable Take(params IReadOnlyList<VolumeId> volumes) => TryTake(volumes) ?? throw new VolumeInUseException(volumes);

    /// <summary>Takes the lock, waiting a little for an operation that is about to end.</summary>
    /// <exception cref="VolumeInUseException">It did not end soon.</exception>
    public async Task<IDisposable> TakeAsync(IReadOnlyList<VolumeId> volumes, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            if (TryTake(volumes) is { } taken)
                return taken;
            if (time.GetElapsedTime(started) > s_patience)
                throw new VolumeInUseException(volumes);
            await Task.Delay(s_poll, time, ct);
        }
    }

    /// <summary>All or none.</summary>
    private Taken? TryTake(IReadOnlyList<VolumeId> volumes)
    {
        var ids = volumes.Select(volume => volume.Value).Distinct(StringComparer.Ordinal).ToArray();
        lock (_held)
        {
            if (ids.Any(_held.Contains))
                return null;
            _held.UnionWith(ids);
        }

        return new Taken(this, ids);
    }

    private sealed class Taken(VolumeLocks locks, string[] ids) : IDisposable
    {
        private bool _released;

        public void Dispose()
        {
            lock (locks._held)
            {
                if (!_released)
                    locks._held.ExceptWith(ids);
                _released = true;
            }
        }
    }
}

/// <summary>Another operation on the volume is under way; asking again later is right.</summary>
internal sealed class VolumeInUseException(IReadOnlyList<VolumeId> volumes)
    : Exception($"Another operation on {string.Join(", ", volumes)} is under way; try again.");
