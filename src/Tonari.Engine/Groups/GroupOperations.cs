using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Groups;

/// <summary>Group snapshots. A group exists from the moment its document does: one rename shows, and one deletion hides, the snapshots of all
/// members.</summary>
internal sealed class GroupOperations(PoolStore store, FrozenImaging imaging) : IGroupSnapshots
{
    public async Task<GroupSnapshot> TakeAsync(
        SnapshotName name, IReadOnlyList<VolumeId> volumes, GroupSnapshotOptions options, CancellationToken ct)
    {
        var ids = Ordered(volumes);
        using var held = await store.Locks.LockAsync(ids, name, ct);
        if (FindComplete(name) is { } existing)
            return RequireSame(existing, ids);
        foreach (var id in ids)
            RequireFree(id, name);
        foreach (var id in ids)
            store.Removal.RemoveSnapshotFiles(id, name);

        store.Removal.MarkUnfinished(name);
        var taken = await TakeImagesAsync(ids, name, options, ct);
        return await Task.Run(
            () =>
            {
                var members = new List<GroupMemberDocument>();
                foreach (var id in ids)
                {
                    var document = FrozenImaging.Describe(store.Paths.SnapshotImage(id, name), name, taken, group: name.Value);
                    store.WriteSnapshot(id, document);
                    members.Add(new GroupMemberDocument(id.Value, document.Size));
                }
                var complete = Complete(name, taken.TakenAt, taken.FrozenFor, members);
                store.Files.DeleteFile(store.Paths.GroupMark(name));
                return complete;
            },
            ct);
    }

    public Task<GroupSnapshot?> FindAsync(SnapshotName name, CancellationToken ct) =>
        Task.Run(() => FindComplete(name) is { } document ? Describe(document) : null, ct);

    public async Task<IReadOnlyList<GroupSnapshot>> ListAsync(string prefix, CancellationToken ct) => (await SurveyAsync(prefix, ct)).Groups;

    public Task<GroupSurvey> SurveyAsync(string prefix, CancellationToken ct) => Task.Run(
        () =>
        {
            var all = store.GroupFolders()
                .Where(name => name.Value.StartsWith(prefix, StringComparison.Ordinal))
                .Select(name => (Name: name, Found: PoolStore.Try(() => FindComplete(name))))
                .ToList();
            var complete = all.Select(g => g.Found.Value).OfType<GroupDocument>().OrderBy(g => g.TakenAt).ThenBy(g => g.Name, StringComparer.Ordinal);
            return new GroupSurvey(
                [.. complete.Select(Describe)], [.. all.Where(g => g.Found.Damage is not null).Select(g => new Damage(g.Name.Value, g.Found.Damage!.Message))]);
        },
        ct);

    public async Task PutResourcesAsync(SnapshotName name, ReadOnlyMemory<byte> resources, CancellationToken ct)
    {
        if (resources.Length > EngineLimits.MaxResources)
            throw new VolumeConflictException($"The resources of '{name}' have {resources.Length} bytes; {EngineLimits.MaxResources} are the limit.");
        using var held = await store.Locks.LockGroupAsync(name, ct);
        await Task.Run(
            () =>
            {
                store.Files.CreateDirectory(store.Paths.Group(name));
                store.Files.Write(store.Paths.GroupResources(name), resources);
            },
            ct);
    }

