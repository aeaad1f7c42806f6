namespace Tonari.Node.Provisioning;

/// <summary>Names Kubernetes and its storage controllers agree on.</summary>
internal static class StorageNames
{
    /// <summary>Annotation of a claim: the node its pod is going to run on.</summary>
    public const string SelectedNode = "volume.kubernetes.io/selected-node";

    /// <summary>Annotation of a claim: Kubernetes found no volume for it and waits for this provisioner.</summary>
    public const string Provisioner = "volume.kubernetes.io/storage-provisioner";

    /// <summary>The same, before Kubernetes 1.23.</summary>
    public const string BetaProvisioner = "volume.beta.kubernetes.io/storage-provisioner";

    /// <summary>Annotation of a volume: who made it.</summary>
    public const string ProvisionedBy = "pv.kubernetes.io/provisioned-by";

    /// <summary>Our finalizer on volumes we made: the object stays until the volume itself is gone.</summary>
    public const string VolumeFinalizer = "tonari.dev/volume";

    /// <summary>StorageClass parameters that name the filesystem.</summary>
    public const string FileSystemParameter = "csi.storage.k8s.io/fstype";

    /// <summary>See <see cref="FileSystemParameter"/>.</summary>
    public const string OldFileSystemParameter = "fsType";

    public const string Storage = "storage";
    public const string WaitForFirstConsumer = "WaitForFirstConsumer";
    public const string BlockMode = "Block";
    public const string Delete = "Delete";
}
