using Tonari.Lab;
using Tonari.Lab.Mirrors;
using Tonari.Lab.Postgres;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests;

/// <summary>kill -9 of any program of Tonari, in the middle of anything: it goes on by itself and nothing is lost.</summary>
public sealed class CrashTests(LabFixture fixture) : LabTest(fixture, Transfer, PostgresWorkload.Name)
{
    private const string Transfer = "freight";

    /// <summary>What may travel again after a crash, bytes.</summary>
    private const long Window = 16 << 20;
    private const string Database = PostgresWorkload.Name;

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

    [Fact]
    public async Task In_a_fail_over_and_in_a_reverse_every_program_of_both_sides_may_die_and_no_row_is_lost()
    {
        await using var shop = await Shop.OpenAsync(Lab, scale: 1, TimeProvider.System, Ct);
        await Lab.OnBlue.RunAsync(Ct, "mirror", "configure", Database, "--to", "green", "--schedule", "10s", "-n", Database);
        await shop.UntilEstablishedAsync(Blue, Ct);

        await ReverseWithAsync(shop, Green, (Blue, "controller", "Holding"));
        await ReverseWithAsync(shop, Blue, (Blue, "node", "Promoting"));
        await ReverseWithAsync(shop, Green, (Green, "controller", "Promoting"));
        await ReverseWithAsync(shop, Blue, (Green, "node", "Holding"));
        await FailOverWithAsync(shop, Green);
        await FailOverWithAsync(shop, Blue);
    }

    private async Task ReverseWithAsync(Shop shop, LabCluster to, (LabCluster Cluster, string Program, string Stage) crash)
    {
        var next = shop.Ledger.Next;
        var step = await shop.DoAsync(to, () => Task.FromResult(shop.Lineage.MovedTo(to.Name, next)), async () =>
        {
            var command = Lab.On(to).RunAsync(Ct, "mirror", "reverse", Database, "-n", Database);
            await StageAsync(shop, to, crash.Stage, command);
            (await Crash.KillAsync(crash.Cluster, crash.Program, Ct)).ShouldBeGreaterThan(0);
            await command;
            await shop.UntilEstablishedAsync(to, Ct);
        }, Ct);
        step.Verdict.Good.ShouldBeTrue($"after a reverse to {to.Name} in which the {crash.Program} of {crash.Cluster.Name} died: {step.Verdict}");
    }

    private async Task FailOverWithAsync(Shop shop, LabCluster to)
    {
        var from = Lab.Other(to);
        await shop.UntilSyncedAsync(TimeProvider.System.GetUtcNow(), Ct);
        var next = shop.Ledger.Next;
        var step = await shop.DoAsync(to, async () => (await shop.FailedOverAsync(to, next, Ct)).Lineage, async () =>
        {
            var command = Lab.On(to).RunAsync(Ct, "mirror", "failover", Database, "-n", Database, "--yes");
            await StageAsync(shop, to, "Promoting", command);
            (await Crash.KillAsync(to, "node", Ct)).ShouldBeGreaterThan(0);
            (await Crash.KillAsync(to, "controller", Ct)).ShouldBeGreaterThan(0);
            await command;
            await shop.UntilFencedAsync(from, Ct);
        }, Ct);
        step.Verdict.Good.ShouldBeTrue($"after a fail-over to {to.Name} in which its node agent and its controller died: {step.Verdict}");

        await Lab.On(to).RunAsync(Ct, "mirror", "resync", Database, "--keep", to.Name, "-n", Database, "--yes");
        await shop.UntilEstablishedAsync(to, Ct);
    }

    /// <summary>Waits until a side's operation has reached a stage or gone beyond; the command must not have ended by then.</summary>
    private static async Task StageAsync(Shop shop, LabCluster cluster, string stage, Task command)
    {
        string[] order = ["AwaitingFence", "SettingAside", "CatchingUp", "Holding", "FinalSync", "Promoting"];
        await Eventually.TrueAsync($"the operation on {cluster.Name} to be {stage}", Soon, async token =>
        {
            var side = await shop.Mirror.ExpectedSideAsync(cluster, token);
            return Array.IndexOf(order, side.OperationStage) >= Array.IndexOf(order, stage) ? null : $"it is {side.OperationStage ?? "not there"}";
        }, Ct);
        command.IsCompleted.ShouldBeFalse("the crash must come in the middle");
    }
}
