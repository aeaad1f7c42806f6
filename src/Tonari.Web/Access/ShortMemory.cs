namespace Tonari.Web.Access;

/// <summary>Answers that are used again for a short while. Bounded: when it is full, the entry that ends first makes room.</summary>
internal sealed class ShortMemory<TKey, TValue>(int capacity, TimeProvider time)
    where TKey : notnull
{
    private readonly Lock _lock = new();
    private readonly Dictionary<TKey, (TValue Value, DateTimeOffset Until)> _entries = [];

    /// <summary>What is remembered; false when nothing is, or no longer.</summary>
    public bool TryRecall(TKey key, out TValue value)
    {
        lock (_lock)
        {
            if (_entries.TryGetValue(key, out var entry) && entry.Until > time.GetUtcNow())
            {
                value = entry.Value;
                return true;
            }
            value = default!;
            return false;
        }
    }

    /// <summary>Remembers for a time.</summary>
    public void Remember(TKey key, TValue value, TimeSpan duration)
    {
        lock (_lock)
        {
            var now = time.GetUtcNow();
            if (_entries.Count >= capacity && !_entries.ContainsKey(key))
                MakeRoom(now);
            _entries[key] = (value, now + duration);
        }
    }

    private void MakeRoom(DateTimeOffset now)
    {
        foreach (var old in _entries.Where(e => e.Value.Until <= now).Select(e => e.Key).ToArray())
            _entries.Remove(old);
        if (_entries.Count >= capacity)
            _entries.Remove(_entries.MinBy(e => e.Value.Until).Key);
    }
}
