using Tonari.Kubernetes;

namespace Tonari.Node.Provisioning;

/// <summary>The next step for a VolumeSnapshot.</summary>
internal enum SnapshotStep
{
    Nothing,

    /// <summary>Our finalizer keeps it until its content is dealt with.</summary>
    Protect,

    /// <summary>Make its content.</summary>
    CreateContent,

    /// <summary>A content made by hand waits for this snapshot: write the snapshot's uid into it.</summary>
    ClaimContent,

    /// <summary>Tell it what its content says.</summary>
    Publish,

    /// <summary>It is being deleted: its content goes with it.</summary>
    DeleteContent,

    /// <summary>It is being deleted and nothing holds it any more.</summary>
    LetGo,
}

/// <summary>The next step for a VolumeSnapshotContent.</summary>
internal enum ContentStep
{
    Nothing,

    /// <summary>Take the snapshot.</summary>
    Take,

    /// <summary>It exists already: look at it and say so.</summary>
    Describe,

    /// <summary>It is being deleted, the snapshot with it.</summary>
    DeleteSnapshot,

    /// <summary>It is being deleted, the snapshot stays.</summary>
    LetGo,
}

/// <summary>Decides about snapshot objects. Pure.</summary>
internal static class SnapshotDecider
{
    public static SnapshotStep Decide(VolumeSnapshot snapshot, VolumeSnapshotContent? content)
    {
        var finalizers = snapshot.Metadata.Finalizers ?? [];
        if (snapshot.Metadata.DeletionTimestamp is not null)
        {
            if (!finalizers.Contains(SnapshotKinds.BoundFinalizer))
                return SnapshotStep.Nothing;
            var goes = content is { Spec.DeletionPolicy: StorageNames.Delete } && IsOf(content, snapshot);
            return !goes ? SnapshotStep.LetGo : content!.Metadata.DeletionTimestamp is null ? SnapshotStep.DeleteContent : SnapshotStep.Nothing;
        }

        if (!finalizers.Contains(SnapshotKinds.BoundFinalizer))
            return SnapshotStep.Protect;
        if (content is null)
            return snapshot.Spec.Source.PersistentVolumeClaimName is null || snapshot.Status?.BoundVolumeSnapshotContentName is not null ? SnapshotStep.Nothing : SnapshotStep.CreateContent;
        if (!IsOf(content, snapshot))
            return SnapshotStep.Nothing;
        if (string.IsNullOrEmpty(content.Spec.VolumeSnapshotRef?.Uid))
            return SnapshotStep.ClaimContent;
        var told = snapshot.Status?.BoundVolumeSnapshotContentName == content.Metadata.Name && snapshot.Status.ReadyToUse == (content.Status?.ReadyToUse ?? false);
        return told ? SnapshotStep.Nothing : SnapshotStep.Publish;
    }

    /// <param name="content">The content.</param>
    /// <param name="owner">The VolumeSnapshot it belongs to, if that exists.</param>
    /// <param name="isHere">Whether its volume is on this node.</param>
    public static ContentStep Decide(VolumeSnapshotContent content, VolumeSnapshot? owner, bool isHere)
    {
        if (content.Spec.Driver != WellKnown.Driver || !isHere)
            return ContentStep.Nothing;
        if (content.Metadata.DeletionTimestamp is null)
        {
            if (content.Status?.ReadyToUse == true)
                return ContentStep.Nothing;
            return content.Spec.Source.SnapshotHandle is not null ? ContentStep.Describe : ContentStep.Take;
        }

        // A content is not pulled away from under a snapshot that is still wanted.
        var wanted = owner is { Metadata.DeletionTimestamp: null } && IsOf(content, owner);
        if (wanted || content.Metadata.Finalizers?.Contains(SnapshotKinds.ContentFinalizer) != true)
            return ContentStep.Nothing;
        return content.Spec.DeletionPolicy == StorageNames.Delete ? ContentStep.DeleteSnapshot : ContentStep.LetGo;
    }

    /// <summary>A content made by hand has no uid in its reference until it is claimed.</summary>
    public static bool IsOf(VolumeSnapshotContent content, VolumeSnapshot snapshot) =>
        content.Spec.VolumeSnapshotRef is { } reference && reference.Name == snapshot.Metadata.Name && reference.NamespaceProperty == snapshot.Metadata.NamespaceProperty
        && (string.IsNullOrEmpty(reference.Uid) || reference.Uid == snapshot.Metadata.Uid);
}
