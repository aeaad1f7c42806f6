using Tonari.Mirroring;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Who did what: the journal and what the mirrors remember, as one.</summary>
public sealed class ActivityViewTests
{
    [Fact]
    public void An_operation_shows_who_asked_for_it_and_how_it_ended()
    {
        var view = ActivityView.Of([Shop.Mirror()], [Asked("op1", ActivityKind.Reverse, 91)]).Single(v => v.Operation == "op1");

        (view.By, view.User, view.Kind, view.Outcome).ShouldBe((ActivityActor.User, "alice", ActivityKind.Reverse, ActivityOutcome.Failed));
        (view.StartedAt, view.FinishedAt).ShouldBe((Shop.Ago(90), Shop.Ago(80.5)));
    }

    [Fact]
    public void What_nobody_here_asked_for_is_Tonaris_own_or_not_known()
    {
        var views = ActivityView.Of([Shop.Mirror()], []);

        views.ShouldContain(v => v.Operation == Shop.Group(1) && v.By == ActivityActor.Tonari && v.Kind == ActivityKind.Sync);
        views.ShouldContain(v => v.Operation == "op1" && v.By == ActivityActor.Unknown && v.User == null);
    }

    [Fact]
    public void An_operation_of_that_id_of_another_mirror_is_another_one()
    {
        var entry = Asked("op1", ActivityKind.Reverse, 91) with { Namespace = "bank" };

        var views = ActivityView.Of([Shop.Mirror()], [entry]);

        views.Count(v => v.Operation == "op1").ShouldBe(2);
        views.Single(v => v.Namespace == "bank").Outcome.ShouldBe(ActivityOutcome.Asked);
        views.Single(v => v.Namespace == "shop" && v.Operation == "op1").User.ShouldBeNull();
    }

    [Fact]
    public void A_refused_request_stays_refused_whatever_ran_under_its_id()
    {
        var refused = Asked("op1", ActivityKind.Reverse, 70) with { Outcome = ActivityOutcome.Refused, User = "mallory", Message = "The id op1 was used for another request already." };

        var views = ActivityView.Of([Shop.Mirror()], [Asked("op1", ActivityKind.Reverse, 91), refused]).Where(v => v.Operation == "op1").ToList();

        views.Select(v => (v.User, v.Outcome)).ShouldBe([("mallory", ActivityOutcome.Refused), ("alice", ActivityOutcome.Failed)]);
    }

    [Fact]
    public void The_same_request_sent_twice_is_one()
    {
        ActivityView.Of([Shop.Mirror()], [Asked("op1", ActivityKind.Reverse, 91), Asked("op1", ActivityKind.Reverse, 89)]).Count(v => v.Operation == "op1").ShouldBe(1);
        ActivityView.Of([], [Asked("x", ActivityKind.Sync, 91), Asked("x", ActivityKind.Sync, 89)]).ShouldHaveSingleItem().StartedAt.ShouldBe(Shop.Ago(91));
    }

    [Fact]
    public void What_runs_comes_first_and_then_the_newest()
    {
        var running = Shop.Mirror(s => s with
        {
            Operation = new MirrorOperation { Request = new MirrorOperationRequest("now", MirrorOperationType.FailBack), Stage = MirrorOperationStage.Forwarding, StartedAt = Shop.Ago(600), StageStartedAt = Shop.Ago(600) },
        });

        var views = ActivityView.Of([running], [Asked("now", ActivityKind.FailBack, 601), new ActivityEntry(Shop.Ago(5), "bob", ActivityKind.SignIn, ActivityOutcome.Succeeded)]);

        views.Select(v => v.User ?? v.Operation).ShouldBe(["alice", "bob", "op1", Shop.Group(1)]);
        views[0].Outcome.ShouldBe(ActivityOutcome.Running);
    }

    [Fact]
    public void A_filter_lets_through_what_fits_all_of_it()
    {
        var views = ActivityView.Of([Shop.Mirror()], [Asked("op1", ActivityKind.Reverse, 91), Asked("x", ActivityKind.Sync, 50) with { User = "system:serviceaccount:shop:Bob" }]);

        Matching(new ActivityFilter(User: "ALI")).ShouldBe(["op1"]);
        Matching(new ActivityFilter(User: "bob", Kind: ActivityKind.Sync)).ShouldBe(["x"]);
        Matching(new ActivityFilter(By: ActivityActor.Tonari)).ShouldBe([Shop.Group(1)]);
        Matching(new ActivityFilter(Outcome: ActivityOutcome.Failed)).ShouldBe(["op1"]);
        Matching(new ActivityFilter(From: Shop.Ago(90), To: Shop.Ago(50))).ShouldBe(["op1"]);
        Matching(new ActivityFilter("shop", "shop")).Count.ShouldBe(3);
        Matching(new ActivityFilter("shop", "other")).ShouldBeEmpty();
        Matching(ActivityFilter.All).Count.ShouldBe(3);

        List<string?> Matching(ActivityFilter filter) => [.. views.Where(filter.Matches).Select(v => v.Operation)];
    }

    private static ActivityEntry Asked(string operation, ActivityKind kind, double ago) => new(Shop.Ago(ago), "alice", kind, ActivityOutcome.Succeeded)
    {
        Namespace = "shop",
        Name = "shop",
        Application = "shop",
        Operation = operation,
    };
}
