using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Tonari.Engine.Layout;
using ZstdSharp;

namespace Tonari.Engine.Transfer;

/// <summary>A frame whose checksum and place are right. Owns its buffer.</summary>
/// <param name="Type">Data, zero or hole.</param>
/// <param name="Offset">Where it belongs.</param>
/// <param name="Length">Bytes of the image.</param>
/// <param name="Data">The bytes, of a data frame.</param>
internal sealed record ReceivedFrame(FrameType Type, long Offset, long Length, TransferBuffers.Lease? Data) : IDisposable
{
    public void Dispose() => Data?.Dispose();
}

/// <summary>Reads a mirror stream and refuses everything that is not exactly as specified. Nothing is allocated before its size was checked.</summary>
internal sealed class FrameReader(Stream input, TransferBuffers buffers) : IDisposable
{
    private const int ReadAhead = 256 * 1024;

    private readonly BufferedStream _input = new(input, ReadAhead);
    private readonly Decompressor _decompressor = new();
    private readonly byte[] _headerBytes = new byte[FrameHeader.Size];
    private StreamHeader? _header;
    private long _next;
    private long _frames;
    private long _imageBytes;
    private long _dataBytes;

    /// <summary>Bytes read so far.</summary>
    public long Position { get; private set; }

    public async Task<StreamHeader> ReadHeaderAsync(CancellationToken ct)
    {
        var preamble = new byte[StreamPreamble.Bytes.Length];
        await FillAsync(preamble, ct);
        if (!preamble.AsSpan().SequenceEqual(StreamPreamble.Bytes))
            throw Refuse("this is not a Tonari mirror stream of version 1");
        var frame = await ReadFrameHeaderAsync(ct);
        if (frame.Type != FrameType.Header)
            throw Refuse($"it begins with a frame of type {frame.Type}");
        var header = await ReadDocumentAsync(frame, StreamJson.Default.StreamHeader, ct);
        if (header.ImageSize is <= 0 or > EngineLimits.MaxImageSize || header.ImageSize % EngineLimits.BlockSize != 0)
            throw Refuse($"it claims an image of {header.ImageSize} bytes");
        if (header.ResumeAt < 0 || header.ResumeAt > header.ImageSize || header.TotalBytes < header.SkippedBytes || header.SkippedBytes < 0
            || header.TotalBytes > header.ImageSize)
            throw Refuse("its numbers contradict each other");
        if (!DocumentFacts.IsInstance(header.ToInstance) || (header.FromInstance is { } from && !DocumentFacts.IsInstance(from)))
            throw Refuse("it does not say which snapshots of their names it leads between");
        _header = header;
        _next = header.ResumeAt;
        return header;
    }

    /// <summary>The next frame, or null and the end document.</summary>
    public async Task<(ReceivedFrame? Frame, StreamEnd? End)> ReadAsync(CancellationToken ct)
    {
        var frame = await ReadFrameHeaderAsync(ct);
        if (frame.Type == FrameType.End)
            return (null, await ReadEndAsync(frame, ct));
        if (frame.Type is not (FrameType.Data or FrameType.Zero or FrameType.Hole))
            throw Refuse("a second header comes in the middle");
        CheckPlace(frame);
        // What was announced is what room was made for.
        _dataBytes += frame.Type == FrameType.Data ? frame.Length : 0;
        if (_dataBytes > _header!.TotalBytes - _header.SkippedBytes)
            throw Refuse($"it holds more data than the {_header.TotalBytes - _header.SkippedBytes} bytes it announced");
        var received = frame.Type == FrameType.Data ? await ReadDataAsync(frame, ct) : await ReadEmptyAsync(frame, ct);
        _next = frame.Offset + frame.Length;
        _frames++;
        _imageBytes += frame.Length;
        return (received, null);
    }

    public void Dispose() => _decompressor.Dispose();

    public StreamRefusedException Refuse(string what, Exception? inner = null) =>
        new($"The stream is refused at its byte {Position} (image offset {_next}): {what}.", inner);

