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
        if (store.ReadGroup(name) is { } existing)
            return RequireSame(existing, ids);
        foreach (var id in ids)
            RequireFree(id, name);
        foreach (var id in ids)
            store.RemoveSnapshotFiles(id, name);

        var taken = ids.Count == 0
            ? new ImagesTaken(store.Now, TimeSpan.Zero)
            : await imaging.TakeAsync(ids, name, options.FreezeTimeout, ct);
        return await Task.Run(
            () =>
            {
                var members = new List<GroupMemberDocument>();
                foreach (var id in ids)
                {
                    var document = imaging.Describe(id, name, taken, group: name.Value);
                    store.WriteSnapshot(id, document);
                    members.Add(new GroupMemberDocument(id.Value, document.Size));
                }
                return Complete(name, taken.TakenAt, taken.FrozenFor, members);
            },
            ct);
    }

    public Task<GroupSnapshot?> FindAsync(SnapshotName name, CancellationToken ct) =>
        Task.Run(() => store.ReadGroup(name) is { } document ? Describe(document) : null, ct);

    public Task<IReadOnlyList<GroupSnapshot>> ListAsync(string prefix, CancellationToken ct) => Task.Run<IReadOnlyList<GroupSnapshot>>(
        () =>
        [
            .. store.GroupFolders()
                .Where(name => name.Value.StartsWith(prefix, StringComparison.Ordinal))
                .Select(store.ReadGroup)
                .OfType<GroupDocument>()
                .OrderBy(g => g.TakenAt)
                .ThenBy(g => g.Name, StringComparer.Ordinal)
                .Select(Describe),
        ],
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
                throw PoolFiles.Damaged(path, $"it has {file.Length} bytes");
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

    private GroupSnapshot CommitStaged(SnapshotName name, IReadOnlyList<VolumeId> ids)
    {
        if (store.ReadGroup(name) is { } existing)
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
        var states = ids.Select(store.Find).OfType<VolumeState>().ToList();
        foreach (var state in states.Where(s => s.Find(name) is not null))
            SnapshotRules.RefuseBusy(store, state, name);
        var awaited = states.Any(s => s.Staging?.To == name.Value);
        if (store.ReadGroup(name) is not null || !awaited)
            store.RemoveGroupFolder(name);
        foreach (var state in states.Where(s => s.Staging?.To != name.Value))
            store.RemoveSnapshotFiles(state.Id, name);
    }

    /// <summary>The volumes with a snapshot, complete or not, that belongs to the group.</summary>
    private List<VolumeId> Holders(SnapshotName name) =>
    [
        .. store.VolumeFolders().Where(id => store.ReadSnapshot(id, name) is { Group: not null }
            || store.Find(id)?.Staging?.To == name.Value),
    ];

    private void RequireFree(VolumeId id, SnapshotName name)
    {
        var volume = store.Require(id);
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
        return store.ReadSnapshot(id, name)
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
        var digest = store.ReadSnapshot(id, name) is { } snapshot ? store.ReadDigest(id, snapshot) : null;
        return new GroupMember(id, new ByteCount(size), digest?.Value);
    }

    private static IReadOnlyList<VolumeId> Ordered(IReadOnlyList<VolumeId> volumes) =>
        [.. volumes.Distinct().OrderBy(v => v.Value, StringComparer.Ordinal)];
}
