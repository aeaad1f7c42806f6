using System.Globalization;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>The network between the clusters, and between a cluster and the clients of its applications.</summary>
public static class LabLink
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Drops every packet between the clusters; clients still reach both.</summary>
    public static Task CutAsync(CancellationToken ct) => RunAsync(ct, "cut");

    /// <summary>Cuts a cluster off: from its neighbour and from the clients of its applications.</summary>
    public static Task IsolateAsync(string cluster, CancellationToken ct) => RunAsync(ct, "isolate", cluster);

    /// <summary>Undoes every cut.</summary>
    public static Task HealAsync(CancellationToken ct) => RunAsync(ct, "heal");

    /// <summary>At most so much in each direction between the clusters, e.g. <c>20mbit</c>, or <c>off</c>.</summary>
    public static Task RateAsync(string rate, CancellationToken ct) => RunAsync(ct, "rate", rate);

    /// <summary>Cuts and heals, so many times.</summary>
    public static Task FlapAsync(int times, CancellationToken ct) => RunAsync(ct, "flap", times.ToString(CultureInfo.InvariantCulture), "1", "2");

    /// <summary>Loses a share of the packets between the clusters, e.g. <c>10%</c>.</summary>
    public static Task LoseAsync(string share, CancellationToken ct) => RunAsync(ct, "loss", share);

    /// <summary>Every packet takes so much longer, e.g. <c>50ms</c>.</summary>
    public static Task DelayAsync(string delay, CancellationToken ct) => RunAsync(ct, "delay", delay);

    /// <summary>Changes a byte in every so-manieth full packet between the clusters.</summary>
    public static Task CorruptAsync(int every, CancellationToken ct) => RunAsync(ct, "corrupt", every.ToString(CultureInfo.InvariantCulture));

    /// <summary>Bytes that this machine has sent to a cluster so far, headers included: what its neighbour sent, and what its clients did.</summary>
    public static long BytesTo(LabCluster cluster) =>
        long.Parse(File.ReadAllText($"/sys/class/net/tlab-{cluster.Name}/statistics/tx_bytes").Trim(), CultureInfo.InvariantCulture);

    /// <summary>Back to a link without any limit.</summary>
    public static Task ClearAsync(CancellationToken ct) => RunAsync(ct, "clear");

    private static async Task RunAsync(CancellationToken ct, params string[] arguments) =>
        (await ProgramRun.OfAsync(LabPaths.Script("link.sh"), arguments, Limit, ct)).Succeeded();
}
