namespace Tonari.Engine;

/// <summary>Reads from, or writes to, another stream no faster than a given rate on average. Does not own the other stream.</summary>
public sealed class RateLimitedStream : Stream
{
    private const int LargestStep = 64 * 1024;

    private readonly Stream _inner;
    private readonly long _bytesPerSecond;
    private readonly TimeProvider _time;
    private readonly long _started;
    private long _bytes;

    /// <summary>Limits a stream.</summary>
    /// <param name="inner">The other stream.</param>
    /// <param name="bytesPerSecond">1 or more.</param>
    /// <param name="time">The clock.</param>
    public RateLimitedStream(Stream inner, ByteCount bytesPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytesPerSecond.Value);
        _inner = inner;
        _bytesPerSecond = bytesPerSecond.Value;
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public override bool CanRead => _inner.CanRead;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => _inner.CanWrite;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var read = await _inner.ReadAsync(buffer[..Math.Min(buffer.Length, LargestStep)], cancellationToken);
        await PayAsync(read, cancellationToken);
        return read;
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            var step = buffer[..Math.Min(buffer.Length, LargestStep)];
            await _inner.WriteAsync(step, cancellationToken);
            await PayAsync(step.Length, cancellationToken);
            buffer = buffer[step.Length..];
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => _inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Flush() => _inner.Flush();

    /// <summary>Only asynchronously.</summary>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Only asynchronously.</summary>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    private async ValueTask PayAsync(int bytes, CancellationToken ct)
    {
        _bytes += bytes;
        var due = TimeSpan.FromSeconds((double)_bytes / _bytesPerSecond);
        var wait = due - _time.GetElapsedTime(_started);
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, ct);
    }
}
