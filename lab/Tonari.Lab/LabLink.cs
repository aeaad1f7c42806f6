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

    /// <summary>Back to a link without any limit.</summary>
    public static Task ClearAsync(CancellationToken ct) => RunAsync(ct, "clear");

    private static async Task RunAsync(CancellationToken ct, params string[] arguments) =>
        (await ProgramRun.OfAsync(LabPaths.Script("link.sh"), arguments, Limit, ct)).Succeeded();
}
