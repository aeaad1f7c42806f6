using System.Threading.Channels;

namespace Tonari.Web.Changes;

/// <summary>The changes one listener has not taken yet. Bounded: a listener that is too slow is told that it has missed some.</summary>
internal sealed class ChangeQueue : IDisposable
{
    /// <summary>A burst of changes of a large installation; a listener that is further behind lists anew, which is cheaper.</summary>
    public const int Length = 256;

    private readonly Channel<ObjectChange> _channel = Channel.CreateBounded<ObjectChange>(new BoundedChannelOptions(Length) { SingleReader = true });
    private readonly IDisposable _subscription;
    private int _missed;

    public ChangeQueue(ChangeFeed feed) => _subscription = feed.Subscribe(change =>
    {
        if (!_channel.Writer.TryWrite(change))
            Volatile.Write(ref _missed, 1);
    });

    /// <summary>The next change, once there is one; null when some were missed, and everything is to be looked at anew.</summary>
    public async Task<ObjectChange?> NextAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _missed, 0) == 1)
        {
            // What is still queued is older than the look that follows.
            while (_channel.Reader.TryRead(out _))
            {
            }
            return null;
        }
        return await _channel.Reader.ReadAsync(ct);
    }

    /// <inheritdoc/>
    public void Dispose() => _subscription.Dispose();
}
