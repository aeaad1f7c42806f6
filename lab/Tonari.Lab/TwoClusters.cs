using System.Text.Json.Nodes;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>The lab: blue and green, each with Tonari installed.</summary>
public sealed class TwoClusters : IDisposable
{
    /// <summary>Opens a lab that is up (lab/up.sh).</summary>
    public TwoClusters()
    {
        Blue = new LabCluster("blue");
        Green = new LabCluster("green");
        OnBlue = new TonariCli(Blue);
        OnGreen = new TonariCli(Green);
    }

    /// <summary>Where the applications begin.</summary>
    public LabCluster Blue { get; }

    /// <summary>The cluster next door.</summary>
    public LabCluster Green { get; }

    /// <summary>The command line against <see cref="Blue"/>.</summary>
    public TonariCli OnBlue { get; }

    /// <summary>The command line against <see cref="Green"/>.</summary>
    public TonariCli OnGreen { get; }

    /// <summary>Both.</summary>
    public IReadOnlyList<LabCluster> Clusters => [Blue, Green];

    /// <summary>A cluster by its name.</summary>
    public LabCluster this[string name] => name == Blue.Name ? Blue : Green;

    /// <summary>The other cluster.</summary>
    public LabCluster Other(LabCluster cluster) => cluster == Blue ? Green : Blue;

    /// <summary>The command line against a cluster.</summary>
    public TonariCli On(LabCluster cluster) => cluster == Blue ? OnBlue : OnGreen;

    /// <summary>Puts the pools of both clusters to use.</summary>
    public async Task ManagePoolsAsync(CancellationToken ct)
    {
        foreach (var cluster in Clusters)
        {
            await Eventually.TrueAsync($"pool {cluster.PoolName} to be discovered", TimeSpan.FromSeconds(60), async token =>
                await PoolAsync(cluster, token) is null ? "there is no such StoragePool yet" : null, ct);
            await On(cluster).RunAsync(ct, "pool", "manage", cluster.PoolName);
            await Eventually.TrueAsync($"pool {cluster.PoolName} to be managed", TimeSpan.FromSeconds(60), async token =>
                (string?)(await PoolAsync(cluster, token))?["status"]?["state"] is "Managed" ? null : "it is not managed yet", ct);
        }
    }

    /// <summary>Makes blue and green neighbours by an invitation, unless they are.</summary>
    public async Task PairAsync(CancellationToken ct)
    {
        if (!await AreNeighboursAsync(ct))
        {
            var invitation = (await OnGreen.RunAsync(ct, "peer", "invite")).Output;
            await OnBlue.RunAsync(ct, "peer", "join", Token(invitation));
        }

        await UntilNeighboursAsync(TimeSpan.FromSeconds(60), ct);
    }

    /// <summary>Waits until each of them reaches the other.</summary>
    public async Task UntilNeighboursAsync(TimeSpan limit, CancellationToken ct)
    {
        foreach (var cluster in Clusters)
        {
            var peer = Other(cluster).Name;
            await Eventually.TrueAsync($"{cluster.Name} to reach {peer}", limit, token => ReachableAsync(cluster, peer, token), ct);
        }
    }

    /// <summary>Whether each of them reaches the other.</summary>
    public async Task<bool> AreNeighboursAsync(CancellationToken ct) =>
        await ReachableAsync(Blue, "green", ct) is null && await ReachableAsync(Green, "blue", ct) is null;

    /// <summary>Makes them strangers, unless there are mirrors between them.</summary>
    public async Task PartAsync(CancellationToken ct)
    {
        foreach (var cluster in Clusters)
        {
            await On(cluster).TryAsync(ct, "peer", "remove", Other(cluster).Name, "--yes");
        }
    }

    /// <summary>The token in what <c>tonari peer invite</c> printed: the one long word.</summary>
    public static string Token(string invitation) =>
        invitation.Split((char[])[' ', '\n', '\r', '\t', '\'', '"'], StringSplitOptions.RemoveEmptyEntries).MaxBy(word => word.Length)
        ?? throw new FormatException("tonari peer invite printed nothing.");

    /// <inheritdoc/>
    public void Dispose()
    {
        Blue.Dispose();
        Green.Dispose();
    }

    private static Task<JsonObject?> PoolAsync(LabCluster cluster, CancellationToken ct) =>
        cluster.GetAsync($"/apis/tonari.dev/v1alpha1/storagepools/{cluster.PoolName}", ct);

    private static async Task<string?> ReachableAsync(LabCluster cluster, string peer, CancellationToken ct)
    {
        var found = await cluster.GetAsync($"/apis/tonari.dev/v1alpha1/clusterpeers/{peer}", ct);
        if (found is null) return $"{cluster.Name} has no ClusterPeer {peer}";
        return (bool?)found["status"]?["reachable"] == true ? null : $"{(string?)found["status"]?["message"]}";
    }
}
