using Tonari.Faults.Checking;
using Tonari.Faults.Rows;
using Tonari.Lab;
using Tonari.Lab.Postgres;

namespace Tonari.EndToEnd.Tests.Faults;

/// <summary>
/// Rows of the fault matrix, one of each kind, where they hurt most; <c>make faults</c> plays all of them. They take five minutes, so they run only when they
/// are asked for.
/// </summary>
public sealed class FaultTests(LabFixture fixture) : LabTest(fixture, PostgresWorkload.Name)
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Task.WhenAll(Lab.Clusters.Select(cluster => Crash.FreshAsync(cluster, CancellationToken.None)));
        GC.SuppressFinalize(this);
    }

    [Fact(Explicit = true)]
    public async Task Whatever_dies_or_breaks_in_the_middle_everything_comes_right_by_itself()
    {
        await using var stage = await Stage.OpenAsync(Lab, Ct);
        foreach (var row in Matrix.Representative)
        {
            var result = await new RowPlayer(stage, TimeProvider.System).PlayAsync(row, Ct);
            TestContext.Current.SendDiagnosticMessage($"{result}");
            result.Green.ShouldBeTrue(result.ToString());
        }
    }
}
