using System.Threading.Channels;

namespace Tonari.Kubernetes.Api;

/// <summary>
/// Lets no more than so many do something at a time; the others wait, first come first served. What an API server or a neighbour would refuse because it
/// is too much at once is not asked: hundreds of mirrors may want to sync in the same second.
/// </summary>
public sealed class Turns
{
    private readonly Channel<bool> _free;

    /// <summary>All turns are free.</summary>
    /// <param name="most">How many at a time.</param>
    public Turns(int most)
    {
        _free = Channel.CreateBounded<bool>(most);
        for (var i = 0; i < most; i++)
            _free.Writer.TryWrite(true);
    }

    /// <summary>Waits for a turn, which lasts until the result is disposed.</summary>
    public async Task<IDisposable> TakeAsync(CancellationToken ct)
    {
        await _free.Reader.ReadAsync(ct);
        return new Turn(_free.Writer);
    }

    private sealed class Turn(ChannelWriter<bool> free) : IDisposable
    {
        private int _over;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _over, 1) == 0)
                free.TryWrite(true);
        }
    }
}
