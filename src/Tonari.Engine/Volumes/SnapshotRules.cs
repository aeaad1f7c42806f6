namespace Tonari.Engine.Volumes;

internal static class SnapshotRules
{
    /// <summary>A snapshot that a transfer reads, or that a staging image is based on, stays: the transfer could not go on without it.</summary>
    public static void RefuseBusy(PoolStore store, VolumeState volume, SnapshotName name)
    {
        if (volume.Staging?.From == name.Value)
        {
            throw new VolumeBusyException(
                $"The snapshot '{name}' of the volume '{volume.Id}' is the base of the transfer to '{volume.Staging.To}'; commit or discard that first.");
        }
        if (store.Locks.IsPinned(volume.Id, name))
            throw new VolumeBusyException($"A transfer is reading the snapshot '{name}' of the volume '{volume.Id}'; try again when it has ended.");
    }
}
