using System.Net.Sockets;

namespace Tonari.Node.Agent;

/// <summary>
/// Writes into a response and counts, just before it is written, so that nothing that has travelled is left out when the connection breaks. Ends then: a
/// response takes in silence what nobody receives any more, many MiB of it until the request is cancelled. Does not own the other stream.
/// </summary>
/// <param name="inner">The response.</param>
/// <param name="connection">What it travels through; null where that is not known.</param>
/// <param name="count">Is told of bytes.</param>
internal sealed class CountedStream(Stream inner, Socket? connection, Action<long> count) : Stream
{
    /// <summary>Counted and written at a time: by so much the count can be ahead.</summary>
    private const int Piece = 64 << 10;

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var rest = buffer; rest.Length > 0; rest = rest[Math.Min(Piece, rest.Length)..])
        {
            if (connection is { Connected: false })
                throw new IOException("The connection to the receiver is lost.");
            var piece = rest[..Math.Min(Piece, rest.Length)];
            count(piece.Length);
            await inner.WriteAsync(piece, cancellationToken);
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException("Bodies are written asynchronously.");

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException("Bodies are written asynchronously.");

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
