using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>Takes applications and their mirrors off the lab's clusters, so that a story can be told again.</summary>
public static class Cleaning
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Removes an application with its mirror from both clusters and waits until it is gone.</summary>
    public static async Task RemoveAsync(TwoClusters lab, string name, CancellationToken ct)
    {
        var mirror = new LabMirror(lab, name, name);
        foreach (var cluster in lab.Clusters)
        {
            if (await mirror.SideAsync(cluster, ct) is not null)
            {
                await lab.On(cluster).RunAsync(ct, "mirror", "delete", name, "-n", name, "--yes");
            }
        }

        await mirror.UntilGoneAsync(Limit, ct);
        foreach (var cluster in lab.Clusters)
        {
            await cluster.KubectlAsync(ct, "delete", "namespace", name, "--ignore-not-found", "--wait=false");
        }

        foreach (var cluster in lab.Clusters)
        {
            await Eventually.TrueAsync($"namespace {name} to be gone from {cluster.Name}", Limit, async token =>
                await cluster.GetAsync($"/api/v1/namespaces/{name}", token) is null ? null : "it is still there", ct);
        }
    }
}
