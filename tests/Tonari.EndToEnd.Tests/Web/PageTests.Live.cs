using Microsoft.Playwright;
using Tonari.Lab;
using Tonari.Lab.Running;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>Pages follow what happens, and outlive the loss of their connection.</summary>
public sealed partial class PageTests
{
    private const string Name = Neighbourhood.Library;
    private static readonly TimeSpan AtOnce = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task What_is_changed_with_kubectl_is_on_both_clusters_pages_within_a_second()
    {
        var here = new ApplicationPages(await SignInAsync(Blue), Name);
        var there = new ApplicationPages(await SignInAsync(Green), Name);
        foreach (var pages in (ApplicationPages[])[here, there])
        {
            await pages.StartAsync();
            await pages.OpenReplicationAsync();
            await pages.ShowsStateAsync("Established", Soon);
        }

        // What another test wrote and is still being moved may keep the disk waiting that both clusters' etcd share: the page is timed, not the disk.
        await neighbourhood.Mirror.UntilAsync(Green, "its sync to end", Soon, side => side.SyncStage is null, Ct);
        var seen = ((ApplicationPages[])[here, there]).Select(pages => pages.Session.SeenAtAsync(pages.Session.Words["State.Paused"], Soon)).ToList();
        await PauseAsync(true);
        var written = TimeProvider.System.GetUtcNow();
        var (onBlue, onGreen) = (await seen[0], await seen[1]);
        await PauseAsync(false);

        Findings.Note("Live", "a change made with kubectl is on the page of its own cluster", $"after {Findings.Seconds(onBlue - written)}");
        Findings.Note("Live", "the same change is on the neighbour's page", $"after {Findings.Seconds(onGreen - written)}");
        (onBlue - written).ShouldBeLessThan(AtOnce);
        (onGreen - onBlue).Duration().ShouldBeLessThan(AtOnce);
        await neighbourhood.Mirror.UntilEstablishedAsync(Blue, Soon, Ct);
    }

    [Fact]
    public async Task A_transfer_is_shown_while_it_runs_and_stops_when_it_is_cancelled()
    {
        var pages = new ApplicationPages(await SignInAsync(Green), Name); // the side that fetches knows how far it is
        await new FilesWorkload(Name, 2, "256Mi").WriteRandomAsync(Blue, "/data/v1/freight", 64, Ct);
        await LabLink.RateAsync("10mbit", Ct);
        await pages.StartAsync();
        await pages.OpenReplicationAsync();

        await pages.PressAsync("Sync");
        await pages.ShowsAsync("SyncStage.Pulling", Soon);
        await neighbourhood.Mirror.UntilAsync(Green, "the transfer to run", Soon, side => side.Transfer.Done > 0, Ct);
        await pages.PressAsync("CancelTransfer");

        await neighbourhood.Mirror.UntilAsync(Green, "no transfer to run", Soon, side => side.SyncStage is null, Ct);
        await Assertions.Expect(pages.MoveButton("CancelTransfer")).ToBeDisabledAsync(new() { Timeout = WebSession.Patience });
    }

    [Fact]
    public async Task A_browser_that_loses_the_network_says_so_and_keeps_what_was_typed()
    {
        var session = await SignInAsync(Blue);
        var name = await BeginToTypeAsync(session);

        using (session.Watch.Pardon())
        {
            await session.Page.Context.SetOfflineAsync(true);
            await WebSession.ShowsAsync(Lost(session), Soon);
            await session.Page.Context.SetOfflineAsync(false);
            await Assertions.Expect(Lost(session)).ToBeHiddenAsync(new() { Timeout = (float)Soon.TotalMilliseconds });
        }

        await GoesOnAsync(session, name);
    }

    [Fact]
    public async Task A_controller_that_dies_costs_nothing_that_was_typed()
    {
        var session = await SignInAsync(Blue);
        var name = await BeginToTypeAsync(session);

        using (session.Watch.Pardon())
        {
            (await Crash.KillAsync(Blue, "controller", Ct)).ShouldBeGreaterThan(0);
            await WebSession.ShowsAsync(Lost(session), Soon);
            await Assertions.Expect(Lost(session)).ToBeHiddenAsync(new() { Timeout = (float)Soon.TotalMilliseconds });
            await GoesOnAsync(session, name);
            await Crash.FreshAsync(Blue, Ct);
        }
    }

    private static ILocator Lost(WebSession session) => session.Page.GetByRole(AriaRole.Dialog, new() { Name = session.Words["Lost.Title"] });

    /// <summary>Types the beginning of a definition.</summary>
    private static async Task<ILocator> BeginToTypeAsync(WebSession session)
    {
        await session.GoAsync("applications/define");
        var name = session.Page.GetByLabel(session.Words["Name"], new() { Exact = true }).First;
        await name.FillAsync("granary");
        return name;
    }

    /// <summary>What was typed is there, and the page answers: going on typing brings the preview's judgement.</summary>
    private static async Task GoesOnAsync(WebSession session, ILocator name)
    {
        await session.LiveAsync();
        await Assertions.Expect(name).ToHaveValueAsync("granary", new() { Timeout = WebSession.Patience });
        await Eventually.TrueAsync("the page to answer to what is typed", Soon, async _ =>
        {
            await name.FillAsync("granary");
            await name.FillAsync("Granary!");
            return await session.Page.Locator("#name-problem").InnerTextAsync() is { Length: > 0 } ? null : "it says nothing of a name that is none";
        }, Ct);
    }

    private async Task PauseAsync(bool paused) =>
        await Blue.KubectlAsync(Ct, "-n", Name, "patch", "appmirror", Name, "--type=merge", "-p", $$$"""{"spec":{"paused":{{{(paused ? "true" : "false")}}}}}""");
}
