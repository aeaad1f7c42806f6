using k8s.Models;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Provisioning;

namespace Tonari.Node.Tests.Provisioning;

public sealed class VolumeDeciderTests
{
    private static readonly DateTime s_now = new(2026, 11, 23, 6, 0, 0, DateTimeKind.Utc);

    [Theory]
    [InlineData("Released", "Delete", false, ReclaimDecision.DeleteVolume)]
    [InlineData("Failed", "Delete", false, ReclaimDecision.DeleteVolume)]
    [InlineData("Released", "Retain", false, ReclaimDecision.Keep)]
    [InlineData("Bound", "Delete", false, ReclaimDecision.Keep)]
    [InlineData("Available", "Delete", false, ReclaimDecision.Keep)]
    [InlineData("Bound", "Delete", true, ReclaimDecision.Keep)]
    [InlineData("Available", "Delete", true, ReclaimDecision.DeleteVolume)]
    [InlineData("Released", "Retain", true, ReclaimDecision.LetGo)]
    internal void Volumes_are_reclaimed_when_nobody_has_them(string phase, string policy, bool deleting, ReclaimDecision expected)
    {
        var volume = Volume(1);
        volume.Status = new V1PersistentVolumeStatus { Phase = phase };
        volume.Spec.PersistentVolumeReclaimPolicy = policy;
        volume.Metadata.DeletionTimestamp = deleting ? s_now : null;
        ReclaimDecider.Decide(volume, isHere: true).ShouldBe(expected);
        ReclaimDecider.Decide(volume, isHere: false).ShouldBe(ReclaimDecision.Keep);
        volume.Spec.Csi.Driver = "other";
        ReclaimDecider.Decide(volume, isHere: true).ShouldBe(ReclaimDecision.Keep);
    }

    [Fact]
    public void A_claim_grows_step_by_step_and_after_a_crash_goes_on()
    {
        var claim = Bound(asked: "2Gi", told: "1Gi");
        ResizeDecider.Decide(claim, Volume(1)).ShouldBe(new ResizeDecision.Grow(2L << 30));
        ResizeDecider.Decide(claim, Volume(2)).ShouldBeOfType<ResizeDecision.AwaitFileSystem>();
        claim.Status.Conditions = [new V1PersistentVolumeClaimCondition { Type = "FileSystemResizePending", Status = "True" }];
        ResizeDecider.Decide(claim, Volume(2)).ShouldBeOfType<ResizeDecision.Nothing>();
        ResizeDecider.Decide(Bound("2Gi", "2Gi"), Volume(2)).ShouldBeOfType<ResizeDecision.Nothing>();
        var block = Volume(2);
        block.Spec.VolumeMode = "Block";
        ResizeDecider.Decide(Bound("2Gi", "1Gi"), block).ShouldBe(new ResizeDecision.Finish(2L << 30));
        var stranger = Volume(1);
        stranger.Spec.ClaimRef.Uid = "another";
        ResizeDecider.Decide(claim, stranger).ShouldBeOfType<ResizeDecision.Nothing>();
    }

    [Fact]
    public void Conditions_of_others_survive()
    {
        var claim = Bound("2Gi", "1Gi");
        claim.Status.Conditions = [new() { Type = "Foreign", Status = "True" }, new() { Type = "Resizing", Status = "True" }];
        var conditions = ResizeStatus.AwaitFileSystem(claim, s_now)["conditions"]!.AsArray();
        conditions.Select(condition => (string?)condition!["type"]).ShouldBe(["Foreign", "FileSystemResizePending"]);
        ResizeStatus.Finished(claim, 5)["conditions"]!.AsArray().Count.ShouldBe(1);
    }

    private static V1PersistentVolumeClaim Bound(string asked, string told)
    {
        var claim = ClaimDeciderTests.Claim("blue");
        claim.Spec.Resources.Requests["storage"] = new ResourceQuantity(asked);
        claim.Status = new V1PersistentVolumeClaimStatus { Phase = "Bound", Capacity = new Dictionary<string, ResourceQuantity> { ["storage"] = new(told) } };
        return claim;
    }

    private static V1PersistentVolume Volume(int gibibytes) => new()
    {
        Metadata = new V1ObjectMeta { Name = "pv", Finalizers = [StorageNames.VolumeFinalizer] },
        Spec = new V1PersistentVolumeSpec
        {
            Capacity = Quantities.Storage((long)gibibytes << 30),
            Csi = new V1CSIPersistentVolumeSource { Driver = "tonari.dev", VolumeHandle = "vol" },
            ClaimRef = new V1ObjectReference { Uid = ClaimDeciderTests.Claim(null).Metadata.Uid },
        },
    };
}
