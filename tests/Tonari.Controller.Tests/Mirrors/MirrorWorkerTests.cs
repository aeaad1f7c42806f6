using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Tests.Mirrors;

/// <summary>Stories of two workers, the real planner and a world in memory.</summary>
public sealed class MirrorWorkerTests
{
    [Fact]
    public async Task An_initial_sync_finishes_wherever_a_controller_is_killed()
    {
        await KillEverywhereAsync(EstablishAsync, world =>
        {
            world.Green.Snapshots.Values.ShouldContain("rows");
            world.Blue.Running.ShouldBeTrue();
            world.Green.Live.ShouldBeNull();
        });
    }

    [Fact]
    public async Task A_fail_over_finishes_wherever_a_controller_is_killed()
    {
        await KillEverywhereAsync(
            async world =>
            {
                await EstablishAsync(world);
                await world.UntilAsync(() => world.Blue.Status.Snapshots.Count > 0, "blue knows of the snapshot");
                world.LinkUp = false;
                Ask(world.Green, new MirrorOperationRequest("over", MirrorOperationType.FailOver));
                await world.UntilAsync(() => Finished(world.Green, "over") && world.Green.Status.Promotion is null, "failed over");
            },
            world =>
            {
                world.Green.Status.Role.ShouldBe(MirrorRole.Primary);
                world.Green.Status.Epoch.ShouldBe(2);
                world.Green.Live.ShouldBe("rows");
                world.Green.Running.ShouldBeTrue();
            });
    }

    [Fact]
    public async Task A_planned_swap_loses_no_row_and_leaves_one_copy_running_wherever_a_controller_is_killed()
    {
        await KillEverywhereAsync(
            async world =>
            {
                await EstablishAsync(world);
                world.Blue.Live = "rows and the last one";
                Ask(world.Green, new MirrorOperationRequest("swap", MirrorOperationType.Reverse));
                await world.UntilAsync(() => Finished(world.Green, "swap"), "swap ended");
                var swapped = world.Green.Status.History[^1].Succeeded;
                var (primary, other) = swapped ? (world.Green, world.Blue) : (world.Blue, world.Green);
                await world.UntilAsync(() => primary.Running && !other.Running && other.Status.Role == MirrorRole.Secondary, "one copy runs");
            },
            world =>
            {
                world.TwoCopiesRan.ShouldBeFalse();
                var primary = world.Green.Running ? world.Green : world.Blue;
                primary.Live.ShouldBe("rows and the last one");
            });
    }

    [Fact]
    public async Task A_result_survives_losing_a_race_for_the_write_and_the_work_is_not_done_again()
    {
        await using var world = new World();
        var races = 0;
        world.BeforeWrite[world.Green] = status =>
        {
            // Every other write is overtaken by somebody who edits the object.
            if (Interlocked.Increment(ref races) % 2 == 1) world.Green.Edit(policy => policy with { Retain = policy.Retain + 1 });
        };

        await EstablishAsync(world);

        world.Count(world.Green, "request").ShouldBe(1);
        world.Count(world.Green, "pull").ShouldBe(1);
        world.Count(world.Green, "commit").ShouldBe(1);
    }

    [Fact]
    public async Task Pausing_cancels_the_pull_and_its_late_result_changes_nothing()
    {
        await using var world = new World();
        var cancelled = false;
        world.Instead[world.Green] = async (step, _, ct) =>
        {
            if (step is not PullGroup || cancelled) return null;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, ct);
            }
            catch (OperationCanceledException)
            {
                cancelled = true;
            }