    public async Task<byte[]?> GetResourcesAsync(SnapshotName name, CancellationToken ct)
    {
        try
        {
            var path = store.Paths.GroupResources(name);
            if (new FileInfo(path) is { Exists: true, Length: > EngineLimits.MaxResources } file)
                throw PoolFiles.Damaged(path, $"it has {file.Length} bytes", $"The resources kept with the group snapshot '{name}' cannot be used.");
            return await File.ReadAllBytesAsync(path, ct);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    public async Task<GroupSnapshot> CommitStagedAsync(SnapshotName name, IReadOnlyList<VolumeId> volumes, CancellationToken ct)
    {
        var ids = Ordered(volumes);
        using var held = await store.Locks.LockAsync(ids, name, ct);
        return await Task.Run(() => CommitStaged(name, ids), ct);
    }

    public async Task DeleteAsync(SnapshotName name, CancellationToken ct)
    {
        while (true)
        {
            var ids = Holders(name);
            using var held = await store.Locks.LockAsync(ids, name, ct);
            // Somebody may have taken the group meanwhile, with volumes that are not locked.
            if (!Holders(name).All(ids.Contains))
                continue;
            await Task.Run(() => Delete(name, ids), ct);
            return;
        }
    }

    /// <summary>Nothing, or the damage of a group whose document is gone while one of its volumes still has the snapshot.</summary>
    private GroupDocument? FindLost(SnapshotName name)
    {
        if (File.Exists(store.Paths.GroupMark(name)))
            return null;
        foreach (var volume in store.VolumeFolders().Where(id => Directory.Exists(store.Paths.SnapshotImage(id, name))).Select(store.Find).OfType<VolumeState>())
            volume.RefuseDamaged(name);
        return null;
    }

    private GroupSnapshot CommitStaged(SnapshotName name, IReadOnlyList<VolumeId> ids)
    {
        if (FindComplete(name) is { } existing)
        {
            var group = RequireSame(existing, ids);
            foreach (var id in ids)
                ForgetStaging(id, name);
            return group;
        }
        var documents = ids.Select(id => (Id: id, Document: RequireVerified(id, name))).ToList();
        foreach (var id in ids)
            store.Substrate.Seal(store.Paths.SnapshotImage(id, name));
        var takenAt = documents.Count == 0 ? store.Now : documents.Max(d => d.Document.TakenAt);
        var members = documents.Select(d => new GroupMemberDocument(d.Id.Value, d.Document.Size)).ToList();
        var committed = Complete(name, takenAt, TimeSpan.Zero, members);
        foreach (var id in ids)
            ForgetStaging(id, name);
        return committed;
    }

    private void Delete(SnapshotName name, IReadOnlyList<VolumeId> ids)
    {
        var states = ids.Select(id => PoolStore.Try(() => store.Find(id)).Value).OfType<VolumeState>().ToList();
        foreach (var state in states)
            SnapshotRules.RefuseBusy(store, state, name);
        var awaited = states.Any(s => s.Staging?.To == name.Value);
        var keepsResources = awaited && !File.Exists(store.Paths.GroupDocument(name));
        store.Removal.EndGroup(name);
        foreach (var state in states.Where(s => s.Staging?.To != name.Value))
            store.Removal.RemoveSnapshotFiles(state.Id, name);
        if (!keepsResources)
            store.Removal.RemoveGroupFolder(name);
    }

    /// <summary>All images, or none and nothing that marks the group.</summary>
    private async Task<ImagesTaken> TakeImagesAsync(IReadOnlyList<VolumeId> ids, SnapshotName name, GroupSnapshotOptions options, CancellationToken ct)
    {
        try
        {
            return ids.Count == 0 ? new ImagesTaken(store.Now, TimeSpan.Zero) : await imaging.TakeAsync(ids, name, options.FreezeTimeout, ct);
        }
        catch
        {
            if (!ids.Any(id => Directory.Exists(store.Paths.SnapshotImage(id, name))))
                store.Removal.RemoveEndedGroup(name);
            throw;
        }
    }

    /// <summary>The volumes with a snapshot, complete or not, that belongs to the group; where its document is damaged, the group's says so.</summary>
    private List<VolumeId> Holders(SnapshotName name)
    {
        var members = PoolStore.Try(() => store.ReadGroup(name)).Value?.Members.Select(m => m.Volume).ToHashSet(StringComparer.Ordinal) ?? [];
        return
        [
            .. store.VolumeFolders().Where(id => members.Contains(id.Value)
                || PoolStore.Try(() => store.ReadSnapshot(id, name)).Value is { Group: not null }
                || PoolStore.Try(() => store.Find(id)).Value?.Staging?.To == name.Value),
        ];
    }

    /// <summary>The document of a group that can be used.</summary>
    /// <exception cref="FileDamagedException">It, one of its volumes or one of their snapshots cannot.</exception>
    private GroupDocument? FindComplete(SnapshotName name)
    {
        if (store.ReadGroup(name) is not { } group)
            return FindLost(name);
        foreach (var id in group.Members.Select(m => new VolumeId(m.Volume)))
        {
            store.ReadVolume(id);
            store.FindSnapshot(id, name, group);
        }
        return group;
    }

    private void RequireFree(VolumeId id, SnapshotName name)
    {
        var volume = store.Require(id);
        volume.RefuseDamaged(name);
        if (!volume.HasLive)
            throw new VolumeConflictException($"The volume '{id}' has no live image, so it cannot be part of the group '{name}'.");
        if (volume.Find(name) is not null || volume.Staging?.To == name.Value)
            throw new VolumeConflictException($"The volume '{id}' has a snapshot or a transfer named '{name}' already.");
    }

    private SnapshotDocument RequireVerified(VolumeId id, SnapshotName name)
    {
        var volume = store.Require(id);
        if (volume.Staging is not { } staging || staging.To != name.Value)
            throw new VolumeConflictException($"Nothing has been received for '{name}' into the volume '{id}'; the group cannot be committed.");
        if (!staging.Verified || store.Locks.IsReceiving(id))
            throw new VolumeConflictException($"What the volume '{id}' receives for '{name}' is not complete and verified; the group cannot be committed.");
        return PoolStore.Try(() => store.ReadSnapshot(id, name)).Value
            ?? throw new VolumeConflictException($"The received snapshot '{name}' of the volume '{id}' is gone; receive it again.");
    }

    private void ForgetStaging(VolumeId id, SnapshotName name)
    {
        var path = store.Paths.StagingDocument(id);
        if (store.ReadStaging(id)?.To == name.Value)
            store.Files.DeleteFile(path);
    }

    private GroupSnapshot Complete(SnapshotName name, DateTimeOffset takenAt, TimeSpan frozenFor, IReadOnlyList<GroupMemberDocument> members)
    {
        var document = new GroupDocument(DocumentJson.Version, name.Value, takenAt, (long)frozenFor.TotalMicroseconds, members);
        store.WriteGroup(name, document);
        return Describe(document);
    }

    private GroupSnapshot RequireSame(GroupDocument existing, IReadOnlyList<VolumeId> ids)
    {
        if (existing.Members.Select(m => m.Volume).SequenceEqual(ids.Select(i => i.Value), StringComparer.Ordinal))
            return Describe(existing);
        throw new VolumeConflictException(
            $"The group '{existing.Name}' exists with other volumes ({string.Join(", ", existing.Members.Select(m => m.Volume))}); choose another name.");
    }

    private GroupSnapshot Describe(GroupDocument document) => new(
        new SnapshotName(document.Name),
        document.TakenAt,
        TimeSpan.FromMicroseconds(document.FrozenForMicroseconds),
        [.. document.Members.Select(m => Describe(new VolumeId(m.Volume), m.Size, new SnapshotName(document.Name)))]);

    private GroupMember Describe(VolumeId id, long size, SnapshotName name)
    {
        var digest = PoolStore.Try(() => store.ReadSnapshot(id, name)).Value is { } snapshot ? store.ReadDigest(id, snapshot) : null;
        return new GroupMember(id, new ByteCount(size), digest?.Value);
    }

    private static IReadOnlyList<VolumeId> Ordered(IReadOnlyList<VolumeId> volumes) =>
        [.. volumes.Distinct().OrderBy(v => v.Value, StringComparer.Ordinal)];
}
