using Tonari.Mirroring.Tests.Simulation;

namespace Tonari.Mirroring.Tests;

/// <summary>The operations of the protocol, one story each, on the simulated pair without random faults.</summary>
public sealed class StoryTests
{
    private readonly World world = new(seed: 1);

    public StoryTests()
    {
        world.Heal(60);
        Write(world.Blue, 5);
        world.Heal(120);
    }

    [Fact]
    public void A_new_relationship_is_established_and_syncs_by_schedule()
    {
        world.Green.Status.Role.ShouldBe(MirrorRole.Secondary);
        world.Green.Store.Snapshots[Newest(world.Green)].ShouldBe(world.Blue.Store.Live);
        Report(world.Green).State.ShouldBe(MirrorState.Established);
        Report(world.Blue).State.ShouldBe(MirrorState.Established);
    }

    [Fact]
    public void Retention_keeps_what_was_asked_for_on_both_sides()
    {
        world.Heal(1200);

        world.Green.Store.Snapshots.Count.ShouldBe(2);
        world.Blue.Store.Snapshots.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public void Fail_over_needs_no_answer_from_the_peer()
    {
        world.CutLink();
        world.Ask(world.Green, MirrorOperationType.FailOver);
        Alone(world.Green, 20);

        world.Green.Store.ApplicationRuns.ShouldBeTrue(world.Story);
        world.Green.Status.Epoch.ShouldBe(2);
        world.Green.Store.Live.ShouldBe(world.Blue.Store.Live);
        Report(world.Green).State.ShouldBe(MirrorState.FailedOver);
        Report(world.Green).Cause.ShouldBe(HealthCause.TookOver);
    }

    [Fact]
    public void The_old_primary_is_fenced_on_contact_and_stops()
    {
        Fail_over_needs_no_answer_from_the_peer();
        world.Heal(60);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Fenced);
        Report(world.Blue).Cause.ShouldBe(HealthCause.TakenOver);
        world.Blue.Store.ApplicationRuns.ShouldBeFalse();
        world.Blue.Store.Live.ShouldNotBeNull("nobody has decided what is kept");
    }

