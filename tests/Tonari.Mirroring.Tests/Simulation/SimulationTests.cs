using System.Globalization;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// Random histories of two sides. <c>HISTORIES=n</c> plays that many; <c>SEED=n</c> begins with that one, and plays it alone unless HISTORIES says more.
/// </summary>
public sealed class SimulationTests
{
    /// <summary>Histories of every test run.</summary>
    public const int DefaultHistories = 20_000;

    [Fact]
    public void No_history_of_crashes_cuts_and_commands_breaks_a_promise()
    {
        var (seed, histories) = (Number("SEED"), Number("HISTORIES"));
        var campaign = new Campaign(Protocol.Product, seed ?? 1, histories ?? (seed is null ? DefaultHistories : 1)) { Progress = Tell };
        var failure = campaign.Run();
        Tell(campaign.Figures.InWords(campaign.Elapsed));
        if (failure is not null) Assert.Fail(Report(failure));
    }

    private static string Report(Failure failure)
    {
        var shortest = new Shrinker(Protocol.Product).Shrink(failure);
        return string.Join(
            Environment.NewLine,
            [
                failure.What, $"Repeat with SEED={failure.Plan.Seed}. Of its {failure.Plan.Happenings.Count} events these {shortest.Plan.Happenings.Count} are enough:",
                .. shortest.Story, "", .. shortest.Plan.Happenings.Select(happening => happening.ToString()),
                $"then {shortest.Plan.Ending}, {shortest.Plan.Setup}",
            ]);
    }

    private static void Tell(string line) => Console.WriteLine(line);

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
