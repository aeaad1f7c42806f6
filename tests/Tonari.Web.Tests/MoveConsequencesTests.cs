using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>What somebody is told before he decides.</summary>
public sealed class MoveConsequencesTests
{
    [Fact]
    public void A_fail_over_says_how_much_newer_data_is_left_behind()
    {
        var mirror = View(Shop.Replica(s => s with { Snapshots = [.. s.Snapshots.Select(x => x with { WireBytes = 1000 })] }));

        var newest = MoveConsequences.OfFailOver(mirror, null, Shop.Now)!;
        var older = MoveConsequences.OfFailOver(mirror, Shop.Group(1), Shop.Now)!;

        (newest.Chosen.Name, newest.Missing, newest.NewerSnapshots, newest.ReverseInstead).ShouldBe((Shop.Group(3), TimeSpan.FromSeconds(2), 0, true));
        (older.Missing, older.NewerSnapshots, older.NewerBytes).ShouldBe((TimeSpan.FromSeconds(100), 2, 2000));
        MoveConsequences.OfFailOver(mirror, "gone", Shop.Now).ShouldBeNull();
    }

    [Theory]
    [InlineData(DamagedCopy.Secondary, true)]
    [InlineData(DamagedCopy.Both, true)]
    [InlineData(DamagedCopy.Primary, false)]
    public void A_fail_over_from_a_copy_that_is_known_to_be_wrong_says_so_and_what_to_choose_instead(DamagedCopy copy, bool doubted)
    {
        var mirror = View(Shop.Replica(s => s with { Damage = new MirrorDamage(Shop.Group(2), Shop.Ago(60), [new("shop/data", "pvc-1", copy, 1, [new(0, 1)])]) }));

        MoveConsequences.OfFailOver(mirror, Shop.Group(2), Shop.Now)!.Doubt.ShouldBe(doubted ? new StartDoubt(Shop.Group(2), Same: true, Shop.Group(1)) : null);
        MoveConsequences.OfFailOver(mirror, null, Shop.Now)!.Doubt.ShouldBe(doubted ? new StartDoubt(Shop.Group(2), Same: false, Shop.Group(1)) : null);
        MoveConsequences.OfFailOver(mirror, Shop.Group(1), Shop.Now)!.Doubt.ShouldBeNull();
    }

    [Fact]
    public void A_primary_that_stopped_has_written_nothing_since_and_a_silent_one_is_no_reason_to_reverse()
    {
        var stopped = View(Shop.Replica(null, r => r with { Peer = r.Peer! with { Application = ApplicationRun.Stopped, ApplicationSince = Shop.Ago(30) } }));
        var silent = View(Shop.Replica(null, r => r with { Peer = r.Peer! with { Reachable = false, Application = ApplicationRun.Stopped, ApplicationSince = Shop.Ago(30) } }));

        MoveConsequences.OfFailOver(stopped, Shop.Group(2), Shop.Now)!.Missing.ShouldBe(TimeSpan.FromSeconds(10));
        var unknown = MoveConsequences.OfFailOver(silent, Shop.Group(2), Shop.Now)!;
        (unknown.Missing, unknown.ReverseInstead).ShouldBe((TimeSpan.FromSeconds(40), false));
    }

    [Fact]
    public void A_resync_says_since_when_the_other_side_wrote_alone_and_which_set_goes_for_it()
    {
        // blue was taken over from, stopped, and has set data aside three times before.
        var mirror = View(Parted(s => s with { Diverged = [new("diverged-1", 1, Shop.Ago(9000)), new("diverged-2", 2, Shop.Ago(8000)), new("diverged-3", 3, Shop.Ago(7000))] }));

        var keepGreen = MoveConsequences.OfResync(mirror, "green");
        var keepBlue = MoveConsequences.OfResync(mirror, "blue");

        keepGreen.ShouldBe(new ResyncConsequence("blue", Shop.Ago(40), Shop.Ago(10), Running: false, MirrorLimits.DivergedKept, Shop.Ago(9000)));
        keepBlue.ShouldBe(new ResyncConsequence("green", Shop.Ago(20), null, Running: true, MirrorLimits.DivergedKept, null));
    }

