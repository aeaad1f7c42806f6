using System.Collections.Concurrent;
using Tonari.Lab.Running;

namespace Tonari.Lab.Measuring;

/// <summary>Samples the working set of Tonari's own containers and remembers the highest, per cluster and program.</summary>
public sealed class MemoryWatch : IAsyncDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromMilliseconds(500);

    // Which containers there are changes only when one was replaced.
    private const int SamplesPerLook = 10;
    private readonly ConcurrentDictionary<string, long> highest = new();
    private readonly CancellationTokenSource stop = new();
    private readonly Task work;
    private long samples;

    /// <summary>Begins to sample.</summary>
    public MemoryWatch(TwoClusters lab) => work = Task.WhenAll(lab.Clusters.Select(cluster => WatchAsync(cluster, stop.Token)));

    /// <summary>Highest working set so far, bytes, by "cluster program".</summary>
    public IReadOnlyDictionary<string, long> Highest => highest;

    /// <summary>How many samples were taken.</summary>
    public long Samples => Interlocked.Read(ref samples);

    /// <summary>Highest of a program on either cluster, bytes; null before the first sample.</summary>
    public long? HighestOf(string program) =>
        highest.Where(pair => pair.Key.EndsWith(" " + program, StringComparison.Ordinal)).Select(pair => (long?)pair.Value).Max();

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
            IReadOnlyList<(string Program, string Folder)> containers = [];
            await Eventually.TrueAsync($"{cluster.Name} to answer", TimeSpan.FromMinutes(5), async token =>
            {
                containers = await ContainersAsync(cluster, token);
                return null;
            }, ct);
            for (var sample = 0; sample < SamplesPerLook; sample++)
            {
                foreach (var (program, folder) in containers)
                {
                    if (ContainerMemory.WorkingSet(folder) is not { } bytes) continue;
                    highest.AddOrUpdate($"{cluster.Name} {program}", bytes, (_, before) => Math.Max(before, bytes));
                    Interlocked.Increment(ref samples);
                }

                await Task.Delay(Every, TimeProvider.System, ct);
            }
        }
    }

    private static async Task<IReadOnlyList<(string Program, string Folder)>> ContainersAsync(LabCluster cluster, CancellationToken ct)
    {
        var found = new List<(string, string)>();
        foreach (var pod in await cluster.ListAsync("/api/v1/namespaces/tonari-system/pods", ct))
        {
            var uid = (string)pod["metadata"]!["uid"]!;
            foreach (var container in pod["status"]?["containerStatuses"]?.AsArray() ?? [])
            {
                if ((string?)container!["containerID"] is { } id && ContainerMemory.Find(cluster.Name, uid, id) is { } folder)
                {
                    found.Add(((string)container["name"]!, folder));
                }
            }
        }

        return found;
    }
}
