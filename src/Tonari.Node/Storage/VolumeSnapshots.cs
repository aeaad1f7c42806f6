using Tonari.Engine;
using Tonari.Node.Pools;

namespace Tonari.Node.Storage;

/// <summary>Snapshots of single volumes, for the CSI controller service and for VolumeSnapshot objects.</summary>
internal sealed class VolumeSnapshots(PoolCatalog pools, VolumeLocks locks)
{
    /// <summary>Takes a snapshot (frozen where mounted). The same name again returns the same snapshot.</summary>
    /// <exception cref="IncompatibleVolumeException">The name belongs to a snapshot of another volume.</exception>
    public async Task<PlacedSnapshot> TakeAsync(VolumeId source, string name, CancellationToken ct)
    {
        var snapshot = VolumeNames.SnapshotFor(name);
        using var taken = locks.Take(source);
        var placed = await pools.FindVolumeAsync(source, ct) ?? throw new NotOnThisNodeException($"There is no volume {source} on this node.");
        var all = await pools.ListVolumesAsync(ct);
        if (all.FirstOrDefault(other => other.Volume.Id != source && other.Volume.Snapshots.Any(s => s.Name == snapshot)) is { } owner)
            throw new IncompatibleVolumeException($"The snapshot name '{name}' is taken by a snapshot of volume {owner.Volume.Id}.");
        if (Find(placed, snapshot) is { } existing)
            return existing;
        if (!placed.Volume.HasLive)
            throw new VolumeStateException($"Volume {source} is the secondary side of a mirror; snapshot the primary side.");
        await placed.Pool.Engine.Volumes.SnapshotAsync(source, snapshot, ct);
        return await FindAsync(source, snapshot, ct) ?? throw new NotOnThisNodeException($"The snapshot '{name}' of volume {source} was deleted as soon as it was made.");
    }

    /// <summary>Deletes a snapshot made by <see cref="TakeAsync"/>; missing: succeeds.</summary>
    public async Task DeleteAsync(VolumeId volume, SnapshotName name, CancellationToken ct)
    {
        using var taken = locks.Take(volume);
        // One that cannot be used is deleted like any other by whoever asks for that.
        if (await pools.FindVolumeAsync(volume, ct) is not { } placed || (Find(placed, name) is null && placed.Volume.Damaged.All(damage => damage.Name != name.Value)))
            return;
        if (!VolumeNames.IsVolumeSnapshot(name))
            throw new VolumeStateException($"Snapshot {name} of volume {volume} belongs to a mirror or an application snapshot and is deleted with it.");
        await placed.Pool.Engine.Volumes.DeleteSnapshotAsync(volume, name, ct);
    }

    public async Task<PlacedSnapshot?> FindAsync(VolumeId volume, SnapshotName name, CancellationToken ct) =>
        await pools.FindVolumeAsync(volume, ct) is { } placed ? Find(placed, name) : null;

    /// <summary>Ordered by volume, then by name.</summary>
    public async Task<IReadOnlyList<PlacedSnapshot>> ListAsync(CancellationToken ct) =>
    [
        .. (await pools.ListVolumesAsync(ct)).SelectMany(placed => placed.Volume.Snapshots
            .OrderBy(snapshot => snapshot.Name.Value, StringComparer.Ordinal)
            .Select(snapshot => new PlacedSnapshot(placed.Pool, placed.Volume.Id, snapshot))),
    ];

    private static PlacedSnapshot? Find(PlacedVolume placed, SnapshotName name) =>
        placed.Volume.Snapshots.FirstOrDefault(snapshot => snapshot.Name == name) is { } snapshot
            ? new PlacedSnapshot(placed.Pool, placed.Volume.Id, snapshot)
            : null;
}

/// <summary>A snapshot and where it is.</summary>
internal sealed record PlacedSnapshot(NodePool Pool, VolumeId Volume, VolumeSnapshot Snapshot);
