using k8s.Models;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Transform;

namespace Tonari.Kubernetes.Apply;

/// <summary>
/// The PersistentVolume and claim of a volume that is live on this cluster. Pure. The volume is named after its id, as the one that was first
/// provisioned was, so that a volume that comes home finds its own object.
/// </summary>
public static class VolumeObjects
{
    /// <summary>The static volume, bound in advance to its one claim.</summary>
    /// <param name="promoted">The volume.</param>
    /// <param name="transform">Mappings and mirror id.</param>
    /// <param name="storageClass">The storage class here; its reclaim policy and mount options are taken over.</param>
    public static V1PersistentVolume Volume(PromotedVolume promoted, TransformOptions transform, V1StorageClass? storageClass)
    {
        var captured = promoted.Volume;
        return new V1PersistentVolume
        {
            Metadata = new V1ObjectMeta
            {
                Name = captured.VolumeId,
                Labels = new Dictionary<string, string> { [WellKnown.MirrorLabel] = transform.MirrorId },
                // The provisioner deletes volumes with reclaim policy Delete only where it finds its own name here.
                Annotations = new Dictionary<string, string> { ["pv.kubernetes.io/provisioned-by"] = WellKnown.Driver },
            },
            Spec = new V1PersistentVolumeSpec
            {
                Capacity = Quantities.Storage(promoted.SizeBytes),
                AccessModes = [.. captured.AccessModes],
                VolumeMode = captured.VolumeMode,
                StorageClassName = transform.StorageClass(captured.StorageClass),
                PersistentVolumeReclaimPolicy = storageClass?.ReclaimPolicy ?? "Delete",
                MountOptions = storageClass?.MountOptions is { Count: > 0 } options ? [.. options] : null,
                ClaimRef = new V1ObjectReference
                {
                    ApiVersion = "v1",
                    Kind = "PersistentVolumeClaim",
                    NamespaceProperty = transform.Namespace(captured.Namespace),
                    Name = captured.Claim,
                },
                Csi = new V1CSIPersistentVolumeSource
                {
                    Driver = WellKnown.Driver,
                    VolumeHandle = captured.VolumeId,
                    FsType = captured.FsType,
                    VolumeAttributes = new Dictionary<string, string> { [WellKnown.PoolAttribute] = promoted.Pool },
                },
                NodeAffinity = new V1VolumeNodeAffinity
                {
                    Required = new V1NodeSelector
                    {
                        NodeSelectorTerms =
                        [
                            new V1NodeSelectorTerm
                            {
                                MatchExpressions =
                                [
                                    new V1NodeSelectorRequirement { Key = WellKnown.NodeTopologyKey, OperatorProperty = "In", Values = [promoted.Node] },
                                ],
                            },
                        ],
                    },
                },
            },
        };
    }

    /// <summary>The claim, for this very volume.</summary>
    public static V1PersistentVolumeClaim Claim(PromotedVolume promoted, TransformOptions transform)
    {
        var captured = promoted.Volume;
        return new V1PersistentVolumeClaim
        {
            Metadata = new V1ObjectMeta
            {
                Name = captured.Claim,
                NamespaceProperty = transform.Namespace(captured.Namespace),
                Labels = new Dictionary<string, string>(captured.Labels) { [WellKnown.MirrorLabel] = transform.MirrorId },
                Annotations = captured.Annotations.Count == 0 ? null : new Dictionary<string, string>(captured.Annotations),
            },
            Spec = new V1PersistentVolumeClaimSpec
            {
                AccessModes = [.. captured.AccessModes],
                VolumeMode = captured.VolumeMode,
                StorageClassName = transform.StorageClass(captured.StorageClass) ?? "",
                VolumeName = captured.VolumeId,
                Resources = new V1VolumeResourceRequirements { Requests = Quantities.Storage(promoted.SizeBytes) },
            },
        };
    }
}
