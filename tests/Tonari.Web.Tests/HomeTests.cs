using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>What the first page says is to be done.</summary>
public sealed class HomeTests
{
    [Fact]
    public void Whoever_begins_is_told_what_is_missing_and_nothing_once_all_is_there()
    {
        Steps(Home([], [], [], [Shop.Pool(managed: false)])).ShouldBe(
            [(FirstStepKind.ManagePool, false), (FirstStepKind.Pair, false), (FirstStepKind.Define, false), (FirstStepKind.Replicate, false)]);
        Steps(Home([Shop.App()], [], [Shop.Peer()], [Shop.Pool()])).ShouldBe(
            [(FirstStepKind.ManagePool, true), (FirstStepKind.Pair, true), (FirstStepKind.Define, true), (FirstStepKind.Replicate, false)]);
        Steps(Home([Shop.App()], [Shop.Mirror()], [Shop.Peer()], [Shop.Pool()])).ShouldBeEmpty();
    }

    [Fact]
    public void A_pool_that_is_managed_and_cannot_be_used_is_as_good_as_none()
    {
        var home = Home([], [], [], [Shop.Pool(usable: false)]);

        Steps(home)[0].ShouldBe((FirstStepKind.ManagePool, false));
        home.Attention.Single().ShouldBe(new Attention(AttentionKind.PoolUnusable, "", "blue-main", "ext4 has no reflinks; make it btrfs or XFS."));
    }

    [Fact]
    public void Somebody_who_may_not_see_pools_and_neighbours_is_not_told_that_there_are_none() =>
        Steps(new HomeView([], [], null, null)).ShouldBe([(FirstStepKind.Define, false), (FirstStepKind.Replicate, false)]);

    [Fact]
    public void What_wants_attention_comes_with_its_reason_and_the_worst_first()
    {
        var full = Shop.Pool("full");
        full.Status = full.Status! with { UsedBytes = full.Status.CapacityBytes * 97 / 100 };
        var filling = Shop.Pool("filling");
        filling.Status = filling.Status! with { UsedBytes = filling.Status.CapacityBytes * 90 / 100 };
        var home = Home(
            [Shop.App(), Shop.App("orders"), Shop.App("wiki")],
            [
                Shop.Mirror(report: r => r with { Health = MirrorHealth.Warning, Message = "green is slow today." }),
                Shop.Mirror(report: r => r with { Health = MirrorHealth.Critical, Message = "2h old." }, name: "orders"),
            ],
            [Shop.Peer(), Shop.Peer("yellow", reachable: false)],
            [Shop.Pool(), full, filling, Shop.Damaged("damaged", "The file 'a' is damaged."), Shop.Pool("found", managed: false, usable: false)]);

        home.Attention.Select(a => (a.Kind, a.Name)).ShouldBe(
        [
            (AttentionKind.AtRisk, "orders"), (AttentionKind.PoolDamaged, "damaged"), (AttentionKind.PoolFull, "full"), (AttentionKind.NeighbourSilent, "yellow"),
            (AttentionKind.Warning, "shop"), (AttentionKind.PoolFilling, "filling"),
        ]);
        home.Attention[0].Because.ShouldBe("2h old.");
        home.Attention.Select(a => a.Urgent).ShouldBe([true, true, true, true, false, false]);
    }

    [Fact]
    public void The_worst_lag_is_the_one_that_is_worst_for_what_is_wanted() =>
        Home(
            [Shop.App(), Shop.App("orders")],
            [
                Shop.Mirror(report: r => r with { ProtectedTime = Shop.Ago(200) }),
                Shop.Mirror(report: r => r with { ProtectedTime = Shop.Ago(100) }, spec: s => s with { WantedRpo = Kubernetes.Json.GoDuration.FromMinutes(1) }, name: "orders"),
            ],
            [],
            []).Worst!.Name.ShouldBe("orders");

    private static List<(FirstStepKind, bool)> Steps(HomeView home) => [.. home.FirstSteps.Select(s => (s.Kind, s.Done))];

    private static HomeView Home(Application[] applications, AppMirror[] mirrors, ClusterPeer[] peers, StoragePool[] pools) => new(
        ApplicationView.All(applications, mirrors, "blue", Shop.Now),
        [.. mirrors.Select(m => MirrorView.Of(m, "blue", (_, _) => 0, Shop.Now))],
        [.. peers.Select(NeighbourView.Of)],
        [.. pools.Select(PoolView.Of)]);
}
