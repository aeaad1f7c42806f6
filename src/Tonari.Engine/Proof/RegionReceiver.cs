using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Proof;

/// <summary>Writes streams of stretches that were asked for into an image that nobody sees yet, and refuses anything else.</summary>
internal sealed class RegionReceiver(PoolFiles files, TransferBuffers buffers, VolumeId id, SnapshotDocument snapshot, string image) : IDisposable
{
    private readonly SafeFileHandle _file = PoolFiles.OpenImage(image, writable: true);

    /// <returns>Bytes received.</returns>
    public async Task<long> ApplyAsync(IReadOnlyList<ByteRange> ranges, Stream input, CancellationToken ct)
    {
        using var reader = new FrameReader(input, buffers);
        var header = await reader.ReadHeaderAsync(ct);
        if (header.Volume != id.Value || header.From is not null || header.To != snapshot.Name || header.ImageSize != snapshot.Size || header.ResumeAt != 0)
            throw reader.Refuse($"it is not of '{snapshot.Name}' of the volume '{id}'");
        if (header.ToInstance != snapshot.Instance)
            throw reader.Refuse($"the two sides mean different snapshots by the name '{snapshot.Name}'");

        files.Step($"write {image}");
        // What the stream does not mention is nothing.
        foreach (var range in ranges)
            FileCalls.PunchHole(_file, range.Offset.Value, range.Length.Value, image);
        while (true)
        {
            var (frame, end) = await reader.ReadAsync(ct);
            if (frame is null)
                return end is not null ? reader.Position : throw reader.Refuse("it has no end");
            using (frame)
                Apply(ranges, reader, frame);
        }
    }

    /// <summary>Makes it all durable.</summary>
    public void Finish()
    {
        if (RandomAccess.GetLength(_file) != snapshot.Size)
            PoolFiles.Guard($"size '{image}'", () => RandomAccess.SetLength(_file, snapshot.Size));
        files.Step($"sync {image}");
        FileCalls.Sync(_file, image);
    }

    public void Dispose() => _file.Dispose();

    private void Apply(IReadOnlyList<ByteRange> ranges, FrameReader reader, ReceivedFrame frame)
    {
        // Neighbouring stretches travel as one.
        var position = frame.Offset;
        foreach (var range in ranges.Where(r => r.End.Value > position))
        {
            if (range.Offset.Value > position || position >= frame.Offset + frame.Length)
                break;
            position = range.End.Value;
        }
        if (position < frame.Offset + frame.Length)
            throw reader.Refuse($"a frame for offset {frame.Offset} was not asked for");
        if (frame.Data is { } data)
            ImageIo.Write(_file, data.Memory, frame.Offset, image);
    }
}
