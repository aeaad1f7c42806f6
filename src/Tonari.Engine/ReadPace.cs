namespace Tonari.Engine;

/// <summary>Keeps those who read in the background to a common rate, however many they are, so that applications on the same disk do not notice.
/// Nobody holds anything while it waits.</summary>
public sealed class ReadPace
{
    private readonly Lock _gate = new();
    private readonly long _bytesPerSecond;
    private readonly TimeProvider _time;
    private readonly long _started;
    private TimeSpan _paidUntil;

    /// <summary>A common rate.</summary>
    /// <param name="bytesPerSecond">1 or more.</param>
    /// <param name="time">The clock.</param>
    public ReadPace(ByteCount bytesPerSecond, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfZero(bytesPerSecond.Value);
        _bytesPerSecond = bytesPerSecond.Value;
        _time = time;
        _started = time.GetTimestamp();
    }

    /// <summary>Waits until it is this reader's turn to read so many bytes.</summary>
    public async Task PayAsync(long bytes, CancellationToken ct)
    {
        TimeSpan wait;
        lock (_gate)
        {
            var now = _time.GetElapsedTime(_started);
            // An idle past is not saved up: a burst after a quiet hour would be what applications notice.
            var turn = _paidUntil > now ? _paidUntil : now;
            _paidUntil = turn + TimeSpan.FromSeconds((double)bytes / _bytesPerSecond);
            wait = turn - now;
        }
        ct.ThrowIfCancellationRequested();
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait, _time, ct);
    }
}
