using Tonari.Engine.Layout;
using Tonari.Engine.Transfer;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Proof;

/// <summary>
/// Mends a replica's snapshot, and the volume's other snapshots that hold the same damage. Images are shared by copy-on-write, so damage to one is
/// damage to what was cloned from it; each has the digest of what it was when it was received, and only an image with that digest takes its place.
/// </summary>
internal sealed class ReplicaHealing(PoolStore store, DigestLedger digests)
{
    private readonly RegionReader _reader = new(digests.Buffers);

    public async Task<HealedVolume> HealAsync(
        VolumeId id, SnapshotName name, IReadOnlyList<ByteRange> ranges, OpenRanges open, ReadPace pace, CancellationToken ct)
    {
        using var work = await BeginAsync(id, name, ct);
        var made = new List<SnapshotDocument>();
        try
        {
            var wire = await FetchAsync(work, ranges, open, pace, made, ct);
            var unhealed = await MendOthersAsync(work, ranges, pace, made, ct);
            await TakePlaceAsync(work, made, ct);
            return new HealedVolume(new ByteCount(wire), [.. made.Select(d => new SnapshotName(d.Name))], unhealed);
        }
        finally
        {
            foreach (var leftover in work.Others.Append(work.Damaged))
                store.Substrate.Delete(Healing(id, leftover));
        }
    }

    private async Task<Work> BeginAsync(VolumeId id, SnapshotName name, CancellationToken ct)
    {
        using var held = await store.Locks.LockVolumeAsync(id, ct);
        var volume = store.Require(id);
        var damaged = PoolStore.RequireSnapshot(volume, name);
        if (volume.HasLive)
            throw new VolumeConflictException($"The volume '{id}' has a live image, so it is no replica; nothing of it is replaced.");
        var recorded = store.ReadDigest(id, damaged)
            ?? throw new VolumeConflictException($"What '{name}' of the volume '{id}' was when it was received is not known; it cannot be healed. Wait for the next sync.");
        if (volume.Staging is { } staging)
            throw new VolumeBusyException($"The volume '{id}' is receiving '{staging.To}'; discard that, or commit it, before '{name}' is healed.");
        var receiving = store.Locks.TryBeginReceiving(id)
            ?? throw new VolumeBusyException($"A transfer into the volume '{id}' is running; end it, or wait for it, first.");
        var others = volume.Snapshots.Where(s => s.Name != damaged.Name && store.ReadDigest(id, s) is not null).ToList();
        var pins = others.Append(damaged).Select(s => store.Locks.Pin(id, new SnapshotName(s.Name))).ToList();
        return new Work(id, damaged, BlockDigest.Parse(recorded), others, [receiving, .. pins]);
    }

    /// <summary>The healed image of the snapshot that was found damaged, made of a clone of it and what is fetched. Nobody sees it yet.</summary>
    private async Task<long> FetchAsync(
        Work work, IReadOnlyList<ByteRange> ranges, OpenRanges open, ReadPace pace, List<SnapshotDocument> made, CancellationToken ct)
    {
        var image = Clone(work.Id, work.Damaged);
        long wire = 0;
        using (var receiver = new RegionReceiver(store.Files, digests.Buffers, work.Id, work.Damaged, image))
        {
            foreach (var batch in ranges.Chunk(EngineLimits.RangesPerRequest))
            {
                await using var input = await open(batch, ct);
                wire += await receiver.ApplyAsync(batch, input, ct);
            }
            receiver.Finish();
        }
        var found = await _reader.ReadAsync(image, EngineLimits.RegionSize, report: null, pace, ct);
        if (found.Sum != work.Recorded)
        {
            throw new StreamRefusedException(
                $"With what was fetched, '{work.Damaged.Name}' of the volume '{work.Id}' is still not what it was when it was received. Nothing is replaced; "
                    + "either more of it is damaged than was found, or the other side's copy is not what it was either.");
        }
        made.Add(work.Damaged);
        return wire;
    }

    /// <returns>Those that are not what they were, and cannot be mended from the healed image.</returns>
    private async Task<List<SnapshotName>> MendOthersAsync(
        Work work, IReadOnlyList<ByteRange> ranges, ReadPace pace, List<SnapshotDocument> made, CancellationToken ct)
    {
        var unhealed = new List<SnapshotName>();
        foreach (var other in work.Others)
        {
            var name = new SnapshotName(other.Name);
            var recorded = BlockDigest.Parse(store.ReadDigest(work.Id, other)!.Value);
            if (await IsAsync(store.Paths.SnapshotImage(work.Id, name), recorded, pace, ct))
                continue;
            var image = Clone(work.Id, other);
            await Task.Run(
                () => BlockMending.Run(
                    store.Files, digests.Buffers, store.Paths.SnapshotImage(work.Id, new SnapshotName(work.Damaged.Name)), Healing(work.Id, work.Damaged), image, ranges, ct),
                ct);
            // Before the one it was mended from: a crash in between leaves that one damaged, and everything is found again.
            if (await IsAsync(image, recorded, pace, ct))
                made.Insert(0, other);
            else
                unhealed.Add(name);
        }
        return unhealed;
    }

    private async Task TakePlaceAsync(Work work, List<SnapshotDocument> made, CancellationToken ct)
    {
        await Task.Run(() => made.ForEach(d => store.Substrate.Seal(Healing(work.Id, d))), ct);
        using var held = await store.Locks.LockVolumeAsync(work.Id, ct);
        await Task.Run(
            () =>
            {
                foreach (var document in made)
                    store.Files.Exchange(store.Paths.SnapshotImage(work.Id, new SnapshotName(document.Name)), Healing(work.Id, document));
            },
            CancellationToken.None);
    }

    private async Task<bool> IsAsync(string image, UInt128 recorded, ReadPace pace, CancellationToken ct) =>
        (await _reader.ReadAsync(image, EngineLimits.RegionSize, report: null, pace, ct)).Sum == recorded;

    private string Clone(VolumeId id, SnapshotDocument document)
    {
        var image = Healing(id, document);
        store.Substrate.Delete(image);
        store.Substrate.Clone(store.Paths.SnapshotImage(id, new SnapshotName(document.Name)), image);
        return image;
    }

    private string Healing(VolumeId id, SnapshotDocument document) => store.Paths.UnfinishedImage(id, new SnapshotName(document.Name));

    /// <summary>A volume nobody receives into, with snapshots nobody deletes.</summary>
    private sealed record Work(
        VolumeId Id, SnapshotDocument Damaged, UInt128 Recorded, IReadOnlyList<SnapshotDocument> Others, IReadOnlyList<IDisposable> Held) : IDisposable
    {
        public void Dispose()
        {
            foreach (var held in Held)
                held.Dispose();
        }
    }
}
