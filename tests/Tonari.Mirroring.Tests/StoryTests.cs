using Tonari.Mirroring.Tests.Simulation;

namespace Tonari.Mirroring.Tests;

/// <summary>The operations of the protocol, one story each, on the simulated pair without random faults.</summary>
public sealed class StoryTests
{
    private readonly World world = new(Setup.Plain, Protocol.Product) { Tells = true };

    public StoryTests()
    {
        Pass(18);
        Write(world.Blue, 5);
        Pass(36);
    }

    [Fact]
    public void A_new_relationship_is_established_and_syncs_by_schedule()
    {
        world.Green.Status.Role.ShouldBe(MirrorRole.Secondary);
        Words(world.Green.Disk.Groups[Newest(world.Green)].Volumes).ShouldBe(Live(world.Blue));
        Report(world.Green).State.ShouldBe(MirrorState.Established);
        Report(world.Blue).State.ShouldBe(MirrorState.Established);
    }

    [Fact]
    public void Retention_keeps_what_was_asked_for_on_both_sides()
    {
        Pass(360);

        world.Green.Disk.Groups.Count.ShouldBe(2);
        world.Blue.Disk.Groups.Count.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public void Fail_over_needs_no_answer_from_the_peer()
    {
        world.Network.SetCut(true);
        world.Ask(world.Green, MirrorOperationType.FailOver);
        Alone(6);

        Quiet.Runs(world.Green).ShouldBeTrue(Told);
        world.Green.Status.Epoch.ShouldBe(2);
        Live(world.Green).ShouldBe(Live(world.Blue));
        Report(world.Green).State.ShouldBe(MirrorState.FailedOver);
        Report(world.Green).Cause.ShouldBe(HealthCause.TookOver);
    }

    [Fact]
    public void The_old_primary_is_fenced_on_contact_and_stops()
    {
        Fail_over_needs_no_answer_from_the_peer();
        Pass(18);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Fenced);
        Report(world.Blue).Cause.ShouldBe(HealthCause.TakenOver);
        Quiet.Runs(world.Blue).ShouldBeFalse();
        Live(world.Blue).ShouldNotBeNull("nobody has decided what is kept");
    }

