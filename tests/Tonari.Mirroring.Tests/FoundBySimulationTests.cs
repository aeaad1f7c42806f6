using Tonari.Mirroring.Tests.Simulation;

namespace Tonari.Mirroring.Tests;

/// <summary>Short stories of what random histories have found; each was a broken promise once.</summary>
public sealed class FoundBySimulationTests
{
    private readonly World world = new(Setup.Plain, Protocol.Product) { Tells = true };

    public FoundBySimulationTests()
    {
        Quiet.Until(world, Quiet.Unsettled);
        Quiet.For(world, TimeSpan.FromSeconds(10));
        world.Blue.Disk.Write(1);
    }

    [Fact]
    public void A_start_is_written_down_before_the_first_workload_is_touched()
    {
        var stopped = world.Blue.Status with { Application = ApplicationRun.Stopped };
        var first = MirrorPlanner.Decide(world.Blue.Policy, stopped, world.Blue.Views.Current, world.Blue.Clock);
        first.Next!.Application.ShouldBe(ApplicationRun.Starting);
        MirrorPlanner.Decide(world.Blue.Policy, first.Next, world.Blue.Views.Current, world.Blue.Clock).Steps.ShouldHaveSingleItem().ShouldBeOfType<StartApplication>();

        // Fenced before the start is noted: the application may run, so it is stopped.
        var higher = world.Blue.Views.Current! with { Role = MirrorRole.Primary, Epoch = 2 };
        var fenced = MirrorPlanner.Decide(world.Blue.Policy, first.Next, higher, world.Blue.Clock).Next!;
        fenced.Role.ShouldBe(MirrorRole.Fenced);
        MirrorPlanner.Decide(world.Blue.Policy, fenced, higher, world.Blue.Clock).Next!.Application.ShouldBe(ApplicationRun.Stopping);
    }

    [Fact]
    public void An_application_that_was_stopped_for_a_swap_starts_again_although_its_peer_cannot_be_told_of_the_deletion()
    {
        world.Ask(world.Green, MirrorOperationType.Reverse);
        Quiet.Until(world, w => Quiet.Runs(w.Blue) ? "the swap has not begun" : null);
        world.Network.SetCut(true);
        world.Delete(world.Blue, force: false);

        Quiet.Until(world, Quiet.Stopped);
    }

    [Fact]
    public void A_relationship_that_is_being_deleted_serves_no_snapshot_any_more() =>
        PeerRequests.RefusalToServe(world.Blue.Policy with { Deleting = true }, world.Blue.Status, 1, requireStopped: false, world.Blue.Clock)
            .ShouldBe("The relationship is being deleted on blue.");

    /// <summary>The other side's clock is two minutes ahead, so what it took long ago looks newer than the stop here.</summary>
    [Fact]
    public void Live_data_is_not_called_covered_by_a_snapshot_that_the_other_clock_has_taken()
    {
        var now = world.Green.Clock;
        var status = world.Green.Status with
        {
            Role = MirrorRole.Primary,
            Epoch = 2,
            HighestEpochSeen = 2,
            Application = ApplicationRun.Stopped,
            ApplicationSince = now,
            Hold = new MirrorHold("swap", now.AddMinutes(1)),
            Snapshots = [new MirrorSnapshot("m-simulation-e1-s1", now.AddMinutes(2), now)],
        };
        var peer = world.Green.Views.Current! with { Role = MirrorRole.Primary, Epoch = 3, HandoverOperation = "swap", Snapshots = ["m-simulation-e1-s1"] };

        MirrorPlanner.Decide(world.Green.Policy, status, peer, now).Next!.Demotion.ShouldNotBeNull().Covered.ShouldBeFalse();
    }

    [Fact]
    public void What_a_planned_swap_had_covered_counts_as_diverged_once_an_older_snapshot_is_failed_over_to()
    {
        world.Ask(world.Green, MirrorOperationType.Reverse);
        Quiet.Until(world, w => w.Blue.Status.Role == MirrorRole.Secondary ? null : "blue is not secondary yet");
        world.Blue.Status.Diverged.ShouldHaveSingleItem().Covered.ShouldBeTrue();
        world.Network.SetCut(true);

        world.Ask(world.Blue, MirrorOperationType.FailOver, snapshot: world.Blue.Status.Snapshots[0].Name);
        Quiet.Until(world, w => Quiet.Runs(w.Blue) ? null : "blue has not taken over yet");

        world.Blue.Status.Diverged.ShouldHaveSingleItem().Covered.ShouldBeFalse("green may give its copy up");
    }

    /// <summary>Green has received the last snapshot of a swap, and is told to start from the first instead: it holds what blue wrote, but only until retention ends.</summary>
    [Fact]
    public void What_was_written_before_a_swap_that_became_a_fail_over_from_an_older_snapshot_counts_as_diverged()
    {
        var now = world.Blue.Clock;
        var status = world.Blue.Status with
        {
            Role = MirrorRole.Fenced,
            Epoch = 1,
            HighestEpochSeen = 2,
            Application = ApplicationRun.Stopped,
            ApplicationSince = now.AddSeconds(-5),
            Snapshots = [new MirrorSnapshot("m-simulation-e1-s1", now.AddMinutes(-1), now), new MirrorSnapshot("m-simulation-e1-s2", now.AddSeconds(-1), now)],
        };
        var peer = world.Blue.Views.Current! with { Reachable = true, HasMirror = true, Role = MirrorRole.Primary, Epoch = 2, Snapshots = ["m-simulation-e1-s1", "m-simulation-e1-s2"] };
        var policy = world.Blue.Policy with { Operation = new MirrorOperationRequest("back", MirrorOperationType.FailBack, null, null, world.Blue.Policy.Application) };

        MirrorPlanner.Decide(policy, status, peer, now).Next!.Demotion.ShouldNotBeNull().Covered.ShouldBeFalse();
    }

