using k8s.Models;

namespace Tonari.Node.Provisioning;

/// <summary>What to do about a bound claim and its size.</summary>
internal abstract record ResizeDecision
{
    /// <summary>It has what it asks for, or kubelet has the next step.</summary>
    internal sealed record Nothing : ResizeDecision
    {
        public static Nothing Instance { get; } = new();
    }

    /// <summary>Grow the volume, then the object.</summary>
    internal sealed record Grow(long Bytes) : ResizeDecision;

    /// <summary>The volume has grown: tell the claim that kubelet has to grow the filesystem.</summary>
    internal sealed record AwaitFileSystem : ResizeDecision;

    /// <summary>The volume has grown and has no filesystem: the claim has its size.</summary>
    internal sealed record Finish(long Bytes) : ResizeDecision;
}

/// <summary>Decides about sizes. Pure.</summary>
internal static class ResizeDecider
{
    public const string FileSystemPending = "FileSystemResizePending";

    public static ResizeDecision Decide(V1PersistentVolumeClaim claim, V1PersistentVolume volume)
    {
        if (claim.Status?.Phase != "Bound" || claim.Metadata.DeletionTimestamp is not null || volume.Spec.ClaimRef?.Uid != claim.Metadata.Uid)
            return ResizeDecision.Nothing.Instance;
        var asked = ClaimDecider.Bytes(claim.Spec.Resources?.Requests);
        var has = ClaimDecider.Bytes(volume.Spec.Capacity);
        var told = ClaimDecider.Bytes(claim.Status.Capacity);
        if (asked > has)
            return new ResizeDecision.Grow(asked);
        if (told >= asked)
            return ResizeDecision.Nothing.Instance;
        if (VolumeObjects.IsBlock(volume))
            return new ResizeDecision.Finish(has);
        var pending = claim.Status.Conditions?.Any(condition => condition.Type == FileSystemPending && condition.Status == "True") == true;
        return pending ? ResizeDecision.Nothing.Instance : new ResizeDecision.AwaitFileSystem();
    }
}
