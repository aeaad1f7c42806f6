using System.Globalization;

namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>Random histories of two sides. <c>HISTORIES=n</c> plays that many, <c>SEED=n</c> begins with that one (alone, unless HISTORIES says more).</summary>
public sealed class SimulationTests
{
    private const int DefaultHistories = 20_000;

    [Fact]
    public void No_history_of_crashes_cuts_and_commands_breaks_a_promise()
    {
        var (seed, histories) = (Number("SEED"), Number("HISTORIES"));
        var campaign = new Campaign(Protocol.Product, seed ?? 1, histories ?? (seed is null ? DefaultHistories : 1)) { Progress = Tell };
        var failure = campaign.Run();
        Tell(campaign.Line());
        if (failure is null) return;
        var told = History.Play(failure.Plan, Protocol.Product, tell: true)!;
        Assert.Fail($"seed {failure.Plan.Seed} (repeat with SEED={failure.Plan.Seed}), {failure.Plan.Ending}: {failure.What}{Environment.NewLine}{string.Join(Environment.NewLine, told.Story)}");
    }

    private static void Tell(string line) => Console.WriteLine(line);

    private static int? Number(string variable) =>
        Environment.GetEnvironmentVariable(variable) is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;
}
