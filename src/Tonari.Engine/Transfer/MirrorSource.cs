using System.Text.Json;
using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Layout;
using Tonari.Engine.Substrates;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Transfer;

/// <summary>Sends the difference between two snapshots.</summary>
internal sealed class MirrorSource(PoolStore store, DigestLedger digests) : IMirrorSource
{
    public async Task<IReadOnlyList<ChangedRange>> GetChangesAsync(VolumeId id, SnapshotName? from, SnapshotName to, CancellationToken ct)
    {
        using var pair = await PinnedSnapshots.TakeAsync(store, id, from, to, ct);
        return await Task.Run(() => GetChanges(id, pair, null, ct), ct);
    }

    public async Task<ImageDigest> GetDigestAsync(VolumeId id, SnapshotName name, CancellationToken ct)
    {
        using var pair = await PinnedSnapshots.TakeAsync(store, id, null, name, ct);
        return await Task.Run(() => digests.Get(id, pair.To, ct), ct);
    }

    public async Task<DeltaSummary> WriteAsync(DeltaRequest request, Stream output, CancellationToken ct)
    {
        var id = request.Volume;
        using var pair = await PinnedSnapshots.TakeAsync(store, id, request.From, request.To, ct);
        var resumeAt = request.ResumeAt.Value;
        if (resumeAt > pair.To.Size || resumeAt % EngineLimits.BlockSize != 0)
            throw new StreamRefusedException($"The snapshot '{request.To}' of the volume '{id}' cannot be resumed at {resumeAt}: not a block of its.");

        RefuseOutside(request, pair.To);

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var changes = await Task.Run(() => GetChanges(id, pair, request.Only, ct), ct);
        // The digest is found while the data travels, from what is in the page cache anyway.
        var digest = Task.Run(() => digests.Follow(id, pair.From, pair.To, changes, stop.Token), stop.Token);
        try
        {
            return await SendAsync(request, pair, changes, digest, output, ct);
        }
        finally
        {
            await stop.CancelAsync();
            await ((Task)digest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private static void RefuseOutside(DeltaRequest request, SnapshotDocument to)
    {
        if (request.Only is not { } only)
            return;
        long next = 0;
        foreach (var range in only)
        {
            var whole = range.Offset.Value % EngineLimits.BlockSize == 0 && range.Length.Value % EngineLimits.BlockSize == 0;
            if (request.From is not null || !whole || range.Length.Value == 0 || range.Offset.Value < next || range.Length.Value > to.Size - range.Offset.Value)
                throw new StreamRefusedException($"The stretches asked for are not ascending whole blocks of the snapshot '{request.To}' of the volume '{request.Volume}'.");
            next = range.End.Value;
        }
    }

    private async Task<DeltaSummary> SendAsync(
        DeltaRequest request, PinnedSnapshots pair, IReadOnlyList<ChangedRange> changes, Task<ImageDigest> digest, Stream output, CancellationToken ct)
    {
        var resumeAt = request.ResumeAt.Value;
        var (total, skipped) = RangeBatches.CountData(changes, resumeAt);
        var header = new StreamHeader(
            request.Volume.Value,
            pair.From?.Name,
            pair.From?.Instance,
            pair.To.Name,
            pair.To.Instance,
            pair.To.TakenAt,
            pair.To.Size,
            resumeAt,
            total,
            skipped);
        await output.WriteAsync(StreamPreamble.Bytes.ToArray(), ct);
        long wire = StreamPreamble.Bytes.Length;
        wire += await WriteDocumentAsync(output, FrameType.Header, JsonSerializer.SerializeToUtf8Bytes(header, StreamJson.Default.StreamHeader), ct);
        await output.FlushAsync(ct);

        using var image = PoolFiles.OpenImage(store.Paths.SnapshotImage(request.Volume, request.To), writable: false);
        var sent = await SendBatchesAsync(image, RangeBatches.Cut(changes, resumeAt), output, ct);

        var found = await digest;
        var end = new StreamEnd(sent.Frames, sent.ImageBytes, found.Value);
        wire += sent.WireBytes;
        wire += await WriteDocumentAsync(output, FrameType.End, JsonSerializer.SerializeToUtf8Bytes(end, StreamJson.Default.StreamEnd), ct);
        await output.FlushAsync(ct);
        return new DeltaSummary(new ByteCount(sent.ImageBytes), new ByteCount(wire), found);
    }

    /// <summary>Reads and compresses a few batches ahead of the socket, in order.</summary>
    private async Task<(long Frames, long ImageBytes, long WireBytes)> SendBatchesAsync(
        SafeFileHandle image, IEnumerable<IReadOnlyList<ChangedRange>> batches, Stream output, CancellationToken ct)
    {
        var ahead = Math.Clamp(Environment.ProcessorCount, 2, EngineLimits.MaxBatchesAhead);
        var queue = new Queue<Task<EncodedBatch>>();
        using var encoder = new FrameEncoder(image, digests.Buffers);
        long frames = 0;
        long imageBytes = 0;
        long wireBytes = 0;
        try
        {
            foreach (var ranges in batches)
            {
                queue.Enqueue(Task.Run(() => encoder.Encode(ranges, ct), CancellationToken.None));
                if (queue.Count >= ahead)
                    await SendNextAsync();
            }
            while (queue.Count > 0)
                await SendNextAsync();
            return (frames, imageBytes, wireBytes);
        }
        finally
        {
            // Only after a failure is anything left: it is waited for, and its buffer given back.
            foreach (var rest in queue)
            {
                await ((Task)rest).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                if (rest.IsCompletedSuccessfully)
                    (await rest).Buffer.Dispose();
            }
        }

        async Task SendNextAsync()
        {
            var batch = await queue.Dequeue();
            using var buffer = batch.Buffer;
            await output.WriteAsync(buffer.Memory[..batch.Length], ct);
            frames += batch.Frames;
            imageBytes += batch.ImageBytes;
            wireBytes += batch.Length;
        }
    }

    private static async Task<int> WriteDocumentAsync(Stream output, FrameType type, byte[] payload, CancellationToken ct)
    {
        var frame = new byte[FrameHeader.Size + payload.Length];
        payload.CopyTo(frame, FrameHeader.Size);
        FrameHeader.Write(frame, new FrameHeader(type, FrameEncoding.Raw, 0, 0, payload.Length), payload);
        await output.WriteAsync(frame, ct);
        return frame.Length;
    }

    private IReadOnlyList<ChangedRange> GetChanges(VolumeId id, PinnedSnapshots pair, IReadOnlyList<ByteRange>? only, CancellationToken ct)
    {
        var to = store.Paths.SnapshotImage(id, new SnapshotName(pair.To.Name));
        if (pair.From is { } from)
            return store.Substrate.GetChanges(store.Paths.SnapshotImage(id, new SnapshotName(from.Name)), to, ct);
        using var file = PoolFiles.OpenImage(to, writable: false);
        return only is null ? AllocatedRanges.Of(file, ct) : AllocatedRanges.Within(file, only, ct);
    }
}
