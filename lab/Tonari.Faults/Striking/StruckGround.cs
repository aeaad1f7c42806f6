using Tonari.Faults.Rows;
using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.Faults.Striking;

/// <summary>Where a fault strikes, and what it may want to know or to stop.</summary>
/// <param name="Lab">The clusters.</param>
/// <param name="Mirror">The relationship.</param>
/// <param name="Source">Where the application ran when the operation was asked for.</param>
/// <param name="Side">Where to strike.</param>
/// <param name="Command">Ends the command that asked for the operation, with SIGKILL.</param>
internal sealed record StruckGround(TwoClusters Lab, LabMirror Mirror, LabCluster Source, Side Side, CancellationTokenSource Command)
{
    /// <summary>How long a fault waits until it is noticed.</summary>
    private static readonly TimeSpan Noticing = TimeSpan.FromSeconds(45);

    /// <summary>The cluster that is struck.</summary>
    public LabCluster Struck => Side == Side.Destination ? Lab.Other(Source) : Source;

    /// <summary>Cuts the link and waits until both sides have noticed.</summary>
    public async Task CutAsync(CancellationToken ct)
    {
        await LabLink.CutAsync(ct);
        foreach (var cluster in Lab.Clusters)
        {
            await Eventually.TrueAsync($"{cluster.Name} to notice the cut", Noticing, async token =>
                (bool?)(await cluster.GetAsync($"/apis/tonari.dev/v1alpha1/clusterpeers/{Lab.Other(cluster).Name}", token))?["status"]?["reachable"] == false
                    ? null
                    : "it still takes its neighbour for reachable", ct);
        }
    }

    /// <summary>Changes bytes between the clusters until a step has failed because of it.</summary>
    public async Task CorruptAsync(CancellationToken ct)
    {
        await LabLink.CorruptAsync(20, ct);
        await NoticedAsync(Lab.Other(Source), ct);
    }

    /// <summary>Waits until a step of the relationship has failed on a side. A fault that nothing of Tonari meets proves nothing, and its row is not green.</summary>
    public Task NoticedAsync(LabCluster cluster, CancellationToken ct) => Eventually.TrueAsync("a step to fail because of the fault", Noticing, async token =>
        await Mirror.SideAsync(cluster, token) is not { } side || side.Retries.Count > 0 ? null : "none has", ct);
}
