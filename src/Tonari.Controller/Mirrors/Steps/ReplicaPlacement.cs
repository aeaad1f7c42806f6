using Tonari.Controller.Agents;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>
/// Where replicas are kept: all volumes of an application in one pool, because one point in time of all of them needs one pool as soon as
/// this side is primary.
/// </summary>
internal sealed class ReplicaPlacement(LocalVolumes volumes, IPools pools, IPeerDirectory peers)
{
    /// <summary>The pool that holds the mirror's volumes already, else the managed and allowed one with most room.</summary>
    public async Task<string> ChooseAsync(StepContext context, IReadOnlyCollection<string> volumeIds, long bytes, CancellationToken ct)
    {
        if (context.Status.Volumes is [var first, ..]) return first.Pool;

        var candidates = Candidates(context.Policy);
        foreach (var pool in candidates)
        {
            // A pull that was interrupted before anything was noted goes on where it began.
            if ((await volumes.CurrentAsync(volumeIds.Select(id => (pool.Name, id)), ct)).Count > 0) return pool.Name;
        }

        return Roomiest(candidates, bytes);
    }

    private static string Roomiest(List<StoragePool> candidates, long bytes)
    {
        if (candidates.Count == 0)
            throw new StepFailedException("No managed and usable storage pool is allowed to this neighbour; manage one with `tonari pool manage`.");
        var best = candidates.MaxBy(Free)!;
        return Free(best) >= bytes
            ? best.Name
            : throw new StepFailedException(
                $"The application's volumes need up to {bytes} bytes and the pool with most room, {best.Name}, has {Free(best)} free; enlarge it or manage another.");
    }

    private List<StoragePool> Candidates(MirrorPolicy policy)
    {
        var allowed = peers.Find(policy.PeerCluster)?.Spec.AllowedPools ?? [];
        return
        [
            .. pools.All
                .Where(pool => pool.Spec.Managed && pool.Status is { Usable: true })
                .Where(pool => allowed.Count == 0 || allowed.Contains(pool.Name))
                .OrderBy(pool => pool.Name, StringComparer.Ordinal),
        ];
    }

    private static long Free(StoragePool pool) => pool.Status is { } status ? status.CapacityBytes - status.UsedBytes : 0;
}
