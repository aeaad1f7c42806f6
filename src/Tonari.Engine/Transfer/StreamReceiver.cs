using System.Threading.Channels;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Volumes;

namespace Tonari.Engine.Transfer;

/// <summary>One incoming stream: reading and checking on one side of a bounded queue, writing on the other.</summary>
/// <param name="store">The pool.</param>
/// <param name="digests">Its digests.</param>
/// <param name="id">The volume.</param>
/// <param name="staging">What is expected.</param>
/// <param name="announced">How large the image was said to be before the stream was asked for; null: nobody said.</param>
/// <param name="progress">Is told how far it is.</param>
internal sealed class StreamReceiver(
    PoolStore store, DigestLedger digests, VolumeId id, StagingDocument staging, ByteCount? announced, IProgress<TransferProgress>? progress)
{
    private const long ReportEvery = 1024 * 1024;

    public async Task<StagedImage> RunAsync(Stream input, CancellationToken ct)
    {
        using var reader = new FrameReader(input, digests.Buffers);
        var header = await reader.ReadHeaderAsync(ct);
        RequireExpected(reader, header);
        RequireRoom(header);
        var known = staging with { Size = header.ImageSize, ToInstance = header.ToInstance };
        if (known != staging)
            store.Files.Write(store.Paths.StagingDocument(id), known, DocumentJson.Default.StagingDocument);

        using var writer = new StagingWriter(store, digests.Buffers, id, known, () => Received(reader), ct);
        writer.Resize(header.ImageSize);
        var end = await TransferAsync(reader, writer, header, ct);
        var digest = await Task.Run(() => Verify(writer, header, end, ct), ct);
        progress?.Report(new TransferProgress(new ByteCount(header.TotalBytes), new ByteCount(header.TotalBytes), new ByteCount(Received(reader))));
        return new StagedImage(id, new SnapshotName(staging.To), new ByteCount(header.ImageSize), digest);
    }

    /// <summary>Bytes received for this snapshot, earlier streams included.</summary>
    private long Received(FrameReader reader) => staging.WireBytes + reader.Position;

    private void RequireExpected(FrameReader reader, StreamHeader header)
    {
        if (announced is { } size && header.ImageSize != size.Value)
            throw reader.Refuse($"it claims an image of {header.ImageSize} bytes, announced were {size.Value}");
        if (header.Volume != id.Value || header.From != staging.From || header.To != staging.To)
        {
            throw reader.Refuse(
                $"it leads from '{Short(header.From) ?? "nothing"}' to '{Short(header.To)}' of the volume '{Short(header.Volume)}', "
                + $"expected was '{staging.From ?? "nothing"}' to '{staging.To}' of '{id}'");
        }
        if (header.FromInstance != staging.FromInstance)
            throw new BaseDiffersException(id, staging.From!);
        if (staging.ToInstance is { } instance && instance != header.ToInstance)
        {
            store.Removal.RemoveStaging(id, staging);
            throw reader.Refuse($"'{staging.To}' has been taken anew since this transfer began; it starts over with the next attempt");
        }
        if (header.ResumeAt != staging.DurableOffset)
            throw reader.Refuse($"it resumes at {header.ResumeAt}, expected was {staging.DurableOffset}");
    }

    private void RequireRoom(StreamHeader header)
    {
        using var root = Kernel.OpenDirectory(store.Paths.Root);
        var needed = header.TotalBytes - header.SkippedBytes;
        var room = PoolReserve.RoomFor(FileCalls.GetFileSystem(root, store.Paths.Root));
        if (needed > room)
        {
            throw new PoolFullException(
                $"The pool has {room} bytes left for replicas; receiving '{staging.To}' of the volume '{id}' needs up to {needed}. Free space or make its filesystem larger.");
        }
    }

    /// <summary>A name of the sender's, fit for a sentence.</summary>
    private static string? Short(string? name) => name is null || PathSafeName.IsValid(name) ? name : "something that is no name";

    private async Task<StreamEnd> TransferAsync(FrameReader reader, StagingWriter writer, StreamHeader header, CancellationToken ct)
    {
        var queue = Channel.CreateBounded<ReceivedFrame>(new BoundedChannelOptions(EngineLimits.ReceivedFrames) { SingleReader = true, SingleWriter = true });
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var applying = Task.Run(() => ApplyAllAsync(queue.Reader, reader, writer, header, stop), CancellationToken.None);
        StreamEnd end;
        try
        {
            end = await ReadAllAsync(reader, queue.Writer, stop.Token);
        }
        catch
        {
            // What came before is good: write it, so that the next attempt goes on here. If writing is what failed, say that.
            queue.Writer.TryComplete();
            await applying;
            throw;
        }
        queue.Writer.TryComplete();
        await applying;
        return end;
    }

    private static async Task<StreamEnd> ReadAllAsync(FrameReader reader, ChannelWriter<ReceivedFrame> queue, CancellationToken ct)
    {
        while (true)
        {
            var (frame, end) = await reader.ReadAsync(ct);
            if (frame is null)
                return end!;
            try
            {
                await queue.WriteAsync(frame, ct);
            }
            catch
            {
                frame.Dispose();
                throw;
            }
        }
    }

    private async Task ApplyAllAsync(
        ChannelReader<ReceivedFrame> queue, FrameReader reader, StagingWriter writer, StreamHeader header, CancellationTokenSource stop)
    {
        try
        {
            var reported = 0L;
            await foreach (var frame in queue.ReadAllAsync(CancellationToken.None))
            {
                using (frame)
                    await writer.ApplyAsync(frame);
                if (progress is null || writer.BytesDone - reported < ReportEvery)
                    continue;
                reported = writer.BytesDone;
                progress.Report(new TransferProgress(
                    new ByteCount(writer.BytesDone), new ByteCount(Math.Max(header.TotalBytes, writer.BytesDone)), new ByteCount(Received(reader))));
            }
            await writer.CheckpointAsync();
        }
        catch
        {
            await stop.CancelAsync();
            await writer.SettleAsync();
            await foreach (var frame in queue.ReadAllAsync(CancellationToken.None))
                frame.Dispose();
            throw;
        }
    }

    /// <summary>The digest sum of the whole image; null where only reading all of it tells. A transfer that goes on where an earlier one ended trusts
    /// nothing that was noted then: what it left has lain on the disk since, and is read once more.</summary>
    private UInt128? ReadBack(StagingWriter writer, SnapshotDocument? from, StreamHeader header, CancellationToken ct)
    {
        var known = from is null ? null : store.ReadDigest(id, from);
        if (staging.DurableOffset == 0)
            return writer.Sum(known, header.ImageSize);
        return known is { } digest ? digests.Since(id, from!, digest, new SnapshotName(staging.To), ct) : null;
    }

    /// <summary>Compares what was read back with what the source says, and makes the result known as verified. A difference ends the staging.</summary>
    private ImageDigest Verify(StagingWriter writer, StreamHeader header, StreamEnd end, CancellationToken ct)
    {
        var to = new SnapshotName(staging.To);
        var image = store.Paths.SnapshotImage(id, to);
        var from = staging.From is { } name ? store.FindSnapshot(id, new SnapshotName(name)) : null;
        var sum = ReadBack(writer, from, header, ct) ?? digests.Whole(image, ct);
        var digest = BlockDigest.ToDigest(sum);
        if (digest.Value != end.Digest)
        {
            store.Removal.RemoveStaging(id, staging);
            throw new StreamRefusedException(
                $"What was received as '{to}' of the volume '{id}' is not what the source has: {digest} here, {end.Digest} there. It is dropped and starts over.");
        }
        var document = new SnapshotDocument(
            DocumentJson.Version, to.Value, header.ImageSize, header.TakenAt.ToUniversalTime(), Group: to.Value, header.ToInstance);
        store.WriteDigest(id, document, digest);
        store.WriteSnapshot(id, document);
        writer.MarkVerified(header.ImageSize);
        return digest;
    }
}
