using Tonari.Node.Hosting;

namespace Tonari.Node.Pools;

/// <summary>Looks for damaged files in the open pools now and then, says each in the log once, and counts them. One caller at a time.</summary>
internal sealed partial class DamageWatch(NodeCounters counters, TimeProvider time, ILogger<DamageWatch> logger)
{
    /// <summary>All small files are read for it; what is used meanwhile is refused at once if it is damaged.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Dictionary<string, (long At, IReadOnlyList<string> Damage)> _seen = new(StringComparer.Ordinal);

    /// <summary>A sentence for each damaged file of the pool, as of the last look.</summary>
    public async Task<IReadOnlyList<string>> LookAsync(NodePool pool, CancellationToken ct)
    {
        var known = _seen.TryGetValue(pool.Name, out var before);
        if (known && time.GetElapsedTime(before.At) < Interval)
            return before.Damage;
        var damage = await pool.Engine.FindDamageAsync(ct);
        foreach (var sentence in damage.Except(before.Damage ?? [], StringComparer.Ordinal))
            LogDamage(pool.Name, sentence);
        _seen[pool.Name] = (time.GetTimestamp(), damage);
        Count();
        return damage;
    }

    /// <summary>The pool is closed.</summary>
    public void Forget(string pool)
    {
        _seen.Remove(pool);
        Count();
    }

    private void Count() => counters.FilesDamaged(_seen.Values.Sum(seen => seen.Damage.Count));

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool}: {Damage}")]
    private partial void LogDamage(string pool, string damage);
}