    [Fact]
    public void A_side_that_was_fenced_before_its_volumes_were_live_brings_them_up_from_their_snapshot_when_its_data_is_kept()
    {
        // Blue has promised to stop for a swap, green promotes and gets no further, and blue is failed over to meanwhile.
        world.Ask(world.Green, MirrorOperationType.Reverse);
        Quiet.Until(world, w => w.Green.Status.Promotion is null ? "green has not promoted yet" : null);
        world.Green.Watch();
        world.Green.ApiDown = true;
        world.Green.Controller.BreakAll();
        Quiet.Until(world, w => w.Blue.Status.Role == MirrorRole.Secondary ? null : "blue is not secondary yet");
        world.Ask(world.Blue, MirrorOperationType.FailOver);
        Quiet.Until(world, w => Quiet.Runs(w.Blue) ? null : "blue has not taken over yet");
        world.Heal(link: true);
        Quiet.Until(world, w => w.Green.Status.Role == MirrorRole.Fenced && Quiet.Runs(w.Blue) ? null : "green is not fenced yet");
        Quiet.For(world, TimeSpan.FromSeconds(5));
        world.Green.Disk.AllLive.ShouldBeFalse();

        world.Ask(world.Green, MirrorOperationType.Resync, keep: "green");
        Quiet.Until(world, w => w.Green.Status.Role == MirrorRole.Primary ? Quiet.Unsettled(w) : "green's data is not kept yet");

        Quiet.Runs(world.Green).ShouldBeTrue();
        world.Green.Disk.Live[1].ShouldBe(world.Green.Disk.Groups[world.Green.Disk.Origins[1].ShouldNotBeNull()].Volumes[1]);
    }

    [Fact]
    public void What_a_dropped_transfer_has_received_is_deleted()
    {
        world.Blue.Disk.Write(3);
        world.Ask(world.Green, MirrorOperationType.Sync);
        Quiet.Until(world, w => w.Green.Disk.Staged.Any(staged => staged is { Verified: true }) ? null : "nothing is staged yet");

        world.Ask(world.Green, MirrorOperationType.CancelTransfer);
        Quiet.Until(world, Quiet.Unsettled);

        world.Green.Disk.Staged.ShouldAllBe(staged => staged == null);
    }

    [Theory]
    [InlineData("m-simulation-e1-s4", true)]
    [InlineData("m-simulation-e1-s5", false)]
    [InlineData("m-simulation-e2-s1", false)]
    [InlineData("m-simulation-e1-s3", false)]
    public void A_name_that_was_let_go_of_is_not_taken_again(string name, bool refused)
    {
        var now = world.Blue.Clock;
        var status = world.Blue.Status with { Snapshots = [new MirrorSnapshot("m-simulation-e1-s3", now, now), new MirrorSnapshot("m-simulation-e1-s5", now, now)] };

        (PeerRequests.RefusalToTake(status, name) is not null).ShouldBe(refused);
    }

    [Theory]
    [InlineData("m-simulation-e1-s4", true)]
    [InlineData("m-simulation-e0-s9", true)]
    [InlineData("m-simulation-e1-s3", false)] // Known.
    [InlineData("m-simulation-e1-s2", false)] // Being deleted anyhow.
    [InlineData("m-simulation-e1-s6", false)] // Just being taken, or received.
    [InlineData("m-simulatiox-e1-s4", false)] // Another relationship's.
    [InlineData("nightly", false)] // A user's.
    public void What_was_taken_and_nobody_came_to_know_of_is_deleted(string name, bool forgotten)
    {
        var now = world.Blue.Clock;
        var status = world.Blue.Status with
        {
            Snapshots = [new MirrorSnapshot("m-simulation-e1-s3", now, now), new MirrorSnapshot("m-simulation-e1-s5", now, now)],
            Leaving = ["m-simulation-e1-s2"],
        };

        ForgottenSnapshots.Of(status, "simulation", "m-simulation-e1-s5", [name]).Any().ShouldBe(forgotten);
    }

    /// <summary>What the peer said while it was secondary itself arrives when this side has become its secondary.</summary>
    [Fact]
    public void A_late_word_of_the_peer_makes_no_strays()
    {
        var now = world.Green.Clock;
        var status = world.Green.Status with
        {
            Epoch = 2,
            HighestEpochSeen = 2,
            Snapshots = [new MirrorSnapshot("m-simulation-e1-s1", now, now), new MirrorSnapshot("m-simulation-e1-s2", now, now)],
            LastSyncStartedAt = now,
        };
        var late = world.Green.Views.Current! with { Role = MirrorRole.Secondary, Epoch = 1, Snapshots = ["m-simulation-e1-s1"] };

        MirrorPlanner.Decide(world.Green.Policy, status, late, now).Next.ShouldBeNull("the peer may hold s2 by now, and nothing older");

        var current = late with { Role = MirrorRole.Primary, Epoch = 2 };
        MirrorPlanner.Decide(world.Green.Policy, status, current, now).Next!.Leaving.ShouldBe(["m-simulation-e1-s2"]);
    }
}
