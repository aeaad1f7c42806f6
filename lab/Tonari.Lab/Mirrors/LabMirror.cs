using Tonari.Lab.Running;

namespace Tonari.Lab.Mirrors;

/// <summary>One relationship of the lab: an AppMirror of the same name and namespace on both clusters.</summary>
/// <param name="lab">The clusters.</param>
/// <param name="ns">Its namespace.</param>
/// <param name="name">Its name.</param>
/// <param name="nsOnGreen">Its namespace on green, where that is mapped to another.</param>
public sealed class LabMirror(TwoClusters lab, string ns, string name, string? nsOnGreen = null)
{
    /// <summary>Its namespace on a cluster.</summary>
    public string NamespaceOn(LabCluster cluster) => cluster == lab.Green ? nsOnGreen ?? ns : ns;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>One side; null where there is no such object.</summary>
    public async Task<MirrorView?> SideAsync(LabCluster cluster, CancellationToken ct) =>
        await cluster.GetAsync($"/apis/tonari.dev/v1alpha1/namespaces/{NamespaceOn(cluster)}/appmirrors/{name}", ct) is { } json ? new MirrorView(json) : null;

    /// <summary>One side that must be there.</summary>
    public async Task<MirrorView> ExpectedSideAsync(LabCluster cluster, CancellationToken ct) =>
        await SideAsync(cluster, ct) ?? throw new InvalidOperationException($"{cluster.Name} has no AppMirror {NamespaceOn(cluster)}/{name}.");

    /// <summary>Waits until one side is as wanted.</summary>
    /// <returns>How long it took.</returns>
    public Task<TimeSpan> UntilAsync(LabCluster cluster, string what, TimeSpan limit, Func<MirrorView, bool> wanted, CancellationToken ct) =>
        Eventually.TrueAsync($"mirror {ns}/{name} on {cluster.Name}: {what}", limit, async token =>
            await SideAsync(cluster, token) is not { } side ? "there is no such AppMirror" : wanted(side) ? null : side.ToString(), ct);

    /// <summary>Waits until both sides are established with the given side as primary, and nothing is under way.</summary>
    public async Task<TimeSpan> UntilEstablishedAsync(LabCluster primary, TimeSpan limit, CancellationToken ct)
    {
        var secondary = lab.Other(primary);
        var first = await UntilAsync(primary, $"established, {primary.Name} primary", limit, s => s is { Role: "Primary", State: "Established", Operation: null }, ct);
        var then = await UntilAsync(secondary, "established, secondary", limit, s => s is { Role: "Secondary", State: "Established", Operation: null }, ct);
        return first + then;
    }

    /// <summary>Waits until neither cluster has the object any more.</summary>
    public Task<TimeSpan> UntilGoneAsync(TimeSpan limit, CancellationToken ct) =>
        Eventually.TrueAsync($"mirror {ns}/{name} to be gone on both sides", limit, async token =>
        {
            foreach (var cluster in lab.Clusters)
            {
                if (await SideAsync(cluster, token) is { } side) return $"{cluster.Name} still has it: {side}";
            }

            return null;
        }, ct);
}
