using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Mounting;

namespace Tonari.Node.Provisioning;

/// <summary>What to do about a claim without volume.</summary>
internal abstract record ClaimDecision
{
    /// <summary>Nothing here: it is bound, another provisioner's, another node's, or not yet Kubernetes' turn to us.</summary>
    internal sealed record Ignore : ClaimDecision
    {
        public static Ignore Instance { get; } = new();
    }

    /// <summary>This node makes it.</summary>
    internal sealed record Provision(ProvisionFacts Facts) : ClaimDecision;

    /// <summary>It cannot be made as it is; the sentence is for its user.</summary>
    /// <param name="Sentence">Why, and what to do.</param>
    /// <param name="ChooseNodeAgain">Whether the scheduler is asked for another node.</param>
    internal sealed record Refuse(string Sentence, bool ChooseNodeAgain = false) : ClaimDecision;
}

/// <summary>What the volume of a claim is to be.</summary>
/// <param name="RequestedBytes">At least.</param>
/// <param name="LimitBytes">At most; 0: no limit.</param>
/// <param name="Block">Raw block instead of a filesystem.</param>
/// <param name="FileSystem">ext4 or xfs.</param>
/// <param name="Pool">Pool named by the class; null: any.</param>
/// <param name="Source">Volume or snapshot handle it is made of; null: empty.</param>
internal sealed record ProvisionFacts(long RequestedBytes, long LimitBytes, bool Block, string FileSystem, string? Pool, SourceHandle? Source);

/// <summary>Where a claim's data comes from.</summary>
/// <param name="Volume">Volume handle.</param>
/// <param name="Snapshot">Snapshot handle, which names the volume as well; null: the volume itself.</param>
/// <param name="Node">The node that has it; null where that is not known from the objects.</param>
/// <param name="Problem">Why it cannot be used yet, as a sentence; null where it can.</param>
internal sealed record SourceHandle(string Volume, string? Snapshot, string? Node, string? Problem)
{
    public static SourceHandle NotYet(string problem) => new("", null, null, problem);
}

/// <summary>Decides about claims. Pure.</summary>
internal static class ClaimDecider
{
    /// <summary>A node that said nothing for longer is not counted on for claims that any node may take.</summary>
    public static readonly TimeSpan SilentAfter = TimeSpan.FromMinutes(3);

    /// <param name="claim">The claim.</param>
    /// <param name="storageClass">Its class; null where there is none of that name.</param>
    /// <param name="source">Where its data comes from; null: nowhere.</param>
    /// <param name="node">This node.</param>
    /// <param name="pools">All pools of the cluster.</param>
    /// <param name="now">The time.</param>
    public static ClaimDecision Decide(
        V1PersistentVolumeClaim claim, V1StorageClass? storageClass, SourceHandle? source, string node, IReadOnlyCollection<StoragePool> pools, DateTimeOffset now)
    {
        if (!IsOurs(claim, storageClass))
            return ClaimDecision.Ignore.Instance;
        var pool = storageClass!.Parameters?.TryGetValue(WellKnown.PoolAttribute, out var named) == true ? named : null;
        var selected = claim.Metadata.Annotations?.TryGetValue(StorageNames.SelectedNode, out var chosen) == true ? chosen : null;
        if (selected is null && storageClass.VolumeBindingMode == StorageNames.WaitForFirstConsumer)
            return ClaimDecision.Ignore.Instance;
        var owner = selected ?? source?.Node ?? OwnerOf(claim.Metadata.Uid, pool, pools, now);
        if (owner != node)
            return ClaimDecision.Ignore.Instance;
        if (Objection(claim, storageClass) is { } objection)
            return new ClaimDecision.Refuse(objection);
        if (source?.Problem is { } problem)
            return new ClaimDecision.Refuse(problem);
        if (source?.Node is { } home && home != node)
        {
            return new ClaimDecision.Refuse(
                $"The data to copy is on node {home}, and the pod was scheduled to {node}; a copy is made where its source is. Let the pod run on {home} (nodeSelector or nodeAffinity).",
                ChooseNodeAgain: true);
        }

        return new ClaimDecision.Provision(FactsOf(claim, storageClass, pool, source));
    }