    [Fact]
    public void Fail_back_brings_the_new_rows_home_and_keeps_the_diverged_ones()
    {
        world.CutLink();
        world.Ask(world.Green, MirrorOperationType.FailOver);
        Alone(world.Green, 20);
        Write(world.Blue, 3);
        Write(world.Green, 4);
        var (diverged, wanted) = (world.Blue.Store.Live, world.Green.Store.Live);
        world.Heal(60);
        world.Ask(world.Blue, MirrorOperationType.FailBack);
        world.Heal(300);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Primary, world.Story);
        world.Blue.Store.Live.ShouldBe(wanted);
        world.Blue.Store.ApplicationRuns.ShouldBeTrue();
        world.Blue.Store.Diverged.Values.ShouldContain(diverged);
        world.Green.Status.Role.ShouldBe(MirrorRole.Secondary);
    }

    [Fact]
    public void A_rehearsal_ends_with_the_old_primarys_data()
    {
        Fail_over_needs_no_answer_from_the_peer();
        Write(world.Green, 4);
        var (home, rehearsed) = (world.Blue.Store.Live, world.Green.Store.Live);
        world.Heal(60);
        world.Ask(world.Blue, MirrorOperationType.Resync, keep: "blue");
        world.Heal(300);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Primary, world.Story);
        world.Blue.Store.Live.ShouldBe(home);
        world.Green.Store.Diverged.Values.ShouldContain(rehearsed);
        Report(world.Green).State.ShouldBe(MirrorState.Established, world.Story);
    }

    [Fact]
    public void A_planned_swap_loses_nothing()
    {
        Write(world.Blue, 7);
        var all = world.Blue.Store.Live;
        world.Ask(world.Blue, MirrorOperationType.Reverse);
        world.Heal(300);

        world.Green.Status.Role.ShouldBe(MirrorRole.Primary, world.Story);
        world.Green.Store.Live.ShouldBe(all);
        world.Blue.Status.Role.ShouldBe(MirrorRole.Secondary);
        world.Blue.Status.History[^1].Succeeded.ShouldBeTrue("the side that was asked knows how it ended");
        world.Blue.Status.Diverged.ShouldHaveSingleItem().Covered.ShouldBeTrue("green has all of it");
    }

    [Fact]
    public void What_was_done_is_remembered_stage_by_stage_with_its_times()
    {
        world.Ask(world.Green, MirrorOperationType.Reverse);
        world.Heal(300);

        var swap = world.Green.Status.History[^1];
        swap.Stages.Select(s => (s.Stage, s.Promotion)).ShouldBe(
        [
            (MirrorOperationStage.CatchingUp, null), (MirrorOperationStage.Holding, null), (MirrorOperationStage.FinalSync, null),
            (MirrorOperationStage.Promoting, MirrorPromotionStage.MakingLive), (MirrorOperationStage.Promoting, MirrorPromotionStage.Applying),
            (MirrorOperationStage.Promoting, MirrorPromotionStage.AwaitingReady), (MirrorOperationStage.Promoting, MirrorPromotionStage.Hooks),
        ], world.Story);
        swap.Stages[0].StartedAt.ShouldBe(swap.StartedAt);
        swap.Stages.Select(s => s.StartedAt).ShouldBeInOrder();
        swap.Stages[^1].StartedAt.ShouldBeLessThanOrEqualTo(swap.FinishedAt);
    }

    [Fact]
    public void A_fail_over_begins_with_its_promotion_and_a_request_that_is_handed_on_says_so()
    {
        world.Ask(world.Blue, MirrorOperationType.Sync);
        world.Heal(60);
        world.Blue.Status.History[^1].Stages.Select(s => s.Stage).ShouldBe([MirrorOperationStage.Forwarding, MirrorOperationStage.Forwarded]);

        Fail_over_needs_no_answer_from_the_peer();
        world.Green.Status.History[^1].Stages.Select(s => s.Promotion).ShouldBe(
            [MirrorPromotionStage.MakingLive, MirrorPromotionStage.Applying, MirrorPromotionStage.AwaitingReady, MirrorPromotionStage.Hooks], world.Story);
    }

    [Fact]
    public void Planned_swaps_never_push_out_what_did_diverge()
    {
        Fail_back_brings_the_new_rows_home_and_keeps_the_diverged_ones();
        var diverged = world.Blue.Status.Diverged.Where(kept => !kept.Covered).ShouldHaveSingleItem();
        for (var i = 0; i < 2 * (MirrorLimits.DivergedKept + 1); i++)
        {
            var asked = world.Blue.Status.Role == MirrorRole.Secondary ? world.Blue : world.Green;
            world.Ask(asked, MirrorOperationType.Reverse);
            world.Heal(300);
        }

        world.Blue.Status.Diverged.ShouldContain(diverged, world.Story);
        world.Blue.Status.Diverged.Count(kept => kept.Covered).ShouldBe(MirrorLimits.CoveredKept);
    }

    [Fact]
    public void A_swap_whose_link_is_lost_before_the_promotion_starts_the_application_where_it_was()
    {
        world.Ask(world.Green, MirrorOperationType.Reverse);
        for (var i = 0; i < 1000 && world.Blue.Store.ApplicationRuns; i++) world.Heal(1);
        world.Blue.Store.ApplicationRuns.ShouldBeFalse("the swap has begun");
        world.CutLink();
        Alone(world.Blue, 400);
        Alone(world.Green, 400);

        world.Blue.Store.ApplicationRuns.ShouldBeTrue(world.Story);
        world.Green.Store.ApplicationRuns.ShouldBeFalse();
        world.Green.Status.History[^1].Succeeded.ShouldBeFalse();
    }

    [Theory]
    [InlineData(MirrorOperationType.Resync, "no side has failed over")]
    [InlineData(MirrorOperationType.FailBack, "at home on blue already")]
    public void What_makes_no_sense_is_refused_with_a_reason(MirrorOperationType type, string reason)
    {
        world.Ask(world.Green, type, keep: "green");
        world.Heal(10);

        world.Green.Status.History[^1].Succeeded.ShouldBeFalse();
        world.Green.Status.History[^1].Message.ShouldContain(reason);
    }

    [Fact]
    public void Writes_are_not_set_aside_without_confirmation()
    {
        Fail_over_needs_no_answer_from_the_peer();
        world.Heal(60);
        world.Blue.Policy = world.Blue.Policy with { Operation = new MirrorOperationRequest("x", MirrorOperationType.Resync, Keep: "green") };
        world.Heal(10);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Fenced);
        world.Blue.Status.History[^1].Message.ShouldContain("confirm");
    }

    [Fact]
    public void A_pause_on_either_side_stops_syncs()
    {
        var sequence = world.Green.Status.LastSequence;
        world.Blue.Policy = world.Blue.Policy with { Paused = true };
        for (var i = 0; i < 200; i++) world.Round();

        world.Green.Status.LastSequence.ShouldBeLessThanOrEqualTo(sequence + 1);
        Report(world.Green).State.ShouldBe(MirrorState.Paused);
    }

    private void Alone(SimulatedSide side, int rounds)
    {
        for (var i = 0; i < rounds; i++) world.Turn(side);
    }

    private void Write(SimulatedSide side, int rows)
    {
        for (var i = 0; i < rows; i++) world.WriteRow(side);
    }

    private static string Newest(SimulatedSide side) => side.Status.Snapshots[^1].Name;

    private MirrorReport Report(SimulatedSide side) => MirrorReport.Of(side.Policy, side.Status, world.View(side), world.Clock(side));
}
