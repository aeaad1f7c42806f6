using Tonari.Engine.Layout;

namespace Tonari.Engine.Volumes;

/// <summary>Ends snapshots, groups and what is being received, in steps of which any may be the last: what is half gone is a leftover, never damage.</summary>
internal sealed class PoolRemoval(PoolStore store)
{
    /// <summary>Removes a snapshot: its image loses its name first, so that one that bears its name never lacks its document but by damage.</summary>
    public void RemoveSnapshotFiles(VolumeId id, SnapshotName name)
    {
        PutImageAway(id, name);
        store.Files.DeleteFile(store.Paths.SnapshotDocument(id, name));
        store.Files.DeleteFile(store.Paths.DigestDocument(id, name));
        store.Substrate.Delete(store.Paths.UnfinishedImage(id, name));
    }

    /// <summary>Takes a volume out of a group; the group ends with its last member. A group whose document is damaged stays as it is.</summary>
    public void LeaveGroup(SnapshotName name, VolumeId id)
    {
        if (PoolStore.Try(() => store.ReadGroup(name)).Value is not { } group)
            return;
        var rest = group.Members.Where(m => m.Volume != id.Value).ToList();
        if (rest.Count == group.Members.Count)
            return;
        if (rest.Count == 0)
            EndGroup(name);
        else
            store.WriteGroup(name, group with { Members = rest });
    }

    /// <summary>Takes a volume that goes out of all its groups.</summary>
    /// <returns>The groups: what is left of them goes after the volume.</returns>
    public async Task<IReadOnlyList<SnapshotName>> LeaveGroupsAsync(VolumeState volume, CancellationToken ct)
    {
        List<SnapshotName> groups =
        [
            .. volume.Snapshots.Select(s => s.Group).OfType<string>().Select(g => new SnapshotName(g))
                .Concat(volume.Damaged.Select(d => d.Name))
                .OrderBy(n => n.Value, StringComparer.Ordinal),
        ];
        foreach (var name in groups)
        {
            using var held = await store.Locks.LockGroupAsync(name, ct);
            LeaveGroup(name, volume.Id);
        }
        return groups;
    }

    /// <summary>Removes what is left of those of the groups that have ended.</summary>
    public async Task RemoveEndedGroupsAsync(IReadOnlyList<SnapshotName> groups, CancellationToken ct)
    {
        foreach (var name in groups)
        {
            using var held = await store.Locks.LockGroupAsync(name, ct);
            RemoveEndedGroup(name);
        }
    }

    /// <summary>From here on, and as long as the group has no document, its members' snapshots are leftovers.</summary>
    public void MarkUnfinished(SnapshotName name)
    {
        store.Files.CreateDirectory(store.Paths.Group(name));
        store.Files.Write(store.Paths.GroupMark(name), ReadOnlyMemory<byte>.Empty);
    }

    /// <summary>Hides the snapshots of a group's members: its document becomes the mark, which needs no room. Remove them, and then what is left.</summary>
    public void EndGroup(SnapshotName name)
    {
        if (File.Exists(store.Paths.GroupDocument(name)))
            store.Files.RenameFile(store.Paths.GroupDocument(name), store.Paths.GroupMark(name));
    }

    /// <summary>Removes what is left of a group that has ended; not ended: nothing.</summary>
    public void RemoveEndedGroup(SnapshotName name)
    {
        if (File.Exists(store.Paths.GroupMark(name)) && !File.Exists(store.Paths.GroupDocument(name)))
            RemoveGroupFolder(name);
    }

    /// <summary>Removes what came beforehand for a group that is not complete and that no volume is receiving any more: its resources.</summary>
    public void RemoveUnawaitedGroup(SnapshotName name)
    {
        if (!Directory.Exists(store.Paths.Group(name)) || File.Exists(store.Paths.GroupDocument(name)))
            return;
        if (!store.VolumeFolders().Any(id => Directory.Exists(store.Paths.SnapshotImage(id, name))))
            RemoveGroupFolder(name);
    }

    public void RemoveGroupFolder(SnapshotName name)
    {
        store.Files.DeleteFile(store.Paths.GroupDocument(name));
        store.Files.DeleteDirectory(store.Paths.Group(name));
    }

    /// <summary>
    /// Removes a volume's folder: out of sight in one step, then deleted at leisure. Only what was moved here is deleted, so that many volumes may go at once;
    /// what a crash leaves in the trash goes when the pool is opened.
    /// </summary>
    public void RemoveVolumeFolder(string folder)
    {
        if (Directory.Exists(folder))
            DeleteTrashed(store.MoveToTrash(folder));
    }

    /// <summary>Deletes a volume's folder that lies in the trash.</summary>
    public void DeleteTrashed(string folder)
    {
        var images = PoolPaths.ImagesIn(folder);
        foreach (var image in PoolStore.NamesIn(images))
            store.Substrate.Delete(Path.Combine(images, image));
        store.Files.DeleteDirectory(folder);
    }

    /// <summary>Drops what is being received. The image goes first: without it the rest is a leftover.</summary>
    public void RemoveStaging(VolumeId id, StagingDocument staging)
    {
        var name = new SnapshotName(staging.To);
        var committed = store.IsCommitted(id, name);
        if (!committed)
            PutImageAway(id, name);
        store.Files.DeleteFile(store.Paths.StagingDocument(id));
        if (!committed)
            RemoveSnapshotFiles(id, name);
    }

    /// <summary>Removes the images of snapshots that do not exist: those of a transfer whose note is lost.</summary>
    public void RemoveForgotten(VolumeId id)
    {
        foreach (var name in store.SnapshotNames(id).Where(name => store.IsLeftover(id, name)))
            RemoveSnapshotFiles(id, name);
    }

    private void PutImageAway(VolumeId id, SnapshotName name)
    {
        if (!Directory.Exists(store.Paths.SnapshotImage(id, name)))
            return;
        store.Substrate.Delete(store.Paths.UnfinishedImage(id, name));
        store.Files.Rename(store.Paths.SnapshotImage(id, name), store.Paths.UnfinishedImage(id, name));
    }
}
