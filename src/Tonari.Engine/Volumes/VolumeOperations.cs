using Tonari.Engine.Attachments;
using Tonari.Engine.Groups;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Volumes;

/// <summary>Volumes and their single snapshots. Every method orders its steps so that a crash leaves the old state, or the new one, or a leftover
/// nobody sees.</summary>
internal sealed class VolumeOperations(PoolStore store, LoopAttachments attachments, FrozenImaging imaging) : IVolumes
{
    private readonly VolumeListing _listing = new(store);

    private PoolPaths Paths => store.Paths;

    public Task<Volume> CreateAsync(VolumeId id, ByteCount size, CancellationToken ct) =>
        ChangeAsync(id, () => Create(id, VolumeSize.Round(size)), ct);

    public Task<Volume> CreateReplicaAsync(VolumeId id, ByteCount size, CancellationToken ct) =>
        ChangeAsync(id, () => CreateReplica(id, VolumeSize.Round(size)), ct);

    public async Task<Volume> CloneAsync(VolumeId id, VolumeId from, SnapshotName? snapshot, ByteCount size, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumesAsync([id, from], ct);
        var origin = new CloneOrigin(from.Value, snapshot?.Value);
        var source = store.Find(from);
        if (store.Find(id) is { } existing)
        {
            if (existing.Document.ClonedFrom != origin || (size.Value != 0 && VolumeSize.Round(size) != existing.ToVolume().Size.Value))
                throw Conflict(existing, $"a clone of {Describe(origin)} with {size}");
            return existing.ToVolume();
        }
        var volume = source ?? throw new VolumeNotFoundException(from);
        var image = snapshot is { } name ? SnapshotImage(volume, name) : LiveImage(volume);
        var needed = PoolStore.ImageSize(image)!.Value;
        var wanted = size.Value == 0 ? needed : VolumeSize.Round(size);
        if (wanted < needed)
            throw new VolumeConflictException($"A clone of {Describe(origin)} needs at least {needed} bytes; {wanted} were asked for.");

        var folder = PrepareFolder(id);
        if (snapshot is null)
            await CloneLiveAsync(folder, from, ct);
        else
            await Task.Run(() => store.Substrate.Clone(image, PoolPaths.LiveIn(folder)), ct);
        Extend(PoolPaths.LiveIn(folder), wanted);
        return Complete(folder, new VolumeDocument(DocumentJson.Version, id.Value, wanted, store.Now, Replica: false, origin));
    }

    public Task<Volume?> FindAsync(VolumeId id, CancellationToken ct) => Task.Run(() => store.Find(id)?.ToVolume(), ct);

    public async Task<IReadOnlyList<Volume>> ListAsync(CancellationToken ct) => (await SurveyAsync(ct)).Volumes;

    public Task<VolumeSurvey> SurveyAsync(CancellationToken ct) => Task.Run(_listing.Survey, ct);

    public Task<IReadOnlyList<Volume>> ListHoldingAsync(IReadOnlyCollection<string> prefixes, CancellationToken ct) =>
        Task.Run(() => _listing.Holding(prefixes), ct);

    public Task<int> CountAsync(CancellationToken ct) => Task.Run(_listing.Count, ct);

    public Task<Volume> ResizeAsync(VolumeId id, ByteCount size, CancellationToken ct) => ChangeAsync(id, () => Resize(id, VolumeSize.Round(size)), ct);

    public async Task SnapshotAsync(VolumeId id, SnapshotName name, CancellationToken ct)
    {
        using var held = await store.Locks.LockAsync([id], name, ct);
        var volume = store.Require(id);
        if (volume.Find(name) is { Group: null })
            return;
        RefuseTaken(volume, name);
        LiveImage(volume);
        store.Removal.RemoveSnapshotFiles(id, name);
        // The image gets its name last: one that bears its name has its document.
        var image = Paths.UnfinishedImage(id, name);
        var taken = await imaging.TakeAsync([id], _ => image, EngineLimits.DefaultFreezeTimeout, ct);
        store.WriteSnapshot(id, FrozenImaging.Describe(image, name, taken, group: null));
        store.Files.Rename(image, Paths.SnapshotImage(id, name));
    }

    public async Task DeleteSnapshotAsync(VolumeId id, SnapshotName name, CancellationToken ct)
    {
        using var held = await store.Locks.LockAsync([id], name, ct);
        await Task.Run(() => DeleteSnapshot(id, name), ct);
    }

    public Task MakeLiveAsync(VolumeId id, SnapshotName from, CancellationToken ct) => ChangeAsync(id, () => MakeLive(id, from), ct);

