using System.Globalization;
using Tonari.Engine;
using Tonari.Node.Mounting;
using Tonari.Node.Pools;

namespace Tonari.Node.Storage;

/// <summary>Makes, grows and deletes volumes; one implementation for the CSI controller service and for the provisioner. Every call can be repeated.</summary>
internal sealed partial class VolumeProvisioning(PoolCatalog pools, VolumeLocks locks, TimeProvider time, ILogger<VolumeProvisioning> logger)
{
    public async Task<PlacedVolume> CreateAsync(VolumeOrder order, CancellationToken ct)
    {
        var id = VolumeNames.VolumeFor(order.Name);
        using var taken = locks.Take(id);
        return await pools.FindVolumeAsync(id, ct) is { } existing
            ? await ConfirmAsync(existing, order, ct)
            : await MakeAsync(id, order, ct);
    }

    /// <summary>Deletes a volume of its own. A volume that has a mirror's or an application's snapshots loses only its live image, and that is kept
    /// as a snapshot; a volume without live image belongs to a mirror and is left alone.</summary>
    /// <exception cref="VolumeStateException">It is in use, or has VolumeSnapshots.</exception>
    /// <exception cref="FileDamagedException">What it is cannot be read; nothing of it is deleted.</exception>
    public async Task DeleteAsync(VolumeId id, CancellationToken ct)
    {
        using var taken = locks.Take(id);
        if (await pools.FindVolumeAsync(id, ct) is not { } placed)
            return;
        var (pool, volume) = placed;
        if (!volume.HasLive)
        {
            LogReplicaKept(id);
            return;
        }

        // One that cannot be used counts like any other.
        SnapshotName[] snapshots = [.. volume.Snapshots.Select(snapshot => snapshot.Name).Concat(volume.Damaged.Select(damage => new SnapshotName(damage.Name)))];
        var foreign = snapshots.Any(name => !VolumeNames.IsVolumeSnapshot(name));
        if (!foreign && snapshots.Length > 0)
        {
            throw new VolumeStateException(
                $"Volume {id} has snapshots ({string.Join(", ", snapshots)}); delete their VolumeSnapshots first.");
        }

        await VolumeStager.DetachUnusedAsync(pool, id, ct);
        if (!foreign)
        {
            await pool.Engine.Volumes.DeleteAsync(id, ct);
            LogDeleted(id, pool.Name);
            return;
        }

        var keepAs = new SnapshotName("deleted-" + time.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        await pool.Engine.Volumes.SetLiveAsideAsync(id, keepAs, ct);
        LogSetAside(id, keepAs);
    }

    /// <summary>Grows a volume; large enough already: returns it as it is.</summary>
    /// <exception cref="NotOnThisNodeException">There is no such volume.</exception>
    public async Task<PlacedVolume> ExpandAsync(VolumeId id, long requiredBytes, long limitBytes, CancellationToken ct)
    {
        using var taken = locks.Take(id);
        var placed = await pools.FindVolumeAsync(id, ct) ?? throw new NotOnThisNodeException($"There is no volume {id} on this node.");
        var (pool, volume) = placed;
        if (!volume.HasLive)
            throw new VolumeStateException($"Volume {id} is the secondary side of a mirror; grow the volume on the primary side.");
        // Also when the size is right already: a crash may have come between growing the image and telling the loop device.
        var size = VolumeSizes.Choose(requiredBytes, limitBytes, volume.Size.Value);
        await RequireFitsAsync(pool, size, ct);
        return new PlacedVolume(pool, await pool.Engine.Volumes.ResizeAsync(id, size, ct));
    }

    /// <summary>Where a new volume would go, and what is free there.</summary>
    public async Task<(NodePool Pool, PoolDescription State)?> ChoosePoolAsync(string? wanted, CancellationToken ct)
    {
        (NodePool Pool, PoolDescription State)? best = null;
        foreach (var pool in pools.Pools.Where(pool => pool.Managed && IsWanted(pool, wanted)))
        {
            var state = await pool.Engine.DescribeAsync(ct);
            if (best is null || Free(state) > Free(best.Value.State))
                best = (pool, state);
        }

        return best;
    }

    public static long Free(PoolDescription state) => Math.Max(0, state.Capacity.Value - state.Used.Value);

    private static bool IsWanted(NodePool pool, string? wanted) =>
        string.IsNullOrEmpty(wanted) || pool.Name == wanted || Path.GetFileName(pool.Path) == wanted;

    private async Task<PlacedVolume> MakeAsync(VolumeId id, VolumeOrder order, CancellationToken ct)
    {
        var (pool, floor) = order.Origin is { } origin ? await FindOriginAsync(origin, ct) : (await RequirePoolAsync(order.Pool, ct), 0);
        RequireRoomForFileSystem(order, floor);
        var size = VolumeSizes.Choose(order.RequiredBytes, order.LimitBytes, Math.Max(floor, order.SmallestFileSystemBytes));
        if (order.Origin is not null && order.RequiredBytes > 0 && size.Value > RoundedUp(order.RequiredBytes))
            throw new SizeOutOfRangeException($"The source has {floor} bytes; the new volume of {order.RequiredBytes} bytes would be smaller.");
        await RequireFitsAsync(pool, size, ct);
        var volume = order.Origin is { } from
            ? await pool.Engine.Volumes.CloneAsync(id, from.Volume, from.Snapshot, size, ct)
            : await pool.Engine.Volumes.CreateAsync(id, size, ct);
        LogCreated(id, pool.Name, size.Value);
        return new PlacedVolume(pool, volume);
    }

    /// <summary>The name was used before: the volume is returned if it is what is asked for now.</summary>
    private static async Task<PlacedVolume> ConfirmAsync(PlacedVolume existing, VolumeOrder order, CancellationToken ct)
    {
        var (pool, volume) = existing;
        if (!IsWanted(pool, order.Pool))
            throw new IncompatibleVolumeException($"Volume {volume.Id} exists in pool {pool.Name}, not {order.Pool}.");
        if (volume.Size.Value < order.RequiredBytes || (order.LimitBytes > 0 && volume.Size.Value > order.LimitBytes))
            throw new IncompatibleVolumeException($"Volume {volume.Id} exists with {volume.Size}, which is not the size asked for.");
        try
        {
            var confirmed = order.Origin is { } from
                ? await pool.Engine.Volumes.CloneAsync(volume.Id, from.Volume, from.Snapshot, volume.Size, ct)
                : await pool.Engine.Volumes.CreateAsync(volume.Id, volume.Size, ct);
            return new PlacedVolume(pool, confirmed);
        }
        catch (VolumeConflictException error)
        {
            throw new IncompatibleVolumeException(error.Message);
        }
    }

    private async Task<(NodePool Pool, long Bytes)> FindOriginAsync(VolumeOrigin origin, CancellationToken ct)
    {
        var placed = await pools.FindVolumeAsync(origin.Volume, ct) ?? throw new NotOnThisNodeException($"There is no volume {origin.Volume} on this node to copy.");
        if (!placed.Pool.Managed)
            throw new VolumeStateException($"Pool {placed.Pool.Name} is not managed, so no new volumes are made in it; set spec.managed of its StoragePool.");
        if (origin.Snapshot is not { } name)
        {
            return placed.Volume.HasLive
                ? (placed.Pool, placed.Volume.Size.Value)
                : throw new VolumeStateException($"Volume {origin.Volume} is the secondary side of a mirror; copy one of its snapshots instead.");
        }

        var snapshot = placed.Volume.Snapshots.FirstOrDefault(candidate => candidate.Name == name)
            ?? throw new NotOnThisNodeException($"Volume {origin.Volume} has no snapshot {name}.");
        return (placed.Pool, snapshot.Size.Value);
    }

    private async Task<NodePool> RequirePoolAsync(string? wanted, CancellationToken ct) =>
        (await ChoosePoolAsync(wanted, ct))?.Pool ?? throw new VolumeStateException(string.IsNullOrEmpty(wanted)
            ? "This node has no managed storage pool; set spec.managed of one of its StoragePools."
            : $"This node has no managed storage pool '{wanted}'; set spec.managed of that StoragePool, or name another pool in the StorageClass.");

    private static void RequireRoomForFileSystem(VolumeOrder order, long floor)
    {
        var asked = Math.Max(order.RequiredBytes > 0 ? order.RequiredBytes : order.LimitBytes, floor);
        if (asked > 0 && asked < order.SmallestFileSystemBytes)
            throw new SizeOutOfRangeException($"An XFS filesystem needs at least {order.SmallestFileSystemBytes} bytes (300 MiB); ask for more, or use ext4.");
    }

    /// <summary>Pools are thin: together volumes may promise more than there is, but no single one may.</summary>
    private static async Task RequireFitsAsync(NodePool pool, ByteCount size, CancellationToken ct)
    {
        var state = await pool.Engine.DescribeAsync(ct);
        if (size > state.Capacity)
            throw new SizeOutOfRangeException($"A volume of {size} cannot fit into pool {pool.Name}, which has {state.Capacity}.");
    }

    private static long RoundedUp(long bytes) => VolumeSizes.Choose(bytes, 0).Value;

    [LoggerMessage(Level = LogLevel.Information, Message = "Volume {Volume} made in pool {Pool}, {Bytes} bytes")]
    private partial void LogCreated(VolumeId volume, string pool, long bytes);

    [LoggerMessage(Level = LogLevel.Information, Message = "Volume {Volume} deleted from pool {Pool}")]
    private partial void LogDeleted(VolumeId volume, string pool);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Volume {Volume} was to be deleted but has snapshots of a mirror or application; its live image is kept as snapshot {Snapshot} and the volume stays as a replica")]
    private partial void LogSetAside(VolumeId volume, SnapshotName snapshot);

    [LoggerMessage(Level = LogLevel.Information, Message = "Volume {Volume} has no live image and belongs to a mirror; it is not deleted")]
    private partial void LogReplicaKept(VolumeId volume);
}
