using System.Globalization;
using Tonari.Lab;
using Tonari.Lab.Postgres;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>
/// The main story once more, told by somebody who only clicks: every workflow begins at the first page and ends when both clusters are done, in six
/// clicks at most, and every row of the database is accounted for.
/// </summary>
public sealed class ShopByClickingTests(LabFixture fixture) : WebTest(fixture, Name)
{
    private const string Name = PostgresWorkload.Name;
    private const int MostClicks = 6;
    private ApplicationPages blue = null!;
    private ApplicationPages green = null!;

    [Fact]
    public async Task Somebody_who_only_clicks_protects_a_database_moves_it_brings_it_home_and_lets_it_go()
    {
        await using var shop = await Shop.OpenAsync(Lab, scale: 1, TimeProvider.System, Ct, described: false);
        blue = new ApplicationPages(await SignInAsync(Blue), Name);
        green = new ApplicationPages(await SignInAsync(Green), Name);

        await DefineAsync();
        await ConfigureAsync(shop);
        await SmallMovesAsync(shop);
        if (Pictures.Wanted) await PortrayAsync();
        await FailOverWhileBlueIsCutOffAsync(shop);
        await HealAsync(shop);
        await FailBackAsync(shop);
        await ReverseAsync(shop, green, Green);
        await ReverseAsync(shop, blue, Blue);
        await RehearseAsync(shop);
        await DeleteAsync(shop);
    }

    private Task DefineAsync() => WorkflowAsync("Define an application", blue, async () =>
    {
        (await blue.BeginDefinitionAsync()).ShouldSatisfyAllConditions(
            preview => preview.ShouldContain("postgres"),
            preview => preview.ShouldContain("data-postgres-0"),
            preview => preview.ShouldContain("wal-postgres-0"));
        await Pictures.TakeAsync(blue.Session, "define");
        await blue.SaveDefinitionAsync();
        await Pictures.TakeAsync(blue.Session, "application");
    });

    private async Task ConfigureAsync(Shop shop)
    {
        Good(await shop.DoAsync(Blue, () => Task.FromResult(shop.Lineage), () => WorkflowAsync("Configure replication policy", blue, async () =>
        {
            await blue.ConfigureAsync("10s");
            await blue.ShowsStateAsync("Established", Later);
        }), Ct));
        await shop.UntilEstablishedAsync(Blue, Ct);
        await shop.UntilSyncedAsync(TimeProvider.System.GetUtcNow(), Ct);
        (await PostgresWorkload.RunsAsync(Green, Ct)).ShouldBeFalse("a secondary runs nothing");
        await Pictures.TakeAsync(blue.Session, "replication");
    }

    private async Task SmallMovesAsync(Shop shop)
    {
        await WorkflowAsync("Sync now", blue, async () =>
        {
            var asked = TimeProvider.System.GetUtcNow();
            await blue.OpenReplicationAsync();
            await blue.PressAsync("Sync");
            await shop.UntilSyncedAsync(asked, Ct);
        });
        await WorkflowAsync("Pause", blue, async () =>
        {
            await blue.OpenReplicationAsync();
            await blue.PressAsync("Pause");
            await blue.ShowsStateAsync("Paused", Soon);
        });
        await WorkflowAsync("Resume", blue, async () =>
        {
            await blue.OpenReplicationAsync();
            await blue.PressAsync("Resume");
            await blue.ShowsStateAsync("Established", Soon);
        });
    }

    private async Task FailOverWhileBlueIsCutOffAsync(Shop shop)
    {
        await LabLink.IsolateAsync("blue", Ct);
        var next = shop.Ledger.Next;
        Good(await shop.DoAsync(Green, async () => (await shop.FailedOverAsync(Green, next, Ct)).Lineage, () => WorkflowAsync("Fail over, the primary being dead", green, async () =>
        {
            await green.OpenReplicationAsync();
            await green.ShowsAsync("Link.Broken", Soon);
            await Pictures.TakeAsync(green.Session, "replication-silent");
            var silent = TimeProvider.System.GetTimestamp();
            await green.AskAsync("FailOver", picture: "fail-over");
            await green.ShowsStateAsync("FailedOver", Later);
            Findings.Note("Workflows", "Fail over, once the page has said that the primary is silent", $"{Findings.Seconds(TimeProvider.System.GetElapsedTime(silent))}");
            await shop.Mirror.UntilAsync(Green, "failed over", Later, side => side is { Role: "Primary", Operation: null }, Ct);
        }), Ct));
        (await PostgresWorkload.RunsAsync(Blue, Ct)).ShouldBeTrue("blue has heard of nothing yet");
        await Pictures.TakeAsync(green.Session, "failed-over");
    }

    private async Task HealAsync(Shop shop) =>
        Good(await shop.DoAsync(Green, () => Task.FromResult(shop.Lineage), async () =>
        {
            await blue.StartAsync();
            await blue.OpenReplicationAsync();
            await LabLink.HealAsync(Ct);
            await blue.ShowsAsync("Role.Fenced", Later);
            await shop.UntilFencedAsync(Blue, Ct);
            await Pictures.TakeAsync(blue.Session, "fenced");
        }, Ct));

