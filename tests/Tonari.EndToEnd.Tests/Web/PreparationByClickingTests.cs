using System.Globalization;
using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>What everything else stands on, done by clicking: pools that may be used, and clusters that know each other.</summary>
public sealed class PreparationByClickingTests(LabFixture fixture) : WebTest(fixture)
{
    public override async ValueTask DisposeAsync()
    {
        // Whatever became of the test: the others need both.
        await Lab.ManagePoolsAsync(CancellationToken.None);
        await Lab.PairAsync(CancellationToken.None);
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task A_discovered_pool_is_put_to_use_and_two_strangers_become_neighbours()
    {
        await Lab.OnGreen.RunAsync(Ct, "pool", "unmanage", Green.PoolName, "--force");
        await Lab.PartAsync(Ct);
        var green = await SignInAsync(Green);
        var blue = await SignInAsync(Blue);

        await green.GoAsync("");
        await Pictures.TakeAsync(green, "home-first-steps");
        green.CountFromHere();
        await green.FollowAsync("Nav.Storage");
        await WebSession.ShowsAsync(green.Button("Manage"), Soon);
        await Pictures.TakeAsync(green, "storage");
        await green.ClickAsync("Manage");
        await green.ClickAsync(green.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = green.Words["Manage"], Exact = true }));
        await WebSession.ShowsAsync(green.Button("Unmanage"), Soon);
        Note("Manage a pool", green.Clicks);

        green.CountFromHere();
        await green.FollowAsync("Nav.Clusters");
        await green.ClickAsync("Pair.MakeToken");
        var token = green.Page.Locator("#invite-token");
        await WebSession.ShowsAsync(token, Soon);
        await Pictures.TakeAsync(green, "clusters-invite");
        blue.CountFromHere();
        await blue.FollowAsync("Nav.Clusters");
        await blue.Page.Locator("#accept-token").FillAsync(await token.InputValueAsync());
        await blue.ClickAsync("Pair.AcceptButton");
        await AnswersAsync(blue, "green");
        await AnswersAsync(green, "blue");
        Note("Become neighbours", green.Clicks + blue.Clicks);
        await Pictures.TakeAsync(blue, "clusters");
    }

    private static Task AnswersAsync(WebSession session, string neighbour) => WebSession.ShowsAsync(
        session.Page.GetByRole(AriaRole.Region, new() { Name = neighbour, Exact = true }).GetByText(session.Words["Peer.Answers"], new() { Exact = true }), Soon);

    private static void Note(string workflow, int clicks)
    {
        Findings.Note("Workflows", workflow, string.Create(CultureInfo.InvariantCulture, $"{clicks} clicks"));
        clicks.ShouldBeInRange(1, 6, workflow);
    }
}