    [Fact]
    public void Fail_back_brings_the_new_rows_home_and_keeps_the_diverged_ones()
    {
        world.Network.SetCut(true);
        world.Ask(world.Green, MirrorOperationType.FailOver);
        Alone(6);
        Write(world.Blue, 3);
        Write(world.Green, 4);
        var (diverged, wanted) = (Live(world.Blue), Live(world.Green));
        Pass(18);
        world.Ask(world.Blue, MirrorOperationType.FailBack);
        Pass(90);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Primary, Told);
        Live(world.Blue).ShouldBe(wanted);
        Quiet.Runs(world.Blue).ShouldBeTrue();
        Diverged(world.Blue).ShouldContain(diverged);
        world.Green.Status.Role.ShouldBe(MirrorRole.Secondary);
    }

    [Fact]
    public void A_rehearsal_ends_with_the_old_primarys_data()
    {
        Fail_over_needs_no_answer_from_the_peer();
        Write(world.Green, 4);
        var (home, rehearsed) = (Live(world.Blue), Live(world.Green));
        Pass(18);
        world.Ask(world.Blue, MirrorOperationType.Resync, keep: "blue");
        Pass(90);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Primary, Told);
        Live(world.Blue).ShouldBe(home);
        Diverged(world.Green).ShouldContain(rehearsed);
        Report(world.Green).State.ShouldBe(MirrorState.Established, Told);
    }

    /// <summary>A controller that has just started knows nothing of its peer, and with the link down it does so for long.</summary>
    [Fact]
    public void Whether_a_primary_is_followed_is_known_before_its_peer_is_heard()
    {
        UnheardReport(world.Blue).State.ShouldBe(MirrorState.Established);
        Fail_over_needs_no_answer_from_the_peer();
        UnheardReport(world.Green).State.ShouldBe(MirrorState.FailedOver);
        Pass(18);
        UnheardReport(world.Green).State.ShouldBe(MirrorState.FailedOver);

        world.Ask(world.Green, MirrorOperationType.Resync, keep: "green");
        Pass(90);

        Report(world.Green).State.ShouldBe(MirrorState.Established, Told);
        UnheardReport(world.Green).State.ShouldBe(MirrorState.Established);
        UnheardReport(world.Green).Cause.ShouldBe(HealthCause.PeerSilent);
        UnheardReport(world.Green).ProtectedAt.ShouldBeNull("what the peer holds is not known");
    }

    [Fact]
    public void A_planned_swap_loses_nothing()
    {
        Write(world.Blue, 7);
        var all = Live(world.Blue);
        world.Ask(world.Blue, MirrorOperationType.Reverse);
        Pass(90);

        world.Green.Status.Role.ShouldBe(MirrorRole.Primary, Told);
        Live(world.Green).ShouldBe(all);
        world.Blue.Status.Role.ShouldBe(MirrorRole.Secondary);
        world.Blue.Status.History[^1].Succeeded.ShouldBeTrue("the side that was asked knows how it ended");
        world.Blue.Status.Diverged.ShouldHaveSingleItem().Covered.ShouldBeTrue("green has all of it");
    }

    [Fact]
    public void What_was_done_is_remembered_stage_by_stage_with_its_times()
    {
        world.Ask(world.Green, MirrorOperationType.Reverse);
        Pass(90);

        var swap = world.Green.Status.History[^1];
        swap.Stages.Select(s => (s.Stage, s.Promotion)).ShouldBe(
        [
            (MirrorOperationStage.CatchingUp, null), (MirrorOperationStage.Holding, null), (MirrorOperationStage.FinalSync, null),
            (MirrorOperationStage.Promoting, MirrorPromotionStage.MakingLive), (MirrorOperationStage.Promoting, MirrorPromotionStage.Applying),
            (MirrorOperationStage.Promoting, MirrorPromotionStage.AwaitingReady), (MirrorOperationStage.Promoting, MirrorPromotionStage.Hooks),
        ], Told);
        swap.Stages[0].StartedAt.ShouldBe(swap.StartedAt);
        swap.Stages.Select(s => s.StartedAt).ShouldBeInOrder();
        swap.Stages[^1].StartedAt.ShouldBeLessThanOrEqualTo(swap.FinishedAt);
    }

    [Fact]
    public void A_fail_over_begins_with_its_promotion_and_a_request_that_is_handed_on_says_so()
    {
        world.Ask(world.Blue, MirrorOperationType.Sync);
        Pass(18);
        world.Blue.Status.History[^1].Stages.Select(s => s.Stage).ShouldBe([MirrorOperationStage.Forwarding, MirrorOperationStage.Forwarded]);

        Fail_over_needs_no_answer_from_the_peer();
        world.Green.Status.History[^1].Stages.Select(s => s.Promotion).ShouldBe(
            [MirrorPromotionStage.MakingLive, MirrorPromotionStage.Applying, MirrorPromotionStage.AwaitingReady, MirrorPromotionStage.Hooks], Told);
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
            Pass(90);
        }

        world.Blue.Status.Diverged.ShouldContain(diverged, Told);
        world.Blue.Status.Diverged.Count(kept => kept.Covered).ShouldBe(MirrorLimits.CoveredKept);
    }

    [Fact]
    public void A_swap_whose_link_is_lost_before_the_promotion_starts_the_application_where_it_was()
    {
        world.Ask(world.Green, MirrorOperationType.Reverse);
        for (var i = 0; i < 1000 && Quiet.Runs(world.Blue); i++) Quiet.Pass(world);
        Quiet.Runs(world.Blue).ShouldBeFalse("the swap has begun");
        world.Network.SetCut(true);
        Alone(120);

        Quiet.Runs(world.Blue).ShouldBeTrue(Told);
        Quiet.Runs(world.Green).ShouldBeFalse();
        world.Green.Status.History[^1].Succeeded.ShouldBeFalse();
    }

    [Theory]
    [InlineData(MirrorOperationType.Resync, "no side has failed over")]
    [InlineData(MirrorOperationType.FailBack, "at home on blue already")]
    public void What_makes_no_sense_is_refused_with_a_reason(MirrorOperationType type, string reason)
    {
        world.Ask(world.Green, type, keep: "green");
        Pass(3);

        world.Green.Status.History[^1].Succeeded.ShouldBeFalse();
        world.Green.Status.History[^1].Message.ShouldContain(reason);
    }

    [Fact]
    public void Writes_are_not_set_aside_without_confirmation()
    {
        Fail_over_needs_no_answer_from_the_peer();
        Pass(18);
        world.Ask(world.Blue, MirrorOperationType.Resync, keep: "green", confirmed: false);
        Pass(3);

        world.Blue.Status.Role.ShouldBe(MirrorRole.Fenced);
        world.Blue.Status.History[^1].Message.ShouldContain("confirm");
    }

    [Fact]
    public void A_pause_on_either_side_stops_syncs()
    {
        var sequence = world.Green.Status.LastSequence;
        world.Blue.Edit(policy => policy with { Paused = true });
        Quiet.For(world, TimeSpan.FromSeconds(60));

        world.Green.Status.LastSequence.ShouldBeLessThanOrEqualTo(sequence + 1);
        Report(world.Green).State.ShouldBe(MirrorState.Paused);
    }

    /// <summary>Time passes without faults.</summary>
    private void Pass(int seconds)
    {
        world.Heal(link: true);
        Quiet.For(world, TimeSpan.FromSeconds(seconds));
    }

    /// <summary>Time passes while the link is cut.</summary>
    private void Alone(int seconds) => Quiet.For(world, TimeSpan.FromSeconds(seconds));

    private static void Write(Cluster side, int writes)
    {
        for (var i = 0; i < writes; i++) side.Disk.Write(i);
    }

    private string Told => string.Join(Environment.NewLine, world.Story.TakeLast(60));

    /// <summary>What an application finds on its volumes.</summary>
    private static string? Live(Cluster side) => side.Disk.AllLive ? Words(side.Disk.Live) : null;

    private static string Words(int[]?[] volumes) => string.Join(" | ", volumes.Select(volume => string.Join(' ', volume ?? [])));

    private static IEnumerable<string> Diverged(Cluster side) => side.Disk.Diverged.Values.Select(Words);

    private static string Newest(Cluster side) => side.Status.Snapshots[^1].Name;

    private static MirrorReport UnheardReport(Cluster side) => MirrorReport.Of(side.Policy, side.Status, null, side.Clock);

    private static MirrorReport Report(Cluster side) => MirrorReport.Of(side.Policy, side.Status, side.Views.Current, side.Clock);
}
