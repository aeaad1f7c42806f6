using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Which applications there are, how each is protected, and what belongs to none.</summary>
public sealed class ApplicationViewTests
{
    [Fact]
    public void The_secondary_shows_what_it_holds_a_replica_of_with_direction_and_volumes_as_named_there()
    {
        var replica = Shop.Replica();
        replica.Spec = replica.Spec with { NamespaceMapping = new Dictionary<string, string> { ["shop"] = "shop-copy" } };
        replica.Metadata.NamespaceProperty = "shop-copy";

        var view = All([], [replica]).ShouldHaveSingleItem();

        (view.Namespace, view.Name, view.Defined, view.Mirror).ShouldBe(("shop-copy", "shop", false, "shop"));
        (view.From, view.To, view.Protection, view.State).ShouldBe(("green", "blue", Protection.Protected, MirrorState.Established));
        (view.LagSeconds, view.WantedRpoSeconds, view.Resources).ShouldBe((40, 300, null));
        view.Namespaces.ShouldBe(["shop-copy"]);
        view.Volumes.ShouldHaveSingleItem().ShouldSatisfyAllConditions(v => v.Namespace.ShouldBe("shop-copy"), v => v.Claim.ShouldBe("data"), v => v.Replicable.ShouldBeTrue());
    }

    [Fact]
    public void An_application_that_is_defined_and_mirrored_is_shown_once_and_one_without_mirror_too()
    {
        var views = All([Shop.App(), Shop.App("bank", "bank")], [Shop.Mirror()]);

        views.Select(v => (v.Name, v.Defined, v.Protection, v.From)).ShouldBe(
            [("bank", true, Protection.NotReplicated, null), ("shop", true, Protection.Protected, "blue")]);
    }

    [Theory]
    [InlineData(null, null, "bank shop")]
    [InlineData("shop", null, "shop")]
    [InlineData("SHOP gre", "", "shop")]
    [InlineData("shop violet", null, "")]
    [InlineData("", "notreplicated", "bank")]
    [InlineData("shop", "NotReplicated", "")]
    [InlineData("", "Nonsense", "bank shop")]
    [InlineData("", "77", "bank shop")]
    public void A_filter_finds_words_in_names_namespaces_and_clusters(string? words, string? protection, string names) =>
        string.Join(' ', ApplicationFilter.Of(words, protection).Of(All([Shop.App(), Shop.App("bank", "bank")], [Shop.Mirror()])).Select(a => a.Name)).ShouldBe(names);

    [Fact]
    public void A_namespace_is_discovered_when_something_lives_there_that_nobody_has_taken()
    {
        var wide = Shop.App("wide", "wide");
        wide.Spec = new ApplicationSpec { Namespaces = [new() { Name = "wide-web" }, new() { Name = "wide-db" }] };
        var replica = Shop.Replica();
        replica.Spec = replica.Spec with { NamespaceMapping = new Dictionary<string, string> { ["shop"] = "replica-volumes" } };
        DiscoveredNamespaceView[] found =
        [
            new("web", 0, 2), new("db", 1, 1), new("empty", 0, 0), new("kube-system", 3, 3), new("tonari-system", 0, 1), new("shop", 1, 1),
            new("wide-db", 1, 1), new("wide", 1, 0), new("replica-volumes", 1, 0),
        ];

        var discovered = DiscoveredNamespaceView.Of(found, [wide], [replica], "tonari-system");

        // What has claims comes first.
        discovered.Select(n => n.Name).ShouldBe(["db", "wide", "web"]);
    }

    [Fact]
    public void What_to_do_next_depends_on_how_it_is()
    {
        var unfit = Shop.App("bank", "bank");
        unfit.Status = unfit.Status! with { Volumes = [new ApplicationVolume { Namespace = "bank", Claim = "data", Replicable = false, Reason = "no" }] };
        var fresh = Shop.App("new", "new");
        fresh.Status = null;

        NextSteps.Of(All([Shop.App()], [])[0]).ShouldBe(NextStep.Replicate);
        NextSteps.Of(All([fresh], [])[0]).ShouldBe(NextStep.Replicate);
        NextSteps.Of(All([unfit], [])[0]).ShouldBe(NextStep.MendVolumes);
        NextSteps.Of(All([Shop.App()], [Shop.Mirror()])[0]).ShouldBe(NextStep.LookAtReplication);
        NextSteps.Of(All([Shop.App()], [Shop.Mirror(report: r => r with { Health = MirrorHealth.Critical })])[0]).ShouldBe(NextStep.LookAfterReplication);
        NextSteps.Of(All([], [Shop.Replica(report: r => r with { State = MirrorState.FailedOver, Health = MirrorHealth.Warning })])[0]).ShouldBe(NextStep.ChooseWhatIsKept);
    }

    private static IReadOnlyList<ApplicationView> All(IReadOnlyList<Application> applications, IReadOnlyList<AppMirror> mirrors) =>
        ApplicationView.All(applications, mirrors, "blue", Shop.Now);
}