    [Fact]
    public void What_a_planned_swap_kept_as_a_precaution_never_goes_for_data_that_did_diverge()
    {
        var mirror = View(Parted(s => s with { Diverged = [.. Enumerable.Range(1, 4).Select(i => new DivergedData($"diverged-{i}", i, Shop.Ago(9000 - i)) { Covered = i > 2 })] }));

        MoveConsequences.OfResync(mirror, "green").OldestGoes.ShouldBeNull();
    }

    [Fact]
    public void The_expected_downtime_is_that_of_the_last_planned_swap_that_succeeded()
    {
        var mirror = View(Shop.Mirror(s => s with
        {
            History =
            [
                new("a", MirrorOperationType.Reverse, Shop.Ago(900), Shop.Ago(890), true, "Done.") { DowntimeMs = 9000 },
                new("b", MirrorOperationType.FailBack, Shop.Ago(800), Shop.Ago(790), true, "Done.") { DowntimeMs = 4210 },
                new("c", MirrorOperationType.Reverse, Shop.Ago(700), Shop.Ago(690), false, "No.") { DowntimeMs = 60000 },
                new("d", MirrorOperationType.FailOver, Shop.Ago(600), Shop.Ago(590), true, "Done.") { DowntimeMs = 1 },
            ],
        }));

        MoveConsequences.LastDowntime(mirror).ShouldBe(TimeSpan.FromMilliseconds(4210));
    }

    [Theory]
    [InlineData(MirrorRole.Primary, MirrorRole.Secondary, false, DeletionFate.ApplicationStays, DeletionFate.ReplicaGoes)]
    [InlineData(MirrorRole.Primary, MirrorRole.Secondary, true, DeletionFate.ApplicationStays, DeletionFate.ReplicaKept)]
    [InlineData(MirrorRole.Secondary, MirrorRole.Primary, false, DeletionFate.HomeClaimsStay, DeletionFate.ApplicationStays)]
    [InlineData(MirrorRole.Fenced, MirrorRole.Primary, false, DeletionFate.ApplicationStays, DeletionFate.ApplicationStays)]
    public void A_deletion_says_what_becomes_of_each_side(MirrorRole here, MirrorRole there, bool keep, DeletionFate blue, DeletionFate green)
    {
        var mirror = View(Shop.Mirror(s => s with { Role = here }, r => r with { Peer = r.Peer! with { Role = there } }));

        MoveConsequences.OfDelete(mirror, keep).ShouldBe([new DeletionConsequence("blue", blue), new DeletionConsequence("green", green)]);
    }

    [Fact]
    public void What_is_likely_wanted_comes_first_as_things_are()
    {
        Order(Shop.Replica()).ShouldBe("FailOver Reverse Sync | CancelTransfer Resync FailBack Verify Pause Delete");
        Order(Parted()).ShouldBe("Resync FailBack | Sync CancelTransfer FailOver Reverse Verify Pause Delete");
    }

    internal static AppMirror Parted(Func<MirrorStatus, MirrorStatus>? status = null) => Shop.Mirror(
        s => (status ?? (x => x))(s with { Role = MirrorRole.Fenced, Application = ApplicationRun.Stopped, ApplicationSince = Shop.Ago(10) }),
        r => r with
        {
            State = MirrorState.FailedOver,
            Peer = r.Peer! with { Role = MirrorRole.Primary, Epoch = 2, Application = ApplicationRun.Running, ApplicationSince = Shop.Ago(20) },
        });

    private static string Order(AppMirror mirror)
    {
        var order = MoveOrder.Of(View(mirror).Moves);
        return $"{string.Join(' ', order.First.Select(m => m.Kind))} | {string.Join(' ', order.Others.Select(m => m.Kind))}";
    }

    private static MirrorView View(AppMirror mirror) => MirrorView.Of(mirror, "blue", (_, _) => 0, Shop.Now);
}
