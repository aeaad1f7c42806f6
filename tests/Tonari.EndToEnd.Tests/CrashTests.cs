using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.EndToEnd.Tests;

/// <summary>kill -9 of every program of Tonari in the middle of a transfer: it goes on where it was. Other operations are in the fault matrix.</summary>
public sealed class CrashTests(LabFixture fixture) : LabTest(fixture, Transfer)
{
    private const string Transfer = "freight";

    /// <summary>What may travel again after a crash, bytes.</summary>
    private const long Window = 16 << 20;

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Task.WhenAll(Lab.Clusters.Select(cluster => Crash.FreshAsync(cluster, CancellationToken.None)));
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task In_a_transfer_every_program_of_both_sides_may_die_and_the_replica_is_whole()
    {
        var files = new FilesWorkload(Transfer, 1, "512Mi");
        var mirror = new LabMirror(Lab, Transfer, Transfer);
        await files.DeployAsync(Blue, Ct);
        await files.WriteRandomAsync(Blue, "/data/v1/freight", 64, Ct);
        var digests = await files.DigestsAsync(Blue, Ct);
        await LabLink.RateAsync("20mbit", Ct); // about 25 seconds for all of it
        var before = LabLink.BytesTo(Green);
        await Lab.OnBlue.RunAsync(Ct, "mirror", "configure", Transfer, "--to", "green", "--schedule", "1h", "-n", Transfer, "--no-wait");

        var done = 0L;
        foreach (var (cluster, program) in new[] { (Green, "node"), (Blue, "node"), (Green, "controller"), (Blue, "controller") })
        {
            await mirror.UntilAsync(Green, "the transfer to go on", Soon, side => side.SyncStage == "Pulling" && side.Transfer.Done > done, Ct);
            done = (await mirror.ExpectedSideAsync(Green, Ct)).Transfer.Done;
            (await Crash.KillAsync(cluster, program, Ct)).ShouldBeGreaterThan(0);
        }

        await LabLink.ClearAsync(Ct);
        await mirror.UntilEstablishedAsync(Blue, Later, Ct);
        var travelled = LabLink.BytesTo(Green) - before;
        TestContext.Current.SendDiagnosticMessage($"{travelled} bytes to green for {64 << 20} bytes of files, four crashes in their middle");
        travelled.ShouldBeLessThan((64 << 20) + (4 * Window), "less than a window travels again for each crash");
        await Lab.OnGreen.RunAsync(Ct, "mirror", "failover", Transfer, "-n", Transfer, "--yes");
        await files.UntilReadyAsync(Green, Ct);
        (await files.DigestsAsync(Green, Ct)).ShouldBe(digests);
    }
}
