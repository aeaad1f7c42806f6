using Tonari.Engine.Attachments;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Volumes;

/// <summary>What opening a pool does first: thaw what was left frozen, and remove or complete what a crash left half-made.</summary>
internal sealed class PoolRecovery(PoolStore store, LoopAttachments attachments)
{
    private readonly List<string> _done = [];

    /// <summary>Names of snapshots that stay although they cannot be used: their groups stay, too.</summary>
    private readonly HashSet<SnapshotName> _kept = [];

    /// <returns>A sentence for everything that was done.</returns>
    public IReadOnlyList<string> Run()
    {
        foreach (var entry in PoolStore.NamesIn(store.Paths.Volumes).Where(n => n.StartsWith(PoolPaths.UnfinishedPrefix, StringComparison.Ordinal)))
        {
            Note($"The unfinished volume '{entry[PoolPaths.UnfinishedPrefix.Length..]}' was removed.");
            store.MoveToTrash(Path.Combine(store.Paths.Volumes, entry));
        }
        foreach (var entry in PoolStore.NamesIn(store.Paths.Trash))
            store.Removal.DeleteTrashed(Path.Combine(store.Paths.Trash, entry));
        foreach (var id in store.VolumeFolders())
        {
            Thaw(id);
            CleanVolume(id);
        }
        CleanGroups();
        return _done;
    }

    private void Thaw(VolumeId id)
    {
        if (attachments.FindDevice(id) is not { } device)
            return;
        foreach (var mount in device.Mounts())
        {
            using var directory = Kernel.TryOpen(mount.MountPoint, Kernel.ReadOnly, 0, out _);
            if (directory is null || FileCalls.MountIdOf(directory, mount.MountPoint) != mount.Id)
                continue;
            if (FreezeCalls.TryThaw(directory, mount.MountPoint))
                _done.Add($"The filesystem of the volume '{id}' at '{mount.MountPoint}' had been left frozen and was thawed.");
        }
    }

    private void CleanVolume(VolumeId id)
    {
        var found = PoolStore.Try(() => store.Find(id));
        if (found.Value is not { } volume)
        {
            // What it is cannot be read, so nothing of it is a leftover.
            _kept.UnionWith(store.SnapshotNames(id));
            return;
        }
        _kept.UnionWith(volume.Damaged.Select(d => d.Name));
        FinishStaging(id, volume);
        foreach (var name in store.SnapshotNames(id))
        {
            if (volume.Find(name) is not null)
                store.Substrate.Seal(store.Paths.SnapshotImage(id, name));
            else if (volume.Staging?.To != name.Value && store.IsLeftover(id, name))
                RemoveLeftover(id, name);
        }
        foreach (var entry in PoolStore.NamesIn(store.Paths.Images(id)))
            CleanImage(id, entry);
    }

    /// <summary>The note of a transfer whose group is complete, or whose image is gone, has no further use.</summary>
    private void FinishStaging(VolumeId id, VolumeState volume)
    {
        var path = store.Paths.StagingDocument(id);
        if (volume.Staging is null)
            store.Files.DeleteFile(path);
    }

    private void CleanImage(VolumeId id, string entry)
    {
        if (entry == "live")
            return;
        if (entry.StartsWith(PoolPaths.SnapshotPrefix, StringComparison.Ordinal)
            && SnapshotName.TryParse(entry[PoolPaths.SnapshotPrefix.Length..], out _))
            return;
        Note($"An unfinished image of the volume '{id}' was removed.");
        store.Substrate.Delete(Path.Combine(store.Paths.Images(id), entry));
    }

    private void CleanGroups()
    {
        var awaited = store.VolumeFolders()
            .Select(id => PoolStore.Try(() => store.Find(id)).Value?.Staging?.To)
            .OfType<string>()
            .ToHashSet(StringComparer.Ordinal);
        foreach (var name in store.GroupFolders())
        {
            var group = PoolStore.Try(() => store.ReadGroup(name));
            if (group.Value is not null)
                store.Files.DeleteFile(store.Paths.GroupMark(name));
            if (group.Value is not null || group.Damage is not null || awaited.Contains(name.Value) || _kept.Contains(name))
                continue;
            Note($"What was left of the group '{name}' was removed.");
            store.Removal.RemoveGroupFolder(name);
        }
    }

    private void RemoveLeftover(VolumeId id, SnapshotName name)
    {
        Note($"The incomplete snapshot '{name}' of the volume '{id}' was removed.");
        store.Removal.RemoveSnapshotFiles(id, name);
    }

    private void Note(string sentence) => _done.Add(sentence);
}
