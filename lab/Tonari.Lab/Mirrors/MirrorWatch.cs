using System.Collections.Concurrent;
using Tonari.Lab.Running;

namespace Tonari.Lab.Mirrors;

/// <summary>
/// Remembers every group snapshot that a mirror ever showed, on both sides: the status only keeps those that still exist, and a demo wants to say
/// what travelled in each of its steps.
/// </summary>
public sealed class MirrorWatch : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);
    private readonly ConcurrentDictionary<string, SnapshotView> seen = new();
    private readonly CancellationTokenSource stop = new();
    private readonly TwoClusters lab;
    private readonly LabMirror mirror;
    private readonly Task work;

    /// <summary>Begins to watch.</summary>
    public MirrorWatch(TwoClusters lab, LabMirror mirror)
    {
        this.lab = lab;
        this.mirror = mirror;
        work = Task.WhenAll(lab.Clusters.Select(cluster => WatchAsync(cluster, stop.Token)));
    }

    /// <summary>Every group snapshot seen, by when it was taken. Bytes are those of the side that received it.</summary>
    public IReadOnlyList<SnapshotView> Snapshots => [.. seen.Values.OrderBy(s => s.TakenAt)];

    /// <summary>Bytes that travelled for snapshots that were committed since then.</summary>
    public long BytesSince(DateTimeOffset moment) => Snapshots.Where(s => s.CommittedAt >= moment).Sum(s => s.WireBytes);

    /// <summary>A group snapshot seen.</summary>
    public SnapshotView this[string name] => seen[name];

    /// <summary>Looks at both sides now, so that nothing of a step that has just ended is missed.</summary>
    public async Task LookAsync(CancellationToken ct)
    {
        foreach (var cluster in lab.Clusters)
        {
            await LookAtAsync(cluster, ct);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        try
        {
            await work;
        }
        catch (OperationCanceledException)
        {
            // This is how it ends.
        }

        stop.Dispose();
    }

    private async Task WatchAsync(LabCluster cluster, CancellationToken ct)
    {
        while (true)
        {
            await Eventually.TrueAsync($"{cluster.Name} to answer", TimeSpan.FromMinutes(5), async token =>
            {
                await LookAtAsync(cluster, token);
                return null;
            }, ct);
            await Task.Delay(Every, TimeProvider.System, ct);
        }
    }

    private async Task LookAtAsync(LabCluster cluster, CancellationToken ct)
    {
        foreach (var snapshot in (await mirror.SideAsync(cluster, ct))?.Snapshots ?? [])
        {
            seen.AddOrUpdate(snapshot.Name, snapshot, (_, known) => snapshot.WireBytes > known.WireBytes ? snapshot : known);
        }
    }
}
