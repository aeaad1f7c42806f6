namespace Tonari.Kubernetes.Mirrors;

/// <summary>Speed of a transfer over the last seconds, from what was seen of it.</summary>
public sealed class TransferRate
{
    // Long enough to smooth the controller's reports (about one a second), short enough to notice a change of the link.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private readonly Queue<(DateTimeOffset At, long Bytes)> samples = new();

    /// <summary>Bytes per second; 0 until two different moments were seen.</summary>
    public double BytesPerSecond { get; private set; }

    /// <summary>So much was done at this moment. Moments must not go back.</summary>
    /// <param name="at">The moment.</param>
    /// <param name="bytesDone">Bytes done since the transfer began; fewer than before: another transfer.</param>
    public void Observe(DateTimeOffset at, long bytesDone)
    {
        if (samples.Count > 0 && bytesDone < samples.Last().Bytes)
        {
            samples.Clear(); // another transfer
        }

        samples.Enqueue((at, bytesDone));
        while (samples.Count > 2 && at - samples.Peek().At > Window)
        {
            samples.Dequeue();
        }

        var (since, from) = samples.Peek();
        BytesPerSecond = at > since ? (bytesDone - from) / (at - since).TotalSeconds : 0;
    }

    /// <summary>How long so many bytes take at this speed, at most about four months; null while nothing moves.</summary>
    public TimeSpan? TimeFor(long bytes) => BytesPerSecond > 0 ? TimeSpan.FromSeconds(Math.Min(bytes / BytesPerSecond, 1e7)) : null;
}
