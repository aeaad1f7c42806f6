using System.Collections.Immutable;
using Tonari.Engine;

namespace Tonari.Node.Pools;

/// <summary>The open pools of this node and the volumes in them.</summary>
internal sealed class PoolCatalog
{
    private ImmutableSortedDictionary<string, NodePool> _pools = ImmutableSortedDictionary.Create<string, NodePool>(StringComparer.Ordinal);

    private volatile bool _isComplete;

    /// <summary>Whether all pools have been looked at once; before that, a volume that is not found may simply not be open yet.</summary>
    public bool IsComplete
    {
        get => _isComplete;
        set => _isComplete = value;
    }

    /// <summary>Ordered by name.</summary>
    public IReadOnlyList<NodePool> Pools => [.. _pools.Values];

    public void Put(NodePool pool) => ImmutableInterlocked.Update(ref _pools, pools => pools.SetItem(pool.Name, pool));

    public void Remove(string name) => ImmutableInterlocked.Update(ref _pools, pools => pools.Remove(name));

    public NodePool? Find(string name) => _pools.GetValueOrDefault(name);

    /// <summary>Finds a volume in whatever pool it is.</summary>
    /// <exception cref="FileDamagedException">It is there and cannot be used.</exception>
    public async Task<PlacedVolume?> FindVolumeAsync(VolumeId id, CancellationToken ct)
    {
        foreach (var pool in Pools)
        {
            if (await pool.Engine.Volumes.FindAsync(id, ct) is { } volume)
                return new PlacedVolume(pool, volume);
        }

        return null;
    }

    /// <summary>The pool a volume is attached from, whether or not the volume can be used; null where it is attached from none.</summary>
    public async Task<NodePool?> FindAttachedAsync(VolumeId id, CancellationToken ct)
    {
        foreach (var pool in Pools)
        {
            if (await pool.Engine.Attachments.FindAsync(id, ct) is not null)
                return pool;
        }

        return null;
    }

    /// <summary>All volumes of all pools that can be used, ordered by id.</summary>
    public async Task<IReadOnlyList<PlacedVolume>> ListVolumesAsync(CancellationToken ct)
    {
        var all = new List<PlacedVolume>();
        foreach (var pool in Pools)
            all.AddRange((await pool.Engine.Volumes.ListAsync(ct)).Select(volume => new PlacedVolume(pool, volume)));
        all.Sort((left, right) => string.CompareOrdinal(left.Volume.Id.Value, right.Volume.Id.Value));
        return all;
    }
}