    private void CheckPlace(FrameHeader frame)
    {
        if (frame.Length == 0 || frame.Offset % EngineLimits.BlockSize != 0 || frame.Length % EngineLimits.BlockSize != 0)
            throw Refuse("a frame does not hold whole blocks");
        if (frame.Offset < _next)
            throw Refuse($"a frame for offset {frame.Offset} comes too late or twice");
        if (frame.Length > _header!.ImageSize - frame.Offset)
            throw Refuse($"a frame for offset {frame.Offset} reaches beyond the image");
        if (frame.Type == FrameType.Data && frame.Length > EngineLimits.MaxFrameData)
            throw Refuse($"a frame holds {frame.Length} bytes");
        var raw = frame.Type == FrameType.Data && frame.Encoding == FrameEncoding.Raw;
        if (raw && frame.PayloadLength != frame.Length)
            throw Refuse("a frame's payload has another length than its data");
        if (frame.Type != FrameType.Data && (frame.PayloadLength != 0 || frame.Encoding != FrameEncoding.Raw))
            throw Refuse("a frame without data has a payload");
    }

    private async Task<ReceivedFrame> ReadEmptyAsync(FrameHeader frame, CancellationToken ct)
    {
        await FillAsync(Memory<byte>.Empty, ct);
        RequireChecksum([]);
        return new ReceivedFrame(frame.Type, frame.Offset, frame.Length, null);
    }

    private async Task<ReceivedFrame> ReadDataAsync(FrameHeader frame, CancellationToken ct)
    {
        var payload = buffers.Rent(frame.PayloadLength);
        try
        {
            await FillAsync(payload.Memory, ct);
            RequireChecksum(payload.Span);
            if (frame.Encoding == FrameEncoding.Raw)
                return new ReceivedFrame(frame.Type, frame.Offset, frame.Length, payload);
            var data = Decompress(frame, payload.Span);
            payload.Dispose();
            return new ReceivedFrame(frame.Type, frame.Offset, frame.Length, data);
        }
        catch
        {
            payload.Dispose();
            throw;
        }
    }

    private TransferBuffers.Lease Decompress(FrameHeader frame, ReadOnlySpan<byte> payload)
    {
        var data = buffers.Rent((int)frame.Length);
        ZstdException? damage = null;
        try
        {
            if (_decompressor.TryUnwrap(payload, data.Span, out var written) && written == frame.Length)
                return data;
        }
        catch (ZstdException e)
        {
            damage = e;
        }
        data.Dispose();
        throw Refuse("a frame does not decompress to its length", damage);
    }

    private async Task<StreamEnd> ReadEndAsync(FrameHeader frame, CancellationToken ct)
    {
        var end = await ReadDocumentAsync(frame, StreamJson.Default.StreamEnd, ct);
        if (end.Frames != _frames || end.ImageBytes != _imageBytes)
            throw Refuse($"{_frames} frames came where {end.Frames} were sent");
        if (!BlockDigest.IsValid(end.Digest))
            throw Refuse("its digest is of an unknown kind");
        var more = new byte[1];
        if (await ReadAsync(more, ct) != 0)
            throw Refuse("something follows its end");
        return end;
    }

    private async Task<T> ReadDocumentAsync<T>(FrameHeader frame, JsonTypeInfo<T> type, CancellationToken ct)
        where T : class
    {
        if (frame.PayloadLength > EngineLimits.MaxStreamDocument || frame.Encoding != FrameEncoding.Raw || frame.Offset != 0 || frame.Length != 0)
            throw Refuse("a document in it is not in the form of one");
        using var payload = buffers.Rent(frame.PayloadLength);
        await FillAsync(payload.Memory, ct);
        RequireChecksum(payload.Span);
        try
        {
            return JsonSerializer.Deserialize(payload.Span, type) ?? throw Refuse("a document in it is empty");
        }
        catch (JsonException e)
        {
            throw Refuse("a document in it cannot be read", e);
        }
    }

    private async Task<FrameHeader> ReadFrameHeaderAsync(CancellationToken ct)
    {
        await FillAsync(_headerBytes, ct);
        return FrameHeader.TryRead(_headerBytes, out var header) is { } wrong ? throw Refuse(wrong) : header;
    }

    private void RequireChecksum(ReadOnlySpan<byte> payload)
    {
        if (!FrameHeader.Matches(_headerBytes, payload))
            throw Refuse("a frame's checksum does not match");
    }

    private async Task FillAsync(Memory<byte> target, CancellationToken ct)
    {
        while (target.Length > 0)
        {
            var read = await ReadAsync(target, ct);
            if (read == 0)
                throw Refuse("it is cut off");
            target = target[read..];
        }
    }

    private async Task<int> ReadAsync(Memory<byte> target, CancellationToken ct)
    {
        try
        {
            var read = await _input.ReadAsync(target, ct);
            Position += read;
            return read;
        }
        catch (IOException e)
        {
            throw Refuse($"the connection broke ({e.Message.TrimEnd('.')})", e);
        }
    }
}
