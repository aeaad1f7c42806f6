using System.Collections.Concurrent;
using Tonari.Engine;

namespace Tonari.Node.Pools;

/// <summary>Looks many times a second whether a pool is nearly full, and has its volumes written so that no write is cut off then.</summary>
internal sealed partial class RoomWatch(PoolCatalog catalog, TimeProvider time, ILogger<RoomWatch> logger) : BackgroundService
{
    /// <summary>The reserve of a pool must not fill up in between; asking costs a few system calls.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromMilliseconds(100);

    /// <summary>What is not as usual with a pool; said once, not ten times a second.</summary>
    private readonly ConcurrentDictionary<string, string> _unusual = new(StringComparer.Ordinal);

    private readonly Dictionary<string, Task> _looks = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        do
        {
            foreach (var pool in catalog.Pools)
            {
                // A pool that does not answer must not keep the others from being looked at.
                if (_looks.TryGetValue(pool.Name, out var look) && !look.IsCompleted)
                    continue;
                await (look ?? Task.CompletedTask);
                _looks[pool.Name] = LookAsync(pool, stoppingToken);
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task LookAsync(NodePool pool, CancellationToken ct)
    {
        try
        {
            if (await pool.Engine.KeepWritesWholeAsync(ct))
            {
                if (IsNew(pool, "nearly full"))
                    LogNearlyFull(pool.Name);
            }
            else if (_unusual.TryRemove(pool.Name, out _))
            {
                LogRoom(pool.Name);
            }
        }
        catch (Exception error) when (error is EngineException or AggregateException or IOException or UnauthorizedAccessException)
        {
            if (IsNew(pool, error.Message))
                LogTrouble(pool.Name, error.Message);
        }
    }

    private bool IsNew(NodePool pool, string what)
    {
        var before = _unusual.GetValueOrDefault(pool.Name);
        _unusual[pool.Name] = what;
        return what != before;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool} is nearly full: its volumes are written block by block, which is slower, so that no write is cut off; make room")]
    private partial void LogNearlyFull(string pool);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pool {Pool} has room; its volumes are written as usual")]
    private partial void LogRoom(string pool);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool}: if it runs full, a write can be cut off unseen, because the size of writes cannot be seen to: {Reason}")]
    private partial void LogTrouble(string pool, string reason);
}
