using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Snapshots;

/// <summary>What a group snapshot of an application consists of. Pure.</summary>
/// <param name="Pool">StoragePool that holds all its volumes.</param>
/// <param name="Volumes">Its volumes, at least one.</param>
/// <param name="Resources">Its resources, with the Application itself.</param>
internal sealed record SnapshotPlan(string Pool, IReadOnlyList<TakenVolume> Volumes, CapturedResources Resources)
{
    /// <summary>Plans from what was captured; refuses where a group snapshot would be none.</summary>
    public static SnapshotPlan Of(Application application, CapturedApplication captured)
    {
        var volumes = captured.Volumes.Where(v => v is { Replicable: true, VolumeId: not null, Pool: not null }).ToList();
        if (volumes.Count == 0)
            throw new SnapshotRefusedException(
                $"The application {application.Name} has no volume that can be replicated any more, and an empty snapshot would replace good ones. "
                + "If its volumes were deleted on purpose, delete the mirror; if not, restore them: the snapshots that exist are kept.");
        var pools = volumes.Select(v => v.Pool!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).ToList();
        if (pools.Count > 1)
            throw new SnapshotRefusedException(
                $"The volumes of the application {application.Name} lie on the pools {string.Join(", ", pools)}, and one point in time of all of them needs a single pool. "
                + "Move them to one pool, or make an application of each.");
        return new SnapshotPlan(
            pools[0],
            [.. volumes.Select(v => new TakenVolume(v.Namespace, v.Claim, v.VolumeId!, v.SizeBytes, v.StorageClass))],
            WithApplication(captured.Resources, application));
    }

    /// <summary>
    /// The other side needs the Application to take snapshots of its own once it is primary; the application's selectors rarely choose
    /// the object that holds them.
    /// </summary>
    private static CapturedResources WithApplication(CapturedResources resources, Application application)
    {
        if (resources.Objects.Any(o => o.Kind() == application.Kind && o.Group() == Kubernetes.WellKnown.Group && o.Name() == application.Name && o.Namespace() == application.Namespace))
            return resources;
        var json = KubeJson.ToJson(application);
        json.Remove("status");
        json.Metadata().Remove("managedFields");
        return resources with { Objects = [.. resources.Objects, json] };
    }
}
