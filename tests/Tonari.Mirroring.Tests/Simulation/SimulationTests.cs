using System.Globalization;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>Random histories of two sides. <c>HISTORIES=n</c> runs that many, <c>SEED=n</c> repeats one.</summary>
public sealed class SimulationTests
{
    private const int DefaultHistories = 2000;

    [Fact]
    public void No_history_of_crashes_cuts_and_commands_breaks_a_promise() => Run(deletions: false, seed =>
    {
        var world = new World(seed);
        world.Heal(60);
        world.Rage(500, deletions: false);
        world.Heal(700);
        Settled(world);
    });

    [Fact]
    public void Deleting_at_any_moment_leaves_nothing_and_keeps_the_application_running() => Run(deletions: true, seed =>
    {
        var world = new World(seed);
        world.Heal(60);
        world.Rage(400, deletions: true);
        world.Blue.Policy = world.Blue.Policy with { Deleting = true };
        world.Heal(900);

        foreach (var side in (SimulatedSide[])[world.Blue, world.Green])
        {
            side.Status.CleanedUp.ShouldBeTrue($"seed {seed}: {side.Name} is not cleaned up\n{world.Story}");
            side.Store.Snapshots.ShouldBeEmpty($"seed {seed}");
            side.Store.Diverged.ShouldBeEmpty($"seed {seed}");
        }

        (world.Blue.Store.ApplicationRuns || world.Green.Store.ApplicationRuns).ShouldBeTrue($"seed {seed}: stopped on both sides\n{world.Story}");
    });

    /// <summary>Once faults and commands have ended: one primary whose application runs, and nobody else's does unless a person must decide.</summary>
    private static void Settled(World world)
    {
        SimulatedSide[] sides = [world.Blue, world.Green];
        var primaries = sides.Where(side => side.Status.Role == MirrorRole.Primary).ToList();
        primaries.Count.ShouldBe(1, world.Story);
        primaries[0].Store.ApplicationRuns.ShouldBeTrue($"the application runs nowhere\n{world.Story}");

        var other = world.Other(primaries[0]);
        other.Store.ApplicationRuns.ShouldBeFalse($"the application runs on both sides\n{world.Story}");
        other.Status.Operation.ShouldBeNull(world.Story);
        primaries[0].Status.Operation.ShouldBeNull(world.Story);
        if (other.Status.Role != MirrorRole.Secondary) return;

        other.Status.Epoch.ShouldBe(primaries[0].Status.Epoch, world.Story);
        other.Status.Snapshots.ShouldNotBeEmpty(world.Story);
        SnapshotNames.TryParse(other.Status.Snapshots[^1].Name, out var epoch, out _).ShouldBeTrue();
        epoch.ShouldBe(primaries[0].Status.Epoch, $"no sync in the new epoch\n{world.Story}");
    }

    private static void Run(bool deletions, Action<int> history)
    {
        var one = Environment.GetEnvironmentVariable("SEED");
        var count = int.Parse(Environment.GetEnvironmentVariable("HISTORIES") ?? DefaultHistories.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
        var first = one is null ? (deletions ? 1_000_000 : 1) : int.Parse(one, CultureInfo.InvariantCulture);
        for (var seed = first; seed < first + (one is null ? count : 1); seed++)
        {
            try
            {
                history(seed);
            }
            catch (Exception exception) when (exception is InvariantViolatedException or ShouldAssertException)
            {
                Assert.Fail($"seed {seed} (repeat with SEED={seed}): {exception.Message}");
            }
        }
    }
}