            return new StepResult.Pulled(1, []); // ended by itself just when it was cancelled
        };
        Keep(world);
        await world.UntilAsync(() => world.Count(world.Green, "pull") == 1, "pull began");

        world.Green.Edit(policy => policy with { Paused = true });
        await world.UntilAsync(() => cancelled, "pull was cancelled");
        var paused = world.Time.GetUtcNow();
        await world.UntilAsync(() => Passed(world, paused, 5), "some time passes");

        world.Green.Status.Sync!.Stage.ShouldBe(MirrorSyncStage.Pulling);
        world.Green.Snapshots.ShouldBeEmpty();

        world.Green.Edit(policy => policy with { Paused = false });
        await world.UntilAsync(() => world.Green.Status.Snapshots.Count == 1, "the transfer went on");
        world.Green.Snapshots.Values.ShouldHaveSingleItem().ShouldBe("rows");
    }

    [Fact]
    public async Task A_result_that_lost_its_race_to_a_pause_is_dropped()
    {
        await using var world = new World();
        world.BeforeWrite[world.Green] = status =>
        {
            if (status.Sync?.Stage == MirrorSyncStage.Committing && world.Green.Policy!.Retain == 3)
                world.Green.Edit(policy => policy with { Paused = true, Retain = 4 });
        };
        Keep(world);

        await world.UntilAsync(() => world.Green.Policy!.Paused, "paused just before the pull was noted");
        var paused = world.Time.GetUtcNow();
        await world.UntilAsync(() => Passed(world, paused, 5), "some time passes");

        world.Green.Status.Sync!.Stage.ShouldBe(MirrorSyncStage.Pulling);
        world.Green.Snapshots.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_hold_is_renewed_while_the_last_pull_takes_longer_than_the_hold()
    {
        await using var world = new World();
        var final = false;
        world.Instead[world.Green] = async (step, _, ct) =>
        {
            if (step is PullGroup && final) await Task.Delay(3 * MirrorLimits.HoldDuration, world.Time, ct);
            if (step is RequestSnapshot { RequireStopped: true }) final = true;
            return null;
        };
        await EstablishAsync(world);

        Ask(world.Green, new MirrorOperationRequest("swap", MirrorOperationType.Reverse));
        await world.UntilAsync(() => Finished(world.Green, "swap"), "swap ended");

        world.Green.Status.History[^1].Succeeded.ShouldBeTrue(world.Green.Status.History[^1].Message);
        world.Count(world.Green, "hold").ShouldBeGreaterThan(3);
        world.TwoCopiesRan.ShouldBeFalse();
    }

    [Fact]
    public async Task A_step_that_throws_is_told_to_the_user_and_tried_again()
    {
        await using var world = new World();
        var throws = 3;
        world.Instead[world.Green] = (step, _, _) => step is CommitGroup && Interlocked.Decrement(ref throws) >= 0
            ? throw new IOException("The pool's disk went away.")
            : Task.FromResult<StepResult?>(null);
        Keep(world);

        await world.UntilAsync(() => world.Green.Status.Retries.Any(retry => retry.Failures == 2), "second failure noted");
        world.Green.Status.Retries[0].Message.ShouldBe("The pool's disk went away.");

        await world.UntilAsync(() => world.Green.Status.Snapshots.Count == 1, "committed in the end");
        world.Green.Status.Retries.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_step_that_changes_nothing_is_repeated_at_leisure()
    {
        await using var world = new World();
        world.Instead[world.Green] = (step, _, _) =>
            Task.FromResult<StepResult?>(step is ReleasePeerHold ? new StepResult.Done() : null);
        await EstablishAsync(world);
        var start = world.Time.GetUtcNow();
        world.Blue.Update((policy, status) =>
            (status with { Hold = new MirrorHold("forgotten", start + TimeSpan.FromHours(1)) }, true));

        await world.UntilAsync(() => Passed(world, start, 10), "ten seconds");

        world.Count(world.Green, "release").ShouldBeInRange(2, 12);
    }

    [Fact]
    public async Task Progress_is_written_every_two_seconds_at_most()
    {
        await using var world = new World();
        world.Instead[world.Green] = async (step, context, ct) =>
        {
            if (step is not PullGroup) return null;
            for (var i = 1; i <= 200; i++)
            {
                context.Progress.Report([new MirrorTransfer("shop/data", i, 200, i)]);
                await Task.Delay(TimeSpan.FromMilliseconds(100), world.Time, ct);
            }

            return null;
        };

        var start = world.Time.GetUtcNow();
        await EstablishAsync(world);

        var atMost = (int)((world.Time.GetUtcNow() - start) / MirrorWorkerLimits.ProgressPause) + 3; // and the steps' own writes
        world.Records[world.Green].TransferWrites.ShouldBeInRange(3, atMost);
    }

    [Fact]
    public async Task The_worker_ends_with_its_object_and_takes_its_steps_along()
    {
        await using var world = new World();
        var ended = false;
        world.Instead[world.Green] = async (step, _, ct) =>
        {
            if (step is not PullGroup) return null;
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, world.Time, ct);
            }
            finally
            {
                ended = true;
            }

            return null;
        };
        Keep(world);
        await world.UntilAsync(() => world.Count(world.Green, "pull") == 1, "pull began");

        world.Green.Remove();

        await world.UntilAsync(() => ended, "the pull ended");
    }

    /// <summary>Tells the same story again and again, killing either side's controller at its 1st, 2nd, 3rd … act.</summary>
    private static async Task KillEverywhereAsync(Func<World, Task> story, Action<World> check)
    {
        foreach (var victim in (string[])["blue", "green"])
        {
            for (var point = 1; ; point++)
            {
                await using var world = new World();
                world.Keep(world.Blue, victim == "blue" ? point : null);
                world.Keep(world.Green, victim == "green" ? point : null);
                await story(world);
                check(world);
                if (world.Deaths > 0) continue;
                point.ShouldBeGreaterThan(3); // there was something to be killed in
                break;
            }
        }
    }

    [Fact]
    public async Task What_the_peer_has_come_to_is_shown_within_seconds_also_right_after_a_write()
    {
        await using var world = new World();
        await EstablishAsync(world);
        var since = world.Time.GetUtcNow();

        await world.UntilAsync(() => world.Records[world.Blue].ShownPeer is { Snapshots.Count: > 0 }, "blue shows that green is complete");

        (world.Time.GetUtcNow() - since).ShouldBeLessThan(2 * MirrorWorkerLimits.ProgressPause);
    }

    private static async Task EstablishAsync(World world)
    {
        Keep(world);
        await world.UntilAsync(() => world.Green.Status is { Snapshots.Count: > 0, Sync: null }, "first group committed");
    }

    private static void Keep(World world)
    {
        if (world.Kept) return;
        world.Keep(world.Blue);
        world.Keep(world.Green);
    }

    private static void Ask(Side side, MirrorOperationRequest request) => side.Edit(policy => policy with { Operation = request });

    private static bool Finished(Side side, string id) => side.Status.History.Any(record => record.Id == id);

    private static bool Passed(World world, DateTimeOffset since, double seconds) => world.Time.GetUtcNow() >= since.AddSeconds(seconds);
}
