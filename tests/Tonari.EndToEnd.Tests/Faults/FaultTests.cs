using Tonari.Faults.Checking;
using Tonari.Faults.Rows;
using Tonari.Lab;
using Tonari.Lab.Postgres;

namespace Tonari.EndToEnd.Tests.Faults;

/// <summary>Rows of the fault matrix where they hurt most, one after the other on one application; <c>make faults</c> plays all of them.</summary>
public sealed class FaultTests(LabFixture fixture) : LabTest(fixture, PostgresWorkload.Name)
{
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Task.WhenAll(Lab.Clusters.Select(cluster => Crash.FreshAsync(cluster, CancellationToken.None)));
        GC.SuppressFinalize(this);
    }

    [Fact]
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
