using System.Text;

namespace Tonari.Kubernetes.Api;

/// <summary>
/// Lets a request have several header lines of one name, which HTTP allows and the API server demands of impersonated groups. The client of
/// .NET always joins the values of one name with commas into one line, and the server would take that for one group with commas in its name.
/// So they are written as one value in which <see cref="Mark"/> stands for the end of a line, and this stream, between client and TLS, puts
/// the end there. Over HTTP/1.1 only. A mark cannot come from elsewhere: values with control characters are refused before, and JSON escapes them.
/// </summary>
internal sealed class HeaderLines(Stream inner) : Stream
{
    /// <summary>Stands for the end of a header line.</summary>
    public const char Mark = '\u001f';

    private static readonly byte[] End = "\r\n"u8.ToArray();

    /// <summary>Adds headers to a request that goes through such a stream.</summary>
    public static void Add(HttpRequestMessage request, IEnumerable<(string Name, string Value)> headers)
    {
        foreach (var group in headers.GroupBy(h => h.Name))
            request.Headers.TryAddWithoutValidation(group.Key, string.Join($"{Mark}{group.Key}: ", group.Select(h => h.Value)));
    }

    /// <summary>Makes a client's connections understand marks, and write names that are not ASCII in UTF-8, as the API server reads them.</summary>
    public static void Configure(SocketsHttpHandler handler)
    {
        handler.PlaintextStreamFilter = (context, _) => ValueTask.FromResult<Stream>(new HeaderLines(context.PlaintextStream));
        handler.RequestHeaderEncodingSelector = (_, _) => Encoding.UTF8;
    }

    /// <inheritdoc/>
    public override bool CanRead => inner.CanRead;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => inner.CanWrite;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (var mark = buffer.Span.IndexOf((byte)Mark); mark >= 0; mark = buffer.Span.IndexOf((byte)Mark))
        {
            await inner.WriteAsync(buffer[..mark], cancellationToken);
            await inner.WriteAsync(End, cancellationToken);
            buffer = buffer[(mark + 1)..];
        }
        await inner.WriteAsync(buffer, cancellationToken);
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => inner.ReadAsync(buffer, cancellationToken);

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.ReadAsync(buffer, offset, count, cancellationToken);

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => inner.FlushAsync(cancellationToken);

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();

    // The client of .NET writes and reads asynchronously where it is asked asynchronously, which is everywhere here.

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
            inner.Dispose();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await inner.DisposeAsync();
        await base.DisposeAsync();
    }
}
