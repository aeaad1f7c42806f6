using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Pools;

namespace Tonari.Node.Provisioning;

/// <summary>Builds and reads PersistentVolumes of this driver. Pure.</summary>
internal static class VolumeObjects
{
    /// <summary>The volume object of a claim.</summary>
    public static V1PersistentVolume Build(V1PersistentVolumeClaim claim, V1StorageClass storageClass, ProvisionFacts facts, PlacedVolume placed, string node) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = WellKnown.VolumeIdOf(claim.Metadata.Uid),
            Annotations = new Dictionary<string, string> { [StorageNames.ProvisionedBy] = WellKnown.Driver },
            Finalizers = [StorageNames.VolumeFinalizer],
        },
        Spec = new V1PersistentVolumeSpec
        {
            AccessModes = claim.Spec.AccessModes,
            Capacity = Quantities.Storage(placed.Volume.Size.Value),
            ClaimRef = new V1ObjectReference
            {
                ApiVersion = "v1",
                Kind = "PersistentVolumeClaim",
                Name = claim.Metadata.Name,
                NamespaceProperty = claim.Metadata.NamespaceProperty,
                Uid = claim.Metadata.Uid,
                ResourceVersion = claim.Metadata.ResourceVersion,
            },
            Csi = new V1CSIPersistentVolumeSource
            {
                Driver = WellKnown.Driver,
                VolumeHandle = placed.Volume.Id.Value,
                FsType = facts.Block ? null : facts.FileSystem,
                VolumeAttributes = new Dictionary<string, string> { [WellKnown.PoolAttribute] = placed.Pool.Name },
            },
            MountOptions = facts.Block || storageClass.MountOptions is not { Count: > 0 } ? null : storageClass.MountOptions,
            NodeAffinity = AffinityTo(node),
            PersistentVolumeReclaimPolicy = storageClass.ReclaimPolicy ?? StorageNames.Delete,
            StorageClassName = storageClass.Metadata.Name,
            VolumeMode = facts.Block ? StorageNames.BlockMode : "Filesystem",
        },
    };

    /// <summary>The node a volume is on; null where its object does not say.</summary>
    public static string? NodeOf(V1PersistentVolume volume) => volume.Spec.NodeAffinity?.Required?.NodeSelectorTerms?
        .SelectMany(term => term.MatchExpressions ?? [])
        .FirstOrDefault(expression => expression.Key == WellKnown.NodeTopologyKey && expression.OperatorProperty == "In")?.Values?.FirstOrDefault();

    public static bool IsOurs(V1PersistentVolume volume) => volume.Spec.Csi?.Driver == WellKnown.Driver;

    public static string? PoolOf(V1PersistentVolume volume) =>
        volume.Spec.Csi?.VolumeAttributes?.TryGetValue(WellKnown.PoolAttribute, out var pool) == true ? pool : null;

    public static bool IsBlock(V1PersistentVolume volume) => volume.Spec.VolumeMode == StorageNames.BlockMode;

    private static V1VolumeNodeAffinity AffinityTo(string node) => new()
    {
        Required = new V1NodeSelector
        {
            NodeSelectorTerms =
            [
                new V1NodeSelectorTerm
                {
                    MatchExpressions = [new V1NodeSelectorRequirement { Key = WellKnown.NodeTopologyKey, OperatorProperty = "In", Values = [node] }],
                },
            ],
        },
    };
}
