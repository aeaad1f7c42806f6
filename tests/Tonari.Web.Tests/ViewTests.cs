using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Views are pure functions of what is in the API.</summary>
public sealed class ViewTests
{
    [Fact]
    public void A_transfer_has_percent_rate_and_time_left_per_volume_and_together()
    {
        var mirror = Shop.Replica(
            s => s with { Sync = new() { Name = Shop.Group(4), Base = Shop.Group(3), Stage = MirrorSyncStage.Pulling, StartedAt = Shop.Ago(10) } },
            r => r with { Transfers = [new("shop/data", 600, 1000, 300), new("shop/cache", 1000, 1000, 400)] });

        var transfer = View(mirror, volume => volume == "shop/data" ? 100 : 50).Transfer!;

        transfer.Volumes.Select(v => (v.Amount.Percent, v.Amount.SecondsLeft)).ShouldBe([(60, 4.0), (100, 0.0)]);
        // The volume that is done no longer adds to the speed.
        transfer.Total.ShouldBe(new TransferAmount(1600, 2000, 700, 100, 80, 4));
    }

    [Fact]
    public void As_long_as_one_volume_looks_for_its_changes_the_whole_is_not_known()
    {
        var mirror = Shop.Replica(
            s => s with { Sync = new() { Name = Shop.Group(4), Stage = MirrorSyncStage.Pulling, StartedAt = Shop.Ago(10) } },
            r => r with { Transfers = [new("shop/data", 600, 1000, 300), new("shop/cache", 0, 0, 0)] });

        var total = View(mirror, _ => 100).Transfer!.Total;

        (total.Percent, total.SecondsLeft).ShouldBe((null, null));
    }

    [Fact]
    public void The_primary_shows_what_the_other_side_receives_as_long_as_that_answers()
    {
        var pull = new PeerPull(Shop.Group(4), Shop.Group(2), Shop.Ago(10), [new("shop/data", 600, 1000, 300)]);
        var mirror = Shop.Mirror(report: r => r with { Peer = r.Peer! with { Pull = pull } });
        var silent = Shop.Mirror(report: r => r with { Peer = r.Peer! with { Pull = pull, Reachable = false } });

        var transfer = View(mirror, _ => 100).Transfer!;

        (transfer.Snapshot, transfer.Base, transfer.Stage, transfer.Total.Percent, transfer.Total.SecondsLeft)
            .ShouldBe((Shop.Group(4), Shop.Group(2), MirrorSyncStage.Pulling, 60, 4.0));
        View(silent, _ => 100).Transfer.ShouldBeNull();
    }

    [Fact]
    public void The_direction_follows_the_higher_epoch()
    {
        var both = Shop.Mirror(report: r => r with { Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 2 } });
        var same = Shop.Mirror(report: r => r with { Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 1 } });

        (View(both).From, View(both).To).ShouldBe(("green", "blue"));
        View(same).From.ShouldBeNull();
    }

    [Fact]
    public void A_mirror_nobody_has_taken_up_yet_is_shown_all_the_same()
    {
        var mirror = Shop.Mirror();
        mirror.Status = null;

        var view = View(mirror);

        (view.State, view.Health, view.From).ShouldBe((MirrorState.Establishing, MirrorHealth.Unknown, null));
        view.Moves.Where(m => m.Hindrance is null).Select(m => m.Kind).ShouldBe([MirrorMoveKind.Pause, MirrorMoveKind.Delete]);
    }

    [Fact]
    public void A_sync_that_was_asked_for_can_be_cancelled_while_it_only_catches_up()
    {
        HindranceOf(Running(MirrorOperationStage.CatchingUp), MirrorMoveKind.CancelTransfer).ShouldBeNull();
        HindranceOf(Running(MirrorOperationStage.Holding), MirrorMoveKind.CancelTransfer).ShouldBe(MoveHindrance.Busy);

        static AppMirror Running(MirrorOperationStage stage) => Shop.Replica(s => s with
        {
            Operation = new() { Request = new("r", MirrorOperationType.Sync), Stage = stage, StartedAt = Shop.Now, StageStartedAt = Shop.Now },
            Sync = new() { Name = "m-abcdefghij-e1-s9", Stage = MirrorSyncStage.Pulling, StartedAt = Shop.Now },
        });
    }

    [Fact]
    public void A_primary_can_cancel_only_a_transfer_that_it_was_told_of()
    {
        HindranceOf(Shop.Mirror(), MirrorMoveKind.CancelTransfer).ShouldBe(MoveHindrance.NoTransfer);

        var told = Shop.Mirror();
        told.Status = told.Status! with { Peer = told.Status.Peer! with { Pull = new("m-abcdefghij-e1-s9", null, Shop.Now, []) } };
        HindranceOf(told, MirrorMoveKind.CancelTransfer).ShouldBeNull();
    }

    [Fact]
    public void A_secondary_can_always_fail_over_whatever_else_is_going_on()
    {
        var busy = Shop.Replica(
            s => s with { Operation = new() { Request = new("r", MirrorOperationType.Reverse), Stage = MirrorOperationStage.Holding, StartedAt = Shop.Now, StageStartedAt = Shop.Now } },
            r => r with { Peer = r.Peer! with { Reachable = false } });
        busy.Spec = busy.Spec with { Paused = true };

        HindranceOf(busy, MirrorMoveKind.FailOver).ShouldBeNull();
        HindranceOf(busy, MirrorMoveKind.Reverse).ShouldBe(MoveHindrance.Busy);
        HindranceOf(Shop.Replica(s => s with { Snapshots = [] }), MirrorMoveKind.FailOver).ShouldBe(MoveHindrance.NoSnapshot);
    }

    [Fact]
    public void After_a_fail_over_one_resyncs_or_fails_back_and_does_not_reverse()
    {
        var fenced = Shop.Mirror(
            s => s with { Role = MirrorRole.Fenced, HighestEpochSeen = 2 },
            r => r with { State = MirrorState.FailedOver, Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 2 } });

        HindranceOf(fenced, MirrorMoveKind.Resync).ShouldBeNull();
        HindranceOf(fenced, MirrorMoveKind.FailBack).ShouldBeNull();
        HindranceOf(fenced, MirrorMoveKind.Reverse).ShouldBe(MoveHindrance.FailedOver);
        HindranceOf(Shop.Mirror(), MirrorMoveKind.FailBack).ShouldBe(MoveHindrance.AtHome);
    }

    [Fact]
    public void A_pause_of_the_other_side_is_a_pause()
    {
        var paused = Shop.Mirror(report: r => r with { Peer = r.Peer! with { Paused = true } });

        HindranceOf(paused, MirrorMoveKind.Sync).ShouldBe(MoveHindrance.Paused);
        View(paused).There.Paused.ShouldBeTrue();
    }

    private static MoveHindrance? HindranceOf(AppMirror mirror, MirrorMoveKind kind) => View(mirror).Moves.Single(m => m.Kind == kind).Hindrance;

    private static MirrorView View(AppMirror mirror, Func<string, double>? rate = null) => MirrorView.Of(mirror, "blue", (_, volume) => rate?.Invoke(volume) ?? 0, Shop.Now);
}
