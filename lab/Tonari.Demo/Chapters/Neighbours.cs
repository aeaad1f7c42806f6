using Tonari.Lab;

namespace Tonari.Demo.Chapters;

/// <summary>Two clusters that know nothing of each other become neighbours.</summary>
internal static class Neighbours
{
    /// <summary>Every application of the demo, by namespace.</summary>
    public static readonly string[] Applications = ["shop", "crates", "small", "large"];

    public static async Task ResetAsync(Stage stage, CancellationToken ct)
    {
        await LabLink.ClearAsync(ct);
        foreach (var name in Applications)
        {
            foreach (var cluster in stage.Lab.Clusters)
            {
                if (await cluster.GetAsync($"/api/v1/namespaces/{name}", ct) is null) continue;
                stage.Narrator.Say($"Removing {name}, left from an earlier run.");
                await Cleaning.RemoveAsync(stage.Lab, name, ct);
                break;
            }
        }

        await stage.Lab.PartAsync(ct);
    }

    public static async Task TellAsync(Stage stage, CancellationToken ct)
    {
        var (lab, narrator) = (stage.Lab, stage.Narrator);
        narrator.Chapter("Two clusters become neighbours", "Each has its own etcd, its own Tonari, its own pool. One token, used once, makes each trust the other's certificate.");
        foreach (var cluster in lab.Clusters)
        {
            narrator.Command(cluster, $"tonari pool manage {cluster.PoolName}");
        }

        await lab.ManagePoolsAsync(ct);
        if (await lab.AreNeighboursAsync(ct))
        {
            narrator.Say("They are neighbours already, and mirrors of yours need that.");
        }
        else
        {
            narrator.Command(lab.Green, "tonari peer invite");
            narrator.Command(lab.Blue, "tonari peer join TOKEN");
            await lab.PairAsync(ct);
        }

        foreach (var cluster in lab.Clusters)
        {
            await narrator.TonariAsync(cluster, ct, "peer", "list");
        }
    }
}
