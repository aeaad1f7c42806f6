namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>A failure is told as a short story, and can be told again.</summary>
public sealed class ShrinkerTests
{
    [Fact]
    public void A_failing_history_is_cut_down_to_a_short_story_that_still_fails()
    {
        var mutant = new Mutants.IgnoresTheEndOfAHold();
        var failure = new Campaign(mutant, 1, SimulationTests.DefaultHistories).Run().ShouldNotBeNull();
        failure.Plan.Happenings.Count.ShouldBeGreaterThan(200);

        var shortest = new Shrinker(mutant).Shrink(failure);

        shortest.Plan.Happenings.Count.ShouldBeLessThan(20);
        shortest.Story.Count.ShouldBeLessThan(60);
        shortest.Story.ShouldContain(line => line.Contains("asks for Reverse", StringComparison.Ordinal));
        shortest.Story[^1].ShouldContain("VIOLATED: green was promoted as planned while the application ran on blue");
        History.Play(shortest.Plan, mutant, tell: true)!.Story.ShouldBe(shortest.Story);
        History.Play(shortest.Plan, Protocol.Product).ShouldBeNull("only the broken rule fails");
    }

    [Fact]
    public void The_same_seed_gives_the_same_history()
    {
        var mutant = new Mutants.DropsDivergedData();
        var failure = new Campaign(mutant, 1, SimulationTests.DefaultHistories).Run().ShouldNotBeNull();

        var again = History.Play(Plan.Of(failure.Plan.Seed), mutant).ShouldNotBeNull();
        again.What.ShouldBe(failure.What);
    }
}