    public Task SetLiveAsideAsync(VolumeId id, SnapshotName keepAs, CancellationToken ct) => ChangeAsync(id, () => SetLiveAside(id, keepAs), ct);

    public Task RollBackAsync(VolumeId id, SnapshotName to, SnapshotName keepAs, CancellationToken ct) => ChangeAsync(
        id,
        () =>
        {
            var volume = store.Require(id);
            PoolStore.RequireSnapshot(volume, to);
            if (volume.Find(keepAs) is null)
                SetLiveAside(id, keepAs);
            MakeLive(id, to);
        },
        ct);

    public async Task DeleteAsync(VolumeId id, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        RefuseAttached(id, "deleted");
        if (store.Find(id) is not { } volume)
            return;
        if (store.Locks.IsReceiving(id) || store.Locks.IsPinned(id))
            throw new VolumeBusyException($"A transfer of the volume '{id}' is running; end it before deleting the volume.");
        var groups = await store.Removal.LeaveGroupsAsync(volume, ct);
        await Task.Run(() => store.Removal.RemoveVolumeFolder(Paths.Volume(id)), ct);
        await store.Removal.RemoveEndedGroupsAsync(groups, ct);
    }

    private async Task ChangeAsync(VolumeId id, Action change, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        await Task.Run(change, ct);
    }

    private async Task<Volume> ChangeAsync(VolumeId id, Func<Volume> change, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        return await Task.Run(change, ct);
    }

    private Volume Create(VolumeId id, long size)
    {
        if (store.Find(id) is { } existing)
        {
            if (existing.Document.Replica || existing.Document.ClonedFrom is not null || existing.ToVolume().Size.Value != size)
                throw Conflict(existing, $"a new volume of {size} bytes");
            return existing.ToVolume();
        }
        var folder = PrepareFolder(id);
        store.Substrate.Create(PoolPaths.LiveIn(folder), size);
        return Complete(folder, new VolumeDocument(DocumentJson.Version, id.Value, size, store.Now, Replica: false, ClonedFrom: null));
    }

    private Volume CreateReplica(VolumeId id, long size)
    {
        if (store.Find(id) is { } existing)
        {
            if (existing.ToVolume().Size.Value > size)
                throw Conflict(existing, $"a replica of {size} bytes");
            if (!existing.HasLive && existing.Document.Size < size)
                WriteVolume(existing.Document with { Size = size });
            return store.Require(id).ToVolume();
        }
        return Complete(PrepareFolder(id), new VolumeDocument(DocumentJson.Version, id.Value, size, store.Now, Replica: true, ClonedFrom: null));
    }

    private async Task CloneLiveAsync(string folder, VolumeId from, CancellationToken ct)
    {
        // Frozen, the live image is snapshotted; the snapshot is then cloned and goes.
        var image = Path.Combine(PoolPaths.ImagesIn(folder), PoolPaths.UnfinishedPrefix + "clone");
        await imaging.TakeAsync([from], _ => image, EngineLimits.DefaultFreezeTimeout, ct);
        await Task.Run(
            () =>
            {
                store.Substrate.Clone(image, PoolPaths.LiveIn(folder));
                store.Substrate.Delete(image);
            },
            ct);
    }

    private Volume Resize(VolumeId id, long size)
    {
        var volume = store.Require(id);
        if (size < volume.ToVolume().Size.Value)
            throw new VolumeConflictException($"The volume '{id}' has {volume.ToVolume().Size}; volumes only grow, {size} bytes were asked for.");
        if (volume.HasLive)
        {
            Extend(Paths.Live(id), size);
            attachments.RefreshCapacity(id);
        }
        if (volume.Document.Size < size)
            WriteVolume(volume.Document with { Size = size });
        return store.Require(id).ToVolume();
    }

    private void DeleteSnapshot(VolumeId id, SnapshotName name)
    {
        if (store.Find(id) is not { } volume)
            return;
        if (volume.Staging?.To == name.Value)
            return;
        SnapshotRules.RefuseBusy(store, volume, name);
        store.Removal.LeaveGroup(name, id);
        store.Removal.RemoveSnapshotFiles(id, name);
        store.Removal.RemoveEndedGroup(name);
    }

