using System.Collections.Concurrent;
using Microsoft.Win32.SafeHandles;
using ZstdSharp;

namespace Tonari.Engine.Transfer;

/// <summary>A batch of frames, ready for the wire.</summary>
internal sealed record EncodedBatch(TransferBuffers.Lease Buffer, int Length, long Frames, long ImageBytes);

/// <summary>Turns changed ranges of an image into frames. Used by several threads at once.</summary>
internal sealed class FrameEncoder(SafeFileHandle image, TransferBuffers buffers) : IDisposable
{
    private const int Level = 1;
    private const int MinCompressed = 1024;
    private const int FramesSkippedAfterFailure = 16;
    // Every elided run splits a data frame in two at most.
    private const int MaxFramesPerBatch = RangeBatches.MaxRanges + (2 * (EngineLimits.MaxFrameData / EngineLimits.MinElidedZeros)) + 2;
    private const int BatchBufferSize = EngineLimits.MaxFrameData + (MaxFramesPerBatch * FrameHeader.Size);

    private readonly ConcurrentBag<Compressor> _compressors = [];
    private int _framesToSkip;

    public EncodedBatch Encode(IReadOnlyList<ChangedRange> ranges, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var output = buffers.Rent(BatchBufferSize);
        try
        {
            using var input = buffers.Rent(EngineLimits.MaxFrameData);
            var batch = new Writer(output.Memory);
            foreach (var range in ranges)
                Encode(range, input, batch);
            return new EncodedBatch(output, batch.Length, batch.Frames, batch.ImageBytes);
        }
        catch
        {
            output.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        while (_compressors.TryTake(out var compressor))
            compressor.Dispose();
    }

    private void Encode(ChangedRange range, TransferBuffers.Lease input, Writer batch)
    {
        var offset = range.Range.Offset.Value;
        if (range.Kind == RangeKind.Hole)
        {
            batch.Add(FrameType.Hole, offset, range.Range.Length.Value);
            return;
        }
        var data = input.Span[..(int)range.Range.Length.Value];
        ImageIo.ReadExactly(image, data, offset);
        ImageIo.ForgetLong(image, offset, data.Length);
        foreach (var (start, end, isZero) in ZeroRuns.Split(data))
        {
            if (isZero)
                batch.Add(FrameType.Zero, offset + start, end - start);
            else
                AddData(batch, offset + start, data[start..end]);
        }
    }

    private void AddData(Writer batch, long offset, ReadOnlySpan<byte> data)
    {
        if (data.Length >= MinCompressed && !SkipCompression())
        {
            var compressor = _compressors.TryTake(out var idle) ? idle : new Compressor(Level);
            // It has to save an eighth, or the other side's time is better spent copying.
            var room = batch.PayloadRoom[..(data.Length - (data.Length / 8))];
            var pays = compressor.TryWrap(data, room, out var written);
            _compressors.Add(compressor);
            if (pays)
            {
                batch.AddWritten(new FrameHeader(FrameType.Data, FrameEncoding.Zstandard, offset, data.Length, written));
                return;
            }
            Volatile.Write(ref _framesToSkip, FramesSkippedAfterFailure);
        }
        data.CopyTo(batch.PayloadRoom);
        batch.AddWritten(new FrameHeader(FrameType.Data, FrameEncoding.Raw, offset, data.Length, data.Length));
    }

    /// <summary>After data that does not compress there is usually more of it.</summary>
    private bool SkipCompression() => Volatile.Read(ref _framesToSkip) > 0 && Interlocked.Decrement(ref _framesToSkip) >= 0;

    private sealed class Writer(Memory<byte> output)
    {
        public int Length { get; private set; }

        public long Frames { get; private set; }

        public long ImageBytes { get; private set; }

        public Span<byte> PayloadRoom => output.Span[(Length + FrameHeader.Size)..];

        public void Add(FrameType type, long offset, long length) => AddWritten(new FrameHeader(type, FrameEncoding.Raw, offset, length, 0));

        /// <summary>The payload lies in <see cref="PayloadRoom"/> already.</summary>
        public void AddWritten(FrameHeader header)
        {
            var frame = output.Span[Length..];
            FrameHeader.Write(frame, header, frame.Slice(FrameHeader.Size, header.PayloadLength));
            Length += FrameHeader.Size + header.PayloadLength;
            Frames++;
            ImageBytes += header.Length;
        }
    }
}