    /// <summary>The node that takes a claim any node could take: every node computes the same one, and it does not move when usage does.</summary>
    public static string? OwnerOf(string claimUid, string? pool, IReadOnlyCollection<StoragePool> pools, DateTimeOffset now)
    {
        var candidates = pools
            .Where(candidate => candidate.Spec.Managed && candidate.Status is { Usable: true, Node: not null } && IsNamed(candidate, pool)
                && now - candidate.Status.HeartbeatTime < SilentAfter)
            .Select(candidate => candidate.Status!.Node!)
            .Distinct(StringComparer.Ordinal);
        return candidates.MaxBy(candidate => Rank(claimUid, candidate));
    }

    private static bool IsOurs(V1PersistentVolumeClaim claim, V1StorageClass? storageClass)
    {
        if (claim.Metadata.DeletionTimestamp is not null || !string.IsNullOrEmpty(claim.Spec.VolumeName) || storageClass?.Provisioner != WellKnown.Driver)
            return false;
        // Kubernetes writes this when no existing volume fits the claim.
        var annotations = claim.Metadata.Annotations;
        return annotations is not null
            && ((annotations.TryGetValue(StorageNames.Provisioner, out var name) && name == WellKnown.Driver)
                || (annotations.TryGetValue(StorageNames.BetaProvisioner, out var beta) && beta == WellKnown.Driver));
    }

    private static string? Objection(V1PersistentVolumeClaim claim, V1StorageClass storageClass)
    {
        if (claim.Spec.AccessModes?.FirstOrDefault(mode => mode is "ReadWriteMany" or "ReadOnlyMany") is { } mode)
            return $"The access mode {mode} is not supported: a volume lives on one node. Use ReadWriteOnce or ReadWriteOncePod.";
        if (claim.Spec.Selector is not null)
            return "A claim with a selector is for volumes that exist already; take the selector away to have a volume made.";
        var fileSystem = FileSystemOf(storageClass);
        return claim.Spec.VolumeMode == StorageNames.BlockMode || FileSystemTypes.IsKnown(fileSystem)
            ? null
            : $"The StorageClass asks for the filesystem '{fileSystem}', which is not supported; use ext4 or xfs.";
    }

    private static ProvisionFacts FactsOf(V1PersistentVolumeClaim claim, V1StorageClass storageClass, string? pool, SourceHandle? source) => new(
        Bytes(claim.Spec.Resources?.Requests), Bytes(claim.Spec.Resources?.Limits), claim.Spec.VolumeMode == StorageNames.BlockMode,
        FileSystemOf(storageClass), pool, source);

    private static string FileSystemOf(V1StorageClass storageClass)
    {
        var parameters = storageClass.Parameters ?? new Dictionary<string, string>();
        return FileSystemTypes.OrDefault(
            parameters.TryGetValue(StorageNames.FileSystemParameter, out var type) || parameters.TryGetValue(StorageNames.OldFileSystemParameter, out type) ? type : null);
    }

    /// <summary>Fractions of a byte are rounded up.</summary>
    public static long Bytes(IDictionary<string, ResourceQuantity>? quantities) =>
        quantities is not null && quantities.TryGetValue(StorageNames.Storage, out var quantity) ? (long)Math.Ceiling(quantity.ToDecimal()) : 0;

    private static bool IsNamed(StoragePool pool, string? wanted) =>
        string.IsNullOrEmpty(wanted) || pool.Name == wanted || Path.GetFileName(pool.Status?.Path) == wanted;

    /// <summary>FNV-1a: rendezvous hashing, so that a node that comes or goes moves no other node's claims.</summary>
    private static uint Rank(string claimUid, string node)
    {
        const uint Basis = 2166136261;
        const uint Prime = 16777619;
        return $"{claimUid}/{node}".Aggregate(Basis, (hash, c) => unchecked((hash ^ c) * Prime));
    }
}