    private void MakeLive(VolumeId id, SnapshotName from)
    {
        var volume = store.Require(id);
        if (volume.HasLive)
        {
            if (volume.LiveOrigin == from.Value)
                return;
            if (volume.LiveDamage is { } damage)
                throw new FileDamagedException(damage.Message, damage);
            throw new VolumeConflictException(
                $"The volume '{id}' has a live image made of {volume.LiveOrigin ?? "nothing"}; set it aside before '{from}' is made live.");
        }
        var image = SnapshotImage(volume, from);
        store.Substrate.Delete(Paths.UnfinishedLive(id));
        store.Substrate.Clone(image, Paths.UnfinishedLive(id));
        store.Files.Write(Paths.LiveDocument(id), new LiveDocument(DocumentJson.Version, from.Value), DocumentJson.Default.LiveDocument);
        store.Files.Rename(Paths.UnfinishedLive(id), Paths.Live(id));
    }

    private void SetLiveAside(VolumeId id, SnapshotName keepAs)
    {
        var volume = store.Require(id);
        if (!volume.HasLive)
        {
            if (volume.Find(keepAs) is not null)
                return;
            throw new VolumeConflictException($"The volume '{id}' has no live image to keep as '{keepAs}'.");
        }
        RefuseAttached(id, "set aside");
        RefuseTaken(volume, keepAs);
        store.Removal.RemoveSnapshotFiles(id, keepAs);
        // The document alone shows nothing; the rename makes the snapshot appear and the live image vanish in one step.
        var document = new SnapshotDocument(
            DocumentJson.Version, keepAs.Value, volume.LiveSize!.Value, store.Now, Group: null, PoolStore.NewInstance());
        store.WriteSnapshot(id, document);
        if (volume.Document.Size < document.Size)
            WriteVolume(volume.Document with { Size = document.Size });
        store.Files.Rename(Paths.Live(id), Paths.SnapshotImage(id, keepAs));
        store.Substrate.Seal(Paths.SnapshotImage(id, keepAs));
    }

    private void RefuseTaken(VolumeState volume, SnapshotName name)
    {
        volume.RefuseDamaged(name);
        if (volume.Find(name) is not null || volume.Staging?.To == name.Value || store.ReadGroup(name) is not null)
            throw new VolumeConflictException($"The name '{name}' is taken by another snapshot, group or transfer; choose a new one.");
    }

    private void RefuseAttached(VolumeId id, string what)
    {
        if (attachments.Find(id) is { } attachment)
            throw new VolumeBusyException($"The volume '{id}' is attached as {attachment.DevicePath}; detach it before it is {what}.");
    }

    private string SnapshotImage(VolumeState volume, SnapshotName name)
    {
        PoolStore.RequireSnapshot(volume, name);
        return Paths.SnapshotImage(volume.Id, name);
    }

    private string LiveImage(VolumeState volume) => volume.HasLive
        ? Paths.Live(volume.Id)
        : throw new VolumeConflictException($"The volume '{volume.Id}' has no live image.");

    /// <summary>A volume is made in a folder of another name and appears, complete, with one rename.</summary>
    private string PrepareFolder(VolumeId id)
    {
        var folder = Paths.UnfinishedVolume(id);
        store.Removal.RemoveVolumeFolder(folder);
        store.Files.CreateDirectory(folder);
        store.Files.CreateDirectory(PoolPaths.ImagesIn(folder));
        store.Files.CreateDirectory(PoolPaths.SnapshotsIn(folder));
        return folder;
    }

    private Volume Complete(string folder, VolumeDocument document)
    {
        var id = new VolumeId(document.Id);
        store.Files.Write(PoolPaths.VolumeDocumentIn(folder), document, DocumentJson.Default.VolumeDocument);
        store.Files.Rename(folder, Paths.Volume(id));
        return store.Require(id).ToVolume();
    }

    private void Extend(string image, long size)
    {
        if (PoolStore.ImageSize(image) >= size)
            return;
        store.Files.Step($"extend {image}");
        using var file = PoolFiles.OpenImage(image, writable: true);
        PoolFiles.Guard($"grow '{image}'", () => RandomAccess.SetLength(file, size));
        Interop.FileCalls.Sync(file, image);
    }

    private void WriteVolume(VolumeDocument document) =>
        store.Files.Write(Paths.VolumeDocument(new VolumeId(document.Id)), document, DocumentJson.Default.VolumeDocument);

    private static string Describe(CloneOrigin origin) =>
        origin.Snapshot is null ? $"the volume '{origin.Volume}'" : $"the snapshot '{origin.Snapshot}' of the volume '{origin.Volume}'";

    private static VolumeConflictException Conflict(VolumeState existing, string wanted)
    {
        var document = existing.Document;
        var what = document.ClonedFrom is { } origin ? $"a clone of {Describe(origin)}" : document.Replica ? "a replica" : "a volume";
        return new VolumeConflictException($"The id '{existing.Id}' is in use by {what} with {existing.ToVolume().Size}; it cannot be {wanted}.");
    }
}
