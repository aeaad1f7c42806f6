using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Node.Provisioning;

/// <summary>Finds out where a claim's data comes from.</summary>
internal sealed class ClaimSources(IKubernetesApi api, ClusterView view)
{
    /// <summary>Null: the claim asks for an empty volume.</summary>
    public async Task<SourceHandle?> FindAsync(V1PersistentVolumeClaim claim, CancellationToken ct)
    {
        var (group, kind, name) = claim.Spec.DataSourceRef is { } reference
            ? (reference.ApiGroup ?? "", reference.Kind, reference.Name)
            : (claim.Spec.DataSource?.ApiGroup ?? "", claim.Spec.DataSource?.Kind, claim.Spec.DataSource?.Name);
        return (group, kind) switch
        {
            (_, null) => null,
            ("", "PersistentVolumeClaim") => OfClaim(claim.Metadata.NamespaceProperty, name!),
            (SnapshotKinds.Group, "VolumeSnapshot") => await OfSnapshotAsync(claim.Metadata.NamespaceProperty, name!, ct),
            _ => SourceHandle.NotYet($"A volume cannot be made of a {kind}; use a PersistentVolumeClaim or a VolumeSnapshot as data source."),
        };
    }

    private SourceHandle OfClaim(string ns, string name)
    {
        if (view.Claims.Find(ns, name) is not { } source)
            return SourceHandle.NotYet($"There is no PersistentVolumeClaim {ns}/{name} to copy.");
        if (string.IsNullOrEmpty(source.Spec.VolumeName) || view.Volumes.Find(null, source.Spec.VolumeName) is not { } volume)
            return SourceHandle.NotYet($"The PersistentVolumeClaim {ns}/{name} to copy has no volume yet.");
        return VolumeObjects.IsOurs(volume)
            ? new SourceHandle(volume.Spec.Csi.VolumeHandle, null, VolumeObjects.NodeOf(volume), null)
            : SourceHandle.NotYet($"The volume of PersistentVolumeClaim {ns}/{name} belongs to another driver and cannot be copied by this one.");
    }

    private async Task<SourceHandle> OfSnapshotAsync(string ns, string name, CancellationToken ct)
    {
        if (await api.FindAsync<VolumeSnapshot>(ns, name, ct) is not { } snapshot)
            return SourceHandle.NotYet($"There is no VolumeSnapshot {ns}/{name} to restore.");
        if (snapshot.Status is not { ReadyToUse: true, BoundVolumeSnapshotContentName: { } contentName }
            || await api.FindAsync<VolumeSnapshotContent>(null, contentName, ct) is not { Status.SnapshotHandle: { } handle } content)
            return SourceHandle.NotYet($"The VolumeSnapshot {ns}/{name} to restore is not ready yet.");
        if (content.Spec.Driver != Kubernetes.WellKnown.Driver)
            return SourceHandle.NotYet($"The VolumeSnapshot {ns}/{name} belongs to the driver {content.Spec.Driver}.");
        var home = content.Metadata.Annotations?.TryGetValue(Kubernetes.WellKnown.NodeTopologyKey, out var node) == true ? node : null;
        return new SourceHandle(handle.Split('/')[0], handle, home, null);
    }
}