    private async Task FailBackAsync(Shop shop)
    {
        var next = shop.Ledger.Next;
        Good(await shop.DoAsync(Blue, () => Task.FromResult(shop.Lineage.MovedTo("blue", next)), () => WorkflowAsync("Fail back", green, async () =>
        {
            await green.OpenReplicationAsync();
            await green.AskAsync("FailBack", typed: true, picture: "fail-back");
            await green.ShowsStateAsync("Established", Later);
            await shop.UntilEstablishedAsync(Blue, Ct);
        }), Ct));
        (await shop.Mirror.ExpectedSideAsync(Blue, Ct)).Diverged.ShouldHaveSingleItem("what blue wrote alone is kept");
    }

    private static async Task ReverseAsync(Shop shop, ApplicationPages pages, LabCluster to)
    {
        var next = shop.Ledger.Next;
        Good(await shop.DoAsync(to, () => Task.FromResult(shop.Lineage.MovedTo(to.Name, next)), () => WorkflowAsync($"Reverse to {to.Name}", pages, async () =>
        {
            await pages.OpenReplicationAsync();
            await pages.AskAsync("Reverse", picture: "reverse");
            await pages.ShowsStateAsync("Reversing", Soon);
            await Pictures.TakeAsync(pages.Session, "reversing");
            await shop.UntilEstablishedAsync(to, Ct);
            await pages.ShowsStateAsync("Established", Soon);
        }), Ct));
    }

    private async Task RehearseAsync(Shop shop)
    {
        var before = shop.Lineage;
        var next = shop.Ledger.Next;
        Good(await shop.DoAsync(Green, async () => (await shop.FailedOverAsync(Green, next, Ct)).Lineage, () => WorkflowAsync("Fail over as a rehearsal", green, async () =>
        {
            await green.OpenReplicationAsync();
            await green.AskAsync("FailOver");
            await green.ShowsStateAsync("FailedOver", Later);
            await shop.UntilFencedAsync(Blue, Ct);
        }), Ct));
        Good(await shop.DoAsync(Blue, () => Task.FromResult(before.Without("green", next)), () => WorkflowAsync("Resync, keeping blue", blue, async () =>
        {
            await blue.OpenReplicationAsync();
            await blue.AskAsync("Resync", keep: "blue", typed: true, picture: "resync");
            await shop.UntilEstablishedAsync(Blue, Ct);
            await blue.ShowsStateAsync("Established", Soon);
        }), Ct));
        (await shop.Mirror.ExpectedSideAsync(Green, Ct)).Diverged.ShouldHaveSingleItem("what the rehearsal wrote is kept");
    }

    private async Task DeleteAsync(Shop shop)
    {
        var side = await shop.Mirror.ExpectedSideAsync(Blue, Ct);
        Good(await shop.DoAsync(Blue, () => Task.FromResult(shop.Lineage), () => WorkflowAsync("Delete replication relationship", blue, async () =>
        {
            await blue.OpenReplicationAsync();
            await blue.AskAsync("Delete", typed: true, picture: "delete");
            await shop.Mirror.UntilGoneAsync(Soon, Ct);
            await blue.ShowsAsync("NotReplicated", Soon);
        }), Ct));
        await NothingLeft.ShouldBeAsync(Lab, side.MirrorId!, side.VolumeIds, keptOn: Blue, Ct);
    }

    // What no workflow passes by.
    private async Task PortrayAsync()
    {
        var outside = await OpenAsync(Blue);
        await outside.Page.GotoAsync("/signin");
        await Pictures.TakeAsync(outside, "sign-in");
        foreach (var (name, address) in new[] { ("home", ""), ("snapshots", $"applications/{Name}/{Name}/snapshots"), ("hooks", $"applications/{Name}/{Name}/hooks"), ("activity", "activity") })
        {
            await PortrayAsync(blue.Session, name, address);
        }

        const string Replication = $"applications/{Name}/{Name}/replication";
        await PortrayAsync(await SignInAsync(Blue, new Viewer { Dark = true }), "replication-dark", Replication);
        await PortrayAsync(await SignInAsync(Blue, new Viewer { Language = "ja", Zone = "Asia/Tokyo" }), "replication-japanese", Replication);
        var telephone = await SignInAsync(Blue, new Viewer { Width = 360, Height = 740 });
        await PortrayAsync(telephone, "home-telephone", "");
        await PortrayAsync(telephone, "replication-telephone", Replication);
    }

    private static async Task PortrayAsync(WebSession session, string name, string address)
    {
        await session.GoAsync(address);
        await Pictures.TakeAsync(session, name);
    }

    /// <summary>Does a workflow from the first page on and counts.</summary>
    private static async Task WorkflowAsync(string name, ApplicationPages pages, Func<Task> act)
    {
        await pages.StartAsync();
        var started = TimeProvider.System.GetTimestamp();
        await act();
        var clicks = pages.Session.Clicks;
        Findings.Note("Workflows", name, string.Create(CultureInfo.InvariantCulture, $"{clicks} clicks, done after {TimeProvider.System.GetElapsedTime(started).TotalSeconds:0.0} s"));
        clicks.ShouldBeInRange(1, MostClicks, name);
    }

    private static void Good(ShopStep step) => step.Verdict.Good.ShouldBeTrue(step.Verdict.ToString());
}
