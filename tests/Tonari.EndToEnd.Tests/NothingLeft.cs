using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>After a delete nothing is left.</summary>
internal static class NothingLeft
{
    /// <summary>Waits until nothing of a relationship is left, but for the live volumes on the side that keeps the application.</summary>
    public static Task ShouldBeAsync(TwoClusters lab, string mirrorId, IReadOnlyList<string> volumes, LabCluster keptOn, CancellationToken ct)
    {
        volumes.ShouldNotBeEmpty();
        return Eventually.TrueAsync("nothing to be left of the relationship", TimeSpan.FromSeconds(30), async token =>
        {
            var left = new List<string>();
            foreach (var cluster in lab.Clusters)
            {
                left.AddRange((await Leftovers.FindAsync(cluster, mirrorId, cluster == keptOn ? [] : volumes, token)).Select(line => $"{cluster.Name}: {line}"));
            }

            return left.Count == 0 ? null : string.Join('\n', left);
        }, ct);
    }
}
