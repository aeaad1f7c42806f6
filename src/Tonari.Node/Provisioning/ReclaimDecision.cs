using k8s.Models;

namespace Tonari.Node.Provisioning;

/// <summary>What to do about a PersistentVolume nobody claims any more.</summary>
internal enum ReclaimDecision
{
    /// <summary>It is in use, kept, or another node's.</summary>
    Keep,

    /// <summary>Delete the volume, then the object.</summary>
    DeleteVolume,

    /// <summary>The object was deleted and its volume is to be kept: only our finalizer goes.</summary>
    LetGo,
}

/// <summary>Decides about volumes. Pure.</summary>
internal static class ReclaimDecider
{
    /// <param name="volume">The object.</param>
    /// <param name="isHere">Whether its volume is on this node.</param>
    public static ReclaimDecision Decide(V1PersistentVolume volume, bool isHere)
    {
        if (!isHere || !VolumeObjects.IsOurs(volume))
            return ReclaimDecision.Keep;
        var phase = volume.Status?.Phase;
        var deletes = volume.Spec.PersistentVolumeReclaimPolicy == StorageNames.Delete;
        // Failed is what Kubernetes says of a released volume for which it knows no deleter (one that was not provisioned dynamically).
        if (phase is "Released" or "Failed" && deletes)
            return ReclaimDecision.DeleteVolume;
        var hasFinalizer = volume.Metadata.Finalizers?.Contains(StorageNames.VolumeFinalizer) == true;
        if (volume.Metadata.DeletionTimestamp is null || !hasFinalizer || phase == "Bound")
            return ReclaimDecision.Keep;
        return deletes ? ReclaimDecision.DeleteVolume : ReclaimDecision.LetGo;
    }
}
