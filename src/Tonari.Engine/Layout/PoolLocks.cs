namespace Tonari.Engine.Layout;

/// <summary>Who may change what, within this process. Keys are taken in one order everywhere (volumes by id, then groups by name), so nobody waits
/// in a circle. Transfers do not hold these locks; they hold pins.</summary>
internal sealed class PoolLocks
{
    private readonly Lock _gate = new();
    private readonly Dictionary<string, Entry> _entries = new(StringComparer.Ordinal);
    private readonly Dictionary<(VolumeId, SnapshotName), int> _pins = [];
    private readonly HashSet<VolumeId> _receiving = [];

    public Task<IDisposable> LockVolumeAsync(VolumeId id, CancellationToken ct) => LockAsync([VolumeKey(id)], ct);

    public Task<IDisposable> LockGroupAsync(SnapshotName name, CancellationToken ct) => LockAsync([GroupKey(name)], ct);

    public Task<IDisposable> LockAsync(IEnumerable<VolumeId> volumes, SnapshotName group, CancellationToken ct) =>
        LockAsync([.. volumes.Select(VolumeKey).Distinct().Order(StringComparer.Ordinal), GroupKey(group)], ct);

    public Task<IDisposable> LockVolumesAsync(IEnumerable<VolumeId> volumes, CancellationToken ct) =>
        LockAsync([.. volumes.Select(VolumeKey).Distinct().Order(StringComparer.Ordinal)], ct);

    /// <summary>Keeps a snapshot from being deleted while a transfer reads it. Take it under the volume's lock.</summary>
    public IDisposable Pin(VolumeId volume, SnapshotName name)
    {
        lock (_gate)
            _pins[(volume, name)] = _pins.GetValueOrDefault((volume, name)) + 1;
        return new Release(() => Unpin(volume, name));
    }

    public bool IsPinned(VolumeId volume, SnapshotName name)
    {
        lock (_gate)
            return _pins.ContainsKey((volume, name));
    }

    public bool IsPinned(VolumeId volume)
    {
        lock (_gate)
            return _pins.Keys.Any(k => k.Item1 == volume);
    }

    /// <summary>Marks that a transfer writes the volume's staging image. Take it under the volume's lock; null where one runs already.</summary>
    public IDisposable? TryBeginReceiving(VolumeId volume)
    {
        lock (_gate)
        {
            return _receiving.Add(volume) ? new Release(() => EndReceiving(volume)) : null;
        }
    }

    public bool IsReceiving(VolumeId volume)
    {
        lock (_gate)
            return _receiving.Contains(volume);
    }

    private static string VolumeKey(VolumeId id) => "1/" + id.Value;

    private static string GroupKey(SnapshotName name) => "2/" + name.Value;

    private async Task<IDisposable> LockAsync(IReadOnlyList<string> keys, CancellationToken ct)
    {
        var held = new Stack<string>();
        try
        {
            foreach (var key in keys)
            {
                await EnterAsync(key, ct);
                held.Push(key);
            }
        }
        catch
        {
            LeaveAll(held);
            throw;
        }
        return new Release(() => LeaveAll(held));
    }

    private async Task EnterAsync(string key, CancellationToken ct)
    {
        Entry? entry;
        lock (_gate)
        {
            if (!_entries.TryGetValue(key, out entry))
                _entries[key] = entry = new Entry();
            entry.Users++;
        }
        try
        {
            await entry.Semaphore.WaitAsync(ct);
        }
        catch
        {
            Forget(key, entry);
            throw;
        }
    }

    private void LeaveAll(Stack<string> keys)
    {
        while (keys.TryPop(out var key))
        {
            Entry entry;
            lock (_gate)
                entry = _entries[key];
            entry.Semaphore.Release();
            Forget(key, entry);
        }
    }

    private void Forget(string key, Entry entry)
    {
        lock (_gate)
        {
            if (--entry.Users > 0)
                return;
            _entries.Remove(key);
            entry.Semaphore.Dispose();
        }
    }

    private void Unpin(VolumeId volume, SnapshotName name)
    {
        lock (_gate)
        {
            if (--_pins[(volume, name)] == 0)
                _pins.Remove((volume, name));
        }
    }

    private void EndReceiving(VolumeId volume)
    {
        lock (_gate)
            _receiving.Remove(volume);
    }

    private sealed class Entry
    {
        public SemaphoreSlim Semaphore { get; } = new(1, 1);

        public int Users { get; set; }
    }

    private sealed class Release(Action release) : IDisposable
    {
        private Action? _release = release;

        public void Dispose() => Interlocked.Exchange(ref _release, null)?.Invoke();
    }
}
