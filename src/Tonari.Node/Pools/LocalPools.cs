using Tonari.Engine;
using Tonari.Kubernetes;
using Tonari.Node.Freezing;
using Tonari.Node.Hosting;

namespace Tonari.Node.Pools;

/// <summary>The pools of a driver that serves no cluster: all that are mounted, all managed, opened once.</summary>
internal sealed partial class LocalPools(NodeOptions options, PoolCatalog catalog, GuardProcess guard, TimeProvider time, ILogger<LocalPools> logger) : IAsyncDisposable
{
    /// <returns>Whether there is one, and none was refused.</returns>
    public async Task<bool> TryOpenAsync(CancellationToken ct)
    {
        foreach (var path in PoolKeeper.MountedIn(options.PoolsDirectory))
        {
            try
            {
                var engine = await VolumePool.OpenAsync(path, new PoolOptions { FreezeGuard = guard, Time = time }, ct);
                catalog.Put(new NodePool(WellKnown.StoragePoolName(options.NodeName, Path.GetFileName(path)), path, engine, Managed: true));
                LogServing(path, options.CsiSocket);
                foreach (var sentence in await engine.FindDamageAsync(ct))
                    LogDamage(sentence);
            }
            catch (PoolUnusableException error)
            {
                LogRefused(error.Message);
                return false;
            }
        }

        catalog.IsComplete = catalog.Pools.Count > 0;
        if (!catalog.IsComplete)
            LogNone(options.PoolsDirectory);
        return catalog.IsComplete;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var pool in catalog.Pools)
        {
            catalog.Remove(pool.Name);
            await pool.Engine.DisposeAsync();
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Volumes are made in {Pool}; CSI is served at {Socket}")]
    private partial void LogServing(string pool, string socket);

    [LoggerMessage(Level = LogLevel.Critical, Message = "Nothing is mounted directly below {Directory}; mount a btrfs or XFS (reflink) filesystem there, for example at {Directory}/main")]
    private partial void LogNone(string directory);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Damage}")]
    private partial void LogDamage(string damage);

    [LoggerMessage(Level = LogLevel.Critical, Message = "{Reason}")]
    private partial void LogRefused(string reason);
}
