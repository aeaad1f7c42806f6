using k8s.Models;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Provisioning;

namespace Tonari.Node.Tests.Provisioning;

public sealed class ClaimDeciderTests
{
    private static readonly DateTimeOffset s_now = new(2026, 11, 23, 6, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_selected_node_makes_the_volume_and_no_other()
    {
        var claim = Claim(selected: "blue");
        Decide(claim, "blue").ShouldBeOfType<ClaimDecision.Provision>().Facts.ShouldBe(new ProvisionFacts(1 << 30, 0, false, "ext4", null, null));
        Decide(claim, "green").ShouldBeOfType<ClaimDecision.Ignore>();
        Decide(Claim(selected: null), "blue").ShouldBeOfType<ClaimDecision.Ignore>();
    }

    [Fact]
    public void Kubernetes_turn_comes_first()
    {
        var untold = Claim("blue");
        untold.Metadata.Annotations.Remove(StorageNames.Provisioner);
        Decide(untold, "blue").ShouldBeOfType<ClaimDecision.Ignore>();
        untold.Metadata.Annotations[StorageNames.BetaProvisioner] = "tonari.dev";
        Decide(untold, "blue").ShouldBeOfType<ClaimDecision.Provision>();
        var bound = Claim("blue");
        bound.Spec.VolumeName = "pv";
        Decide(bound, "blue").ShouldBeOfType<ClaimDecision.Ignore>();
        var gone = Claim("blue");
        gone.Metadata.DeletionTimestamp = s_now.UtcDateTime;
        Decide(gone, "blue").ShouldBeOfType<ClaimDecision.Ignore>();
    }

    [Fact]
    public void Exactly_one_node_takes_a_claim_that_any_could_take()
    {
        var immediate = Class();
        immediate.VolumeBindingMode = "Immediate";
        string[] nodes = ["a", "b", "c", "d"];
        var pools = nodes.Select(node => Pool(node, managed: node != "d")).ToArray();
        var takers = new HashSet<string>();
        foreach (var uid in Enumerable.Range(0, 50).Select(i => $"uid-{i}"))
        {
            var claim = Claim(selected: null);
            claim.Metadata.Uid = uid;
            var taker = nodes.Where(node => ClaimDecider.Decide(claim, immediate, null, node, pools, s_now) is ClaimDecision.Provision).ShouldHaveSingleItem();
            takers.Add(taker);
        }

        takers.Order().ShouldBe(["a", "b", "c"]);
        pools[0].Status = pools[0].Status! with { HeartbeatTime = s_now - TimeSpan.FromHours(1) };
        ClaimDecider.OwnerOf("uid-1", null, [pools[0]], s_now).ShouldBeNull();
        ClaimDecider.OwnerOf("uid-1", "b-main", pools, s_now).ShouldBe("b");
    }

    [Fact]
    public void A_copy_is_made_where_its_source_is()
    {
        var source = new SourceHandle("vol-1", null, "green", null);
        var refusal = Decide(Claim("blue"), "blue", source).ShouldBeOfType<ClaimDecision.Refuse>();
        refusal.ChooseNodeAgain.ShouldBeTrue();
        refusal.Sentence.ShouldContain("green");
        Decide(Claim("green"), "green", source).ShouldBeOfType<ClaimDecision.Provision>().Facts.Source.ShouldBe(source);
        var immediate = Class();
        immediate.VolumeBindingMode = "Immediate";
        ClaimDecider.Decide(Claim(null), immediate, source, "green", [], s_now).ShouldBeOfType<ClaimDecision.Provision>();
        Decide(Claim("blue"), "blue", SourceHandle.NotYet("not ready")).ShouldBeOfType<ClaimDecision.Refuse>().Sentence.ShouldBe("not ready");
    }

    [Fact]
    public void What_cannot_be_made_is_said_in_words()
    {
        var shared = Claim("blue");
        shared.Spec.AccessModes = ["ReadWriteMany"];
        Decide(shared, "blue").ShouldBeOfType<ClaimDecision.Refuse>().Sentence.ShouldContain("ReadWriteMany");
        var picky = Claim("blue");
        picky.Spec.Selector = new V1LabelSelector();
        Decide(picky, "blue").ShouldBeOfType<ClaimDecision.Refuse>();
        var foreign = Class();
        foreign.Parameters = new Dictionary<string, string> { ["csi.storage.k8s.io/fstype"] = "zfs" };
        ClaimDecider.Decide(Claim("blue"), foreign, null, "blue", [], s_now).ShouldBeOfType<ClaimDecision.Refuse>().Sentence.ShouldContain("zfs");
        var block = Claim("blue");
        block.Spec.VolumeMode = "Block";
        ClaimDecider.Decide(block, foreign, null, "blue", [], s_now).ShouldBeOfType<ClaimDecision.Provision>().Facts.Block.ShouldBeTrue();
    }

    private static ClaimDecision Decide(V1PersistentVolumeClaim claim, string node, SourceHandle? source = null) =>
        ClaimDecider.Decide(claim, Class(), source, node, [], s_now);

    internal static V1PersistentVolumeClaim Claim(string? selected)
    {
        var annotations = new Dictionary<string, string> { [StorageNames.Provisioner] = "tonari.dev" };
        if (selected is not null)
            annotations[StorageNames.SelectedNode] = selected;
        return new V1PersistentVolumeClaim
        {
            Metadata = new V1ObjectMeta { Name = "data", NamespaceProperty = "shop", Uid = "0b6c9a1e-1111-2222-3333-444455556666", ResourceVersion = "7", Annotations = annotations },
            Spec = new V1PersistentVolumeClaimSpec
            {
                AccessModes = ["ReadWriteOnce"],
                StorageClassName = "tonari",
                Resources = new V1VolumeResourceRequirements { Requests = new Dictionary<string, ResourceQuantity> { ["storage"] = new("1Gi") } },
            },
        };
    }

    internal static V1StorageClass Class() => new()
    {
        Metadata = new V1ObjectMeta { Name = "tonari" },
        Provisioner = "tonari.dev",
        VolumeBindingMode = "WaitForFirstConsumer",
        ReclaimPolicy = "Delete",
        MountOptions = ["noatime"],
    };

    private static StoragePool Pool(string node, bool managed) => new()
    {
        Metadata = new V1ObjectMeta { Name = node + "-main" },
        Spec = new StoragePoolSpec { Managed = managed },
        Status = new StoragePoolStatus { Node = node, Path = "/pools/main", Usable = true, HeartbeatTime = s_now },
    };
}
