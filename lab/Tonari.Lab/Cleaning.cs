using Tonari.Lab.Mirrors;
using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>Takes applications and their mirrors off the lab's clusters, so that a story can be told again.</summary>
public static class Cleaning
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Removes an application with its mirror from both clusters and waits until it is gone.</summary>
    /// <param name="lab">The clusters.</param>
    /// <param name="name">The application's namespace, and the name of its mirror.</param>
    /// <param name="ct">Ends it.</param>
    /// <param name="onGreen">Its namespace on green, where that is mapped to another.</param>
    public static async Task RemoveAsync(TwoClusters lab, string name, CancellationToken ct, string? onGreen = null)
    {
        var mirror = new LabMirror(lab, name, name, onGreen);
        foreach (var cluster in lab.Clusters)
        {
            // The second half usually goes with the first.
            await cluster.KubectlAsync(ct, "-n", mirror.NamespaceOn(cluster), "delete", "appmirrors.tonari.dev", name, "--ignore-not-found", "--timeout=120s");
        }

        await mirror.UntilGoneAsync(Limit, ct);
        foreach (var cluster in lab.Clusters)
        {
            await EndPodsAsync(cluster, mirror.NamespaceOn(cluster), ct);
            await cluster.KubectlAsync(ct, "delete", "namespace", mirror.NamespaceOn(cluster), "--ignore-not-found", "--wait=false");
        }

        foreach (var cluster in lab.Clusters)
        {
            await Eventually.TrueAsync($"namespace {mirror.NamespaceOn(cluster)} to be gone from {cluster.Name}", Limit, async token =>
                await cluster.GetAsync($"/api/v1/namespaces/{mirror.NamespaceOn(cluster)}", token) is null ? null : "it is still there", ct);
        }
    }

    // By force: the lab's kubelet keeps the object of an ended pod for up to a minute, and nobody needs this data any more.
    private static async Task EndPodsAsync(LabCluster cluster, string ns, CancellationToken ct)
    {
        await cluster.KubectlAsync(ct, "-n", ns, "delete", "statefulset,deployment,daemonset,job", "--all");
        await Eventually.TrueAsync($"the pods of {ns} on {cluster.Name} to be gone", Limit, async token =>
        {
            if ((await cluster.ListAsync($"/api/v1/namespaces/{ns}/pods", token)).Count == 0) return null;
            await cluster.KubectlAsync(token, "-n", ns, "delete", "pod", "--all", "--force", "--grace-period=0", "--wait=false");
            return "some are still there";
        }, ct);
    }
}
