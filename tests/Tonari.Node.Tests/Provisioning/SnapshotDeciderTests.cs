using k8s.Models;
using Tonari.Node.Provisioning;

namespace Tonari.Node.Tests.Provisioning;

public sealed class SnapshotDeciderTests
{
    private static readonly DateTime s_now = new(2026, 11, 23, 6, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_snapshot_is_protected_made_and_published()
    {
        var snapshot = Snapshot(finalizer: false);
        SnapshotDecider.Decide(snapshot, null).ShouldBe(SnapshotStep.Protect);
        snapshot = Snapshot();
        SnapshotDecider.Decide(snapshot, null).ShouldBe(SnapshotStep.CreateContent);
        var content = Content();
        SnapshotDecider.Decide(snapshot, content).ShouldBe(SnapshotStep.Publish);
        SnapshotDecider.Decide(content, snapshot, isHere: true).ShouldBe(ContentStep.Take);
        SnapshotDecider.Decide(content, snapshot, isHere: false).ShouldBe(ContentStep.Nothing);
        content.Status = new VolumeSnapshotContentStatus { ReadyToUse = true, SnapshotHandle = "v/s" };
        SnapshotDecider.Decide(content, snapshot, isHere: true).ShouldBe(ContentStep.Nothing);
        snapshot.Status = new VolumeSnapshotStatus { BoundVolumeSnapshotContentName = "snapcontent-u1", ReadyToUse = true };
        SnapshotDecider.Decide(snapshot, content).ShouldBe(SnapshotStep.Nothing);
        SnapshotDecider.Decide(snapshot, null).ShouldBe(SnapshotStep.Nothing, "a bound snapshot whose content is gone is not taken anew");
    }

    [Fact]
    public void A_content_made_by_hand_is_claimed_and_described()
    {
        var content = Content(uid: "");
        content.Spec = content.Spec with { Source = new VolumeSnapshotContentSource { SnapshotHandle = "v/s" } };
        SnapshotDecider.Decide(Snapshot(), content).ShouldBe(SnapshotStep.ClaimContent);
        SnapshotDecider.Decide(content, Snapshot(), isHere: true).ShouldBe(ContentStep.Describe);
        SnapshotDecider.Decide(Snapshot(), Content(uid: "another")).ShouldBe(SnapshotStep.Nothing, "it belongs to another snapshot");
    }

    [Fact]
    public void Deletion_goes_from_the_snapshot_to_the_content_and_back()
    {
        var snapshot = Snapshot();
        var content = Content();
        content.Metadata.DeletionTimestamp = s_now;
        SnapshotDecider.Decide(content, snapshot, isHere: true).ShouldBe(ContentStep.Nothing, "the snapshot is still wanted");
        snapshot.Metadata.DeletionTimestamp = s_now;
        SnapshotDecider.Decide(content, snapshot, isHere: true).ShouldBe(ContentStep.DeleteSnapshot);
        SnapshotDecider.Decide(snapshot, content).ShouldBe(SnapshotStep.Nothing, "it waits for its content");
        SnapshotDecider.Decide(snapshot, Content()).ShouldBe(SnapshotStep.DeleteContent);
        SnapshotDecider.Decide(snapshot, null).ShouldBe(SnapshotStep.LetGo);
        var retained = Content(policy: "Retain");
        SnapshotDecider.Decide(snapshot, retained).ShouldBe(SnapshotStep.LetGo);
        retained.Metadata.DeletionTimestamp = s_now;
        SnapshotDecider.Decide(retained, null, isHere: true).ShouldBe(ContentStep.LetGo);
    }

    private static VolumeSnapshot Snapshot(bool finalizer = true) => new()
    {
        Metadata = new V1ObjectMeta { Name = "nightly", NamespaceProperty = "shop", Uid = "u1", Finalizers = finalizer ? [SnapshotKinds.BoundFinalizer] : null },
        Spec = new VolumeSnapshotSpec { Source = new VolumeSnapshotSource { PersistentVolumeClaimName = "data" } },
    };

    private static VolumeSnapshotContent Content(string uid = "u1", string policy = "Delete") => new()
    {
        Metadata = new V1ObjectMeta { Name = "snapcontent-u1", Finalizers = [SnapshotKinds.ContentFinalizer] },
        Spec = new VolumeSnapshotContentSpec
        {
            Driver = "tonari.dev",
            DeletionPolicy = policy,
            Source = new VolumeSnapshotContentSource { VolumeHandle = "v" },
            VolumeSnapshotRef = new V1ObjectReference { Name = "nightly", NamespaceProperty = "shop", Uid = uid },
        },
    };
}
