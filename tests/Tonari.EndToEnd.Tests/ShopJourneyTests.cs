using Tonari.Lab;
using Tonari.Lab.Postgres;

namespace Tonari.EndToEnd.Tests;

/// <summary>The main story: a PostgreSQL with two volumes under a running writer moves next door and comes home.</summary>
public sealed class ShopJourneyTests(LabFixture fixture) : LabTest(fixture, Name)
{
    private const string Name = PostgresWorkload.Name;

    [Fact]
    public async Task A_database_fails_over_comes_home_swaps_rehearses_and_is_let_go_with_every_row_accounted_for()
    {
        await using var shop = await Shop.OpenAsync(Lab, scale: 3, TimeProvider.System, Ct);

        await ConfigureAsync(shop);
        await FailOverWhileBlueIsCutOffAsync(shop);
        await HealAsync(shop);
        await FailBackAsync(shop);
        await ReverseAsync(shop, Green);
        await ReverseAsync(shop, Blue);
        await RehearseAsync(shop);
        await DeleteAsync(shop);
    }

    private async Task ConfigureAsync(Shop shop)
    {
        var step = await shop.DoAsync(Blue, () => Task.FromResult(shop.Lineage), () =>
            Lab.OnBlue.RunAsync(Ct, "mirror", "configure", Name, "--to", "green", "--schedule", "10s", "-n", Name), Ct);
        Good(step);
        await shop.UntilEstablishedAsync(Blue, Ct);
        await shop.UntilSyncedAsync(TimeProvider.System.GetUtcNow(), Ct);
        (await shop.Mirror.ExpectedSideAsync(Green, Ct)).Health.ShouldBe("Normal");
        (await PostgresWorkload.RunsAsync(Green, Ct)).ShouldBeFalse("a secondary runs nothing");
    }

    private async Task FailOverWhileBlueIsCutOffAsync(Shop shop)
    {
        await LabLink.IsolateAsync("blue", Ct);
        var next = shop.Ledger.Next;
        var step = await shop.DoAsync(Green, async () => (await shop.FailedOverAsync(Green, next, Ct)).Lineage, () =>
            Lab.OnGreen.RunAsync(Ct, "mirror", "failover", Name, "-n", Name, "--yes"), Ct);
        Good(step);
        step.Verdict.Rows.Required.ShouldBeGreaterThan(100, "the snapshot holds what was written before it");
        (await PostgresWorkload.MovesAsync(Green, Ct)).ShouldBe(1, "the post-failover hook noted the move");
        (await PostgresWorkload.RunsAsync(Blue, Ct)).ShouldBeTrue("blue has heard of nothing yet");
    }

    private async Task HealAsync(Shop shop)
    {
        var step = await shop.DoAsync(Green, () => Task.FromResult(shop.Lineage), async () =>
        {
            await LabLink.HealAsync(Ct);
            await shop.UntilFencedAsync(Blue, Ct);
        }, Ct);
        Good(step);
        (await shop.Mirror.ExpectedSideAsync(Blue, Ct)).State.ShouldBe("FailedOver");
    }

    private async Task FailBackAsync(Shop shop)
    {
        var next = shop.Ledger.Next;
        var step = await shop.DoAsync(Blue, () => Task.FromResult(shop.Lineage.MovedTo("blue", next)), async () =>
        {
            await Lab.OnGreen.RunAsync(Ct, "mirror", "failback", Name, "-n", Name, "--yes");
            await shop.UntilEstablishedAsync(Blue, Ct);
        }, Ct);
        Good(step);
        (await shop.Mirror.ExpectedSideAsync(Blue, Ct)).Diverged.ShouldHaveSingleItem("what blue wrote alone is kept");
        (await PostgresWorkload.RunsAsync(Green, Ct)).ShouldBeFalse();
    }

    private async Task ReverseAsync(Shop shop, LabCluster to)
    {
        var next = shop.Ledger.Next;
        var step = await shop.DoAsync(to, () => Task.FromResult(shop.Lineage.MovedTo(to.Name, next)), async () =>
        {
            await Lab.On(to).RunAsync(Ct, "mirror", "reverse", Name, "-n", Name);
            await shop.UntilEstablishedAsync(to, Ct);
        }, Ct);
        Good(step);
        (await PostgresWorkload.RunsAsync(Lab.Other(to), Ct)).ShouldBeFalse("it runs on one side only");
    }

    private async Task RehearseAsync(Shop shop)
    {
        var before = shop.Lineage;
        var next = shop.Ledger.Next;
        Good(await shop.DoAsync(Green, async () => (await shop.FailedOverAsync(Green, next, Ct)).Lineage, async () =>
        {
            await Lab.OnGreen.RunAsync(Ct, "mirror", "failover", Name, "-n", Name, "--yes");
            await shop.UntilFencedAsync(Blue, Ct);
        }, Ct));

        Good(await shop.DoAsync(Blue, () => Task.FromResult(before.Without("green", next)), async () =>
        {
            await Lab.OnBlue.RunAsync(Ct, "mirror", "resync", Name, "--keep", "blue", "-n", Name, "--yes");
            await shop.UntilEstablishedAsync(Blue, Ct);
        }, Ct));
        (await shop.Mirror.ExpectedSideAsync(Green, Ct)).Diverged.ShouldHaveSingleItem("what the rehearsal wrote is kept");
    }

    private async Task DeleteAsync(Shop shop)
    {
        var side = await shop.Mirror.ExpectedSideAsync(Blue, Ct);
        Good(await shop.DoAsync(Blue, () => Task.FromResult(shop.Lineage), async () =>
        {
            await Lab.OnBlue.RunAsync(Ct, "mirror", "delete", Name, "-n", Name, "--yes");
            await shop.Mirror.UntilGoneAsync(Soon, Ct);
        }, Ct));
        await NothingLeft.ShouldBeAsync(Lab, side.MirrorId!, side.VolumeIds, keptOn: Blue, Ct);
    }

    private static void Good(ShopStep step)
    {
        TestContext.Current.SendDiagnosticMessage($"took {step.Took.TotalSeconds:0.0} s, away {step.Downtime.TotalSeconds:0.0} s, {step.Bytes} bytes: {step.Verdict}");
        step.Verdict.Good.ShouldBeTrue(step.Verdict.ToString());
    }
}
