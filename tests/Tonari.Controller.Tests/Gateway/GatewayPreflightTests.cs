using Tonari.Controller.Preflight;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Tests.Gateway;

/// <summary>What a neighbour learns by asking for a preflight.</summary>
public sealed class GatewayPreflightTests : TwoClusters
{
    private protected override void Prepare()
    {
        _blue.Preflight.Result = new PreflightResult(
            [
                new PreflightVerdict("NamespacesAllowed", true, new MirrorProblem("NamespaceNotAllowed", "green may not use the namespace shop here.")),
                new PreflightVerdict("ApplicationThere", true, null),
                new PreflightVerdict("VolumesReplicable", true, new MirrorProblem("VolumeNotReplicable", "shop/secret-claim cannot be replicated.")),
            ],
            [new WantedVolume("shop/secret-claim", 1, "tonari")])
        {
            StorageClasses = ["tonari"],
            Pools = [new PoolFacts("blue-main", true, true, null, true, 42)],
        };
    }

    [Fact]
    public async Task A_neighbour_that_may_use_the_namespace_hears_every_check_and_what_it_may_choose_from()
    {
        _blue.Knows(_green);

        var answer = await Blue.PreflightAsync(Question(), Ct);

        answer.Checks.Select(c => (c.Name, c.Judged, c.Problem?.Reason)).ShouldBe(
            [("NamespacesAllowed", true, "NamespaceNotAllowed"), ("ApplicationThere", true, null), ("VolumesReplicable", true, "VolumeNotReplicable")]);
        answer.Problems.Count.ShouldBe(2);
        answer.StorageClasses.ShouldBe(["tonari"]);
        answer.Pools.ShouldBe([new OfferedPool { Name = "blue-main", FreeBytes = 42 }]);
        _blue.Api.Requests.ShouldNotContain(r => r.Writes);
    }

    [Fact]
    public async Task Very_many_at_once_all_get_an_answer()
    {
        _blue.Knows(_green);

        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Blue.PreflightAsync(Question(), Ct)));

        answers.ShouldAllBe(a => a.Checks.Count == 3);
    }

    [Fact]
    public async Task Of_a_namespace_that_is_not_its_business_a_neighbour_learns_that_alone()
    {
        _blue.Knows(_green, spec => spec with { AllowedNamespaces = ["dr"] });

        var answer = await Blue.PreflightAsync(Question(), Ct);

        answer.Problems.ShouldHaveSingleItem().Reason.ShouldBe("NamespaceNotAllowed");
        answer.Checks.Where(c => c.Judged).ShouldHaveSingleItem().Name.ShouldBe("NamespacesAllowed");
        answer.ToString().ShouldNotContain("secret-claim");
        answer.Pools.ShouldBeEmpty();
    }

    private static PreflightRequest Question() => new()
    {
        Mirror = new MirrorDefinition
        {
            MirrorId = TestCluster.MirrorId,
            Name = "shop",
            Namespace = "shop",
            Application = "shop",
            Role = nameof(MirrorRole.Primary),
            Schedule = "1m",
            Retain = 3,
            OnFenced = nameof(FencedAction.Stop),
            ReplicaVolumesOnDelete = nameof(ReplicaVolumesOnDelete.Delete),
        },
    };
}
