using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Transfer;

/// <summary>Receives snapshots into staging images. A staging image bears its snapshot's final name from the start; it is no snapshot because its group
/// does not exist yet, and it is told from a leftover by the volume's staging document.</summary>
internal sealed class MirrorTarget(PoolStore store, DigestLedger digests) : IMirrorTarget
{
    public async Task<ResumePoint> PrepareAsync(VolumeId id, SnapshotName? from, SnapshotName to, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        RefuseReceiving(id);
        return await Task.Run(() => Prepare(id, from, to), ct);
    }

    public async Task<StagedImage> ReceiveAsync(
        VolumeId id, SnapshotName? from, SnapshotName to, Stream input, ByteCount? announced, IProgress<TransferProgress>? progress, CancellationToken ct)
    {
        StagingDocument staging;
        IDisposable receiving;
        using (await store.Locks.LockVolumeAsync(id, ct))
        {
            RefuseReceiving(id);
            var point = await Task.Run(() => Prepare(id, from, to), ct);
            if (point.Complete)
                return Staged(id, to, ct);
            staging = store.Require(id).Staging!;
            receiving = store.Locks.TryBeginReceiving(id)!;
        }
        using (receiving)
            return await new StreamReceiver(store, digests, id, staging, announced, progress).RunAsync(input, ct);
    }

    public async Task DiscardAsync(VolumeId id, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        RefuseReceiving(id);
        if (store.Find(id)?.Staging is not { } staging)
            return;
        await Task.Run(() => store.Removal.RemoveStaging(id, staging), ct);

        // Whoever asks again finds nothing staged, so this is not left to him.
        var group = new SnapshotName(staging.To);
        using var heldGroup = await store.Locks.LockGroupAsync(group, CancellationToken.None);
        await Task.Run(() => store.Removal.RemoveUnawaitedGroup(group), CancellationToken.None);
    }

    private ResumePoint Prepare(VolumeId id, SnapshotName? from, SnapshotName to)
    {
        var volume = store.Require(id);
        volume.RefuseDamaged(to);
        if (volume.Find(to) is { } existing)
            return new ResumePoint(new ByteOffset(existing.Size), Complete: true, ByteCount.Zero);
        var origin = from is { } name ? PoolStore.RequireSnapshot(volume, name) : null;
        if (volume.Staging is { } staging)
        {
            var whole = !staging.Verified || PoolStore.Try(() => store.ReadSnapshot(id, to)).Value is not null;
            if (staging.From == from?.Value && staging.FromInstance == origin?.Instance && staging.To == to.Value && whole)
                return new ResumePoint(new ByteOffset(staging.DurableOffset), staging.Verified, new ByteCount(staging.WireBytes));
            store.Removal.RemoveStaging(id, staging);
        }
        else if (File.Exists(store.Paths.StagingDocument(id)))
        {
            store.Removal.RemoveForgotten(id);
        }
        store.Removal.RemoveSnapshotFiles(id, to);
        var image = store.Paths.SnapshotImage(id, to);
        if (from is { } source)
            store.Substrate.Clone(store.Paths.SnapshotImage(id, source), image);
        else
            store.Substrate.Create(image, volume.Document.Size);
        var fresh = new StagingDocument(
            DocumentJson.Version, from?.Value, origin?.Instance, to.Value, null, null, 0, 0, BlockDigest.Format(0), Verified: false);
        store.Files.Write(store.Paths.StagingDocument(id), fresh, DocumentJson.Default.StagingDocument);
        return new ResumePoint(ByteOffset.Zero, Complete: false, ByteCount.Zero);
    }

    private StagedImage Staged(VolumeId id, SnapshotName to, CancellationToken ct)
    {
        var document = store.ReadSnapshot(id, to)
            ?? throw new SnapshotNotFoundException($"The received snapshot '{to}' of the volume '{id}' is gone; discard the staging and receive it again.");
        return new StagedImage(id, to, new ByteCount(document.Size), digests.Get(id, document, ct));
    }

    private void RefuseReceiving(VolumeId id)
    {
        if (store.Locks.IsReceiving(id))
            throw new VolumeBusyException($"A transfer into the volume '{id}' is running; end it, or wait for it, first.");
    }
}
