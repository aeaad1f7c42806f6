using k8s.Models;

namespace Tonari.Kubernetes.Apply;

/// <summary>What to do with a persistent volume or a claim.</summary>
internal enum VolumeAction
{
    /// <summary>Create it.</summary>
    Create,

    /// <summary>It is as it should be.</summary>
    Leave,

    /// <summary>It is ours and released by a claim that is gone: free it for the new claim.</summary>
    FreeClaimRef,

    /// <summary>It is being deleted: come again.</summary>
    Wait,

    /// <summary>It is something else's: change nothing.</summary>
    Refuse,
}

/// <summary>A decision and, unless it is to create or leave, the sentence for it.</summary>
internal sealed record VolumeDecision(VolumeAction Action, string? Message = null);

/// <summary>Decides on volumes and claims from what is there and what is wanted. Whatever belongs to another volume is never touched.</summary>
internal static class VolumeDecisions
{
    public static VolumeDecision OfClaim(V1PersistentVolumeClaim? there, V1PersistentVolumeClaim wanted)
    {
        if (there is null)
            return new VolumeDecision(VolumeAction.Create);
        if (there.Metadata.DeletionTimestamp is not null)
            return new VolumeDecision(VolumeAction.Wait, "The claim is being deleted; it goes once no pod uses it.");
        if (there.Spec.VolumeName == wanted.Spec.VolumeName)
            return new VolumeDecision(VolumeAction.Leave, "It is bound to this volume already.");
        return string.IsNullOrEmpty(there.Spec.VolumeName)
            ? new VolumeDecision(VolumeAction.Refuse, "A claim of this name exists and waits for another volume. Delete it if it is not needed; nothing was changed.")
            : new VolumeDecision(
                VolumeAction.Refuse,
                $"A claim of this name exists and is bound to the volume {there.Spec.VolumeName}, which is not this application's {wanted.Spec.VolumeName}. "
                + "Move the application to another namespace or remove that claim; nothing was changed.");
    }

    public static VolumeDecision OfVolume(V1PersistentVolume? there, V1PersistentVolume wanted, V1PersistentVolumeClaim? claim)
    {
        if (there is null)
            return new VolumeDecision(VolumeAction.Create);
        if (there.Metadata.DeletionTimestamp is not null)
            return new VolumeDecision(VolumeAction.Wait, "The volume object is being deleted.");
        if (there.Spec.Csi?.Driver != wanted.Spec.Csi.Driver || there.Spec.Csi.VolumeHandle != wanted.Spec.Csi.VolumeHandle)
            return new VolumeDecision(VolumeAction.Refuse, "A persistent volume of this name exists and is not kept by Tonari; nothing was changed.");
        if (PoolOf(there) != PoolOf(wanted))
        {
            return new VolumeDecision(
                VolumeAction.Refuse,
                $"A persistent volume for this volume exists and says that it is kept in pool {PoolOf(there)}, but its data is in {PoolOf(wanted)}. "
                + "Delete the claim and that object (with reclaim policy Retain) so that it can be made anew; nothing was changed.");
        }
        if (there.Spec.ClaimRef is not { } reference)
            return new VolumeDecision(VolumeAction.FreeClaimRef);
        if (reference.Name != wanted.Spec.ClaimRef.Name || reference.NamespaceProperty != wanted.Spec.ClaimRef.NamespaceProperty)
        {
            return new VolumeDecision(
                VolumeAction.Refuse, $"This volume is bound to the claim {reference.NamespaceProperty}/{reference.Name}; nothing was changed.");
        }
        return reference.Uid is null || reference.Uid == claim?.Metadata.Uid
            ? new VolumeDecision(VolumeAction.Leave)
            : new VolumeDecision(VolumeAction.FreeClaimRef);
    }

    private static string? PoolOf(V1PersistentVolume volume) =>
        volume.Spec.Csi.VolumeAttributes is { } attributes && attributes.TryGetValue(WellKnown.PoolAttribute, out var pool) ? pool : null;
}
