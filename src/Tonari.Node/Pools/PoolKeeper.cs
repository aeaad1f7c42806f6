using Tonari.Engine;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Freezing;
using Tonari.Node.Hosting;
using Tonari.Node.Mounting;
using Tonari.Node.Provisioning;

namespace Tonari.Node.Pools;

/// <summary>Finds the pools of this node, opens those in use, and keeps their StoragePool objects true.</summary>
internal sealed partial class PoolKeeper(
    NodeOptions options, IKubernetesApi api, ClusterView view, PoolCatalog catalog, DamageWatch damage, GuardProcess guard, TimeProvider time,
    ILogger<PoolKeeper> logger) : BackgroundService
{
    /// <summary>Written into every pool (docs/format.md); a directory that has it may hold volumes and is opened, managed or not.</summary>
    private const string PoolMark = "tonari-pool.json";

    /// <summary>How often the mounts are looked at; a change of a StoragePool object is seen at once.</summary>
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(5);

    private readonly Dictionary<string, string> _openedOn = new(StringComparer.Ordinal);

    /// <summary>Whoever works on the pools was started after this service and has stopped before it.</summary>
    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        foreach (var pool in catalog.Pools)
            await CloseAsync(pool.Name);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var changed = new SemaphoreSlim(0, 1);
        view.Pools.Subscribe(_ => TryRelease(changed));
        await view.Pools.Synced.WaitAsync(stoppingToken);
        while (true)
        {
            foreach (var path in Candidates())
                await KeepAsync(path, stoppingToken);
            catalog.IsComplete = true;
            using var wake = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken);
            await Task.WhenAny(changed.WaitAsync(wake.Token), Task.Delay(s_interval, time, wake.Token));
            await wake.CancelAsync();
            stoppingToken.ThrowIfCancellationRequested();
        }
    }

    /// <summary>Directories with something mounted, and those that a StoragePool of this node names.</summary>
    private string[] Candidates()
    {
        var known = view.Pools.Items.Where(pool => pool.Status?.Node == options.NodeName).Select(pool => pool.Status!.Path).OfType<string>();
        return [.. MountedIn(options.PoolsDirectory).Concat(known).Where(HasPoolName).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    /// <summary>The directories directly below one that have something mounted and a name that a pool can have; each once, ordered.</summary>
    public static IReadOnlyList<string> MountedIn(string poolsDirectory)
    {
        var root = MountTable.Normalise(poolsDirectory);
        var mounted = MountTable.Read().Select(entry => entry.MountPoint).Where(path => Path.GetDirectoryName(path) == root && HasPoolName(path));
        return [.. mounted.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
    }

    private static bool HasPoolName(string path) => SnapshotName.TryParse(Path.GetFileName(path), out _);

    private async Task KeepAsync(string path, CancellationToken ct)
    {
        var name = WellKnown.StoragePoolName(options.NodeName, Path.GetFileName(path));
        try
        {
            var published = view.Pools.Find(null, name);
            var managed = published?.Spec.Managed ?? false;
            await PublishAsync(name, published, managed, await LookAsync(name, path, managed, ct), ct);
        }
        catch (Exception error) when (error is EngineException or IOException or KubernetesApiException)
        {
            // One pool in trouble must not keep the others from being served; it is looked at again soon.
            LogTrouble(name, error.Message);
        }
    }

    private async Task<PoolSighting> LookAsync(string name, string path, bool managed, CancellationToken ct)
    {
        if (MountTable.Read().At(path) is not { } mount)
        {
            await CloseAsync(name);
            return PoolSighting.Unusable(path, $"Nothing is mounted at '{path}' on this node; mount the pool's filesystem there.");
        }

        if (_openedOn.GetValueOrDefault(name) is { } device && device != mount.Device)
            await CloseAsync(name);
        var open = catalog.Find(name);
        if (open is null && !managed && !File.Exists(Path.Combine(path, PoolMark)))
            return PoolSighting.Probed(path, await VolumePool.ProbeAsync(path, ct));
        try
        {
            open = open is null ? await OpenAsync(name, path, managed, ct) : open with { Managed = managed };
        }
        catch (PoolUnusableException error)
        {
            return PoolSighting.Unusable(path, error.Message);
        }

        _openedOn[name] = mount.Device;
        catalog.Put(open);
        return PoolSighting.Open(await open.Engine.DescribeAsync(ct), await open.Engine.Volumes.CountAsync(ct)) with
        {
            Damage = await damage.LookAsync(open, ct),
        };
    }

    private async Task<NodePool> OpenAsync(string name, string path, bool managed, CancellationToken ct)
    {
        var engine = await VolumePool.OpenAsync(path, new PoolOptions { FreezeGuard = guard, Time = time }, ct);
        LogOpened(name, path);
        foreach (var sentence in engine.Recovered)
            LogRecovered(name, sentence);
        return new NodePool(name, path, engine, managed);
    }

    private async Task CloseAsync(string name)
    {
        _openedOn.Remove(name);
        if (catalog.Find(name) is not { } open)
            return;
        catalog.Remove(name);
        damage.Forget(name);
        await open.Engine.DisposeAsync();
        LogClosed(name);
    }

    private async Task PublishAsync(string name, StoragePool? published, bool managed, PoolSighting seen, CancellationToken ct)
    {
        var wanted = PoolReport.Build(
            seen, managed, options.NodeName, options.AgentAddress.ToString(), published?.Status?.Conditions ?? [], time.GetUtcNow());
        if (published is not null && !PoolReport.IsDue(published.Status, wanted))
            return;
        try
        {
            // Read anew: the copy at hand is shared, and may be a little old.
            var current = await api.FindAsync<StoragePool>(null, name, ct)
                ?? await api.CreateAsync(new StoragePool { Metadata = new() { Name = name } }, ct);
            current.Status = wanted;
            await api.UpdateStatusAsync(current, ct);
        }
        catch (Exception error) when (error is ResourceConflictException or ResourceAlreadyExistsException)
        {
            LogConflict(name);
        }
    }

    private static void TryRelease(SemaphoreSlim changed)
    {
        try
        {
            changed.Release();
        }
        catch (SemaphoreFullException)
        {
            return;
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Pool {Pool} is open at {Path}")]
    private partial void LogOpened(string pool, string path);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool}: {Sentence}")]
    private partial void LogRecovered(string pool, string sentence);

    [LoggerMessage(Level = LogLevel.Information, Message = "Pool {Pool} is closed")]
    private partial void LogClosed(string pool);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Pool {Pool} is in trouble and is looked at again soon: {Problem}")]
    private partial void LogTrouble(string pool, string problem);

    [LoggerMessage(Level = LogLevel.Debug, Message = "StoragePool {Pool} was changed by someone else; it is written again soon")]
    private partial void LogConflict(string pool);
}
