using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>Everybody may do what his rights in Kubernetes are, in his own language, with or without a mouse.</summary>
public sealed partial class PageTests
{
    private static readonly string[] ViewerOfTheLibrary = ["--role", "viewer", "--namespace", Neighbourhood.Library];

    [Fact]
    public async Task Somebody_who_may_only_look_at_one_namespace_sees_that_one_and_is_told_why_he_may_not_do_more()
    {
        var session = await SignInAsync(Blue, options: ViewerOfTheLibrary);
        var pages = new ApplicationPages(session, Name);

        await session.FollowAsync("Nav.Applications");
        await WebSession.ShowsAsync(session.Page.GetByRole(AriaRole.Link, new() { Name = Name, Exact = true }), Soon);
        (await session.Page.GetByText(Neighbourhood.Attic).CountAsync()).ShouldBe(0, "another namespace's application is not shown");
        await pages.StartAsync();
        await pages.OpenReplicationAsync();
        foreach (var move in (string[])["Sync", "Pause", "Delete"])
        {
            await Assertions.Expect(pages.MoveButton(move)).ToBeDisabledAsync();
        }

        var person = $"system:serviceaccount:people:viewer-{Name}";
        await WebSession.ShowsAsync(session.Page.GetByText(new System.Text.RegularExpressions.Regex($"{person}.*patch appmirrors")).First, Soon);
        await session.GoAsync($"applications/{Neighbourhood.Attic}/{Neighbourhood.Attic}");
        await WebSession.ShowsAsync(session.Page.GetByRole(AriaRole.Alert).First, Soon);
        (await session.Page.GetByRole(AriaRole.Main).InnerTextAsync()).ShouldNotContain("no persistent volume claims", Case.Insensitive, "what is in it is not told");
    }

    [Fact]
    public async Task A_session_ends_with_its_token()
    {
        var session = await SignInAsync(Blue, options: ["--role", "viewer", "--namespace", Neighbourhood.Attic]);

        await Blue.KubectlAsync(Ct, "-n", "people", "delete", "serviceaccount", $"viewer-{Neighbourhood.Attic}");

        await WebSession.ShowsAsync(session.Page.GetByLabel(session.Words["SignIn.Token"]), TimeSpan.FromMinutes(2));
    }

    [Fact]
    public async Task Somebody_reads_and_works_in_Japanese_and_changes_to_English()
    {
        var session = await SignInAsync(Blue, new Viewer { Language = "ja", Zone = "Asia/Tokyo" });
        var pages = new ApplicationPages(session, Name);

        await pages.StartAsync();
        await pages.OpenReplicationAsync();
        await pages.PressAsync("Pause");
        await pages.ShowsStateAsync("Paused", Soon);
        await pages.PressAsync("Resume");
        await pages.ShowsStateAsync("Established", Soon);
        await session.Page.GetByRole(AriaRole.Link, new() { Name = "English", Exact = true }).ClickAsync();

        await WebSession.ShowsAsync(session.Page.GetByRole(AriaRole.Button, new() { Name = new Words("en")["Move.Pause"], Exact = true }), Soon);
        (await session.Page.Locator("html").GetAttributeAsync("lang")).ShouldBe("en");
    }

    [Fact]
    public async Task A_workflow_can_be_done_with_the_keyboard_alone_and_one_always_sees_where_one_is()
    {
        var session = await SignInAsync(Blue);
        var pages = new ApplicationPages(session, Name);
        var keyboard = new Keyboard(session.Page);

        await session.GoAsync("");
        await keyboard.PressAsync(session.Page.GetByRole(AriaRole.Link, new() { Name = session.Words["Nav.Applications"], Exact = true }).First);
        await keyboard.PressAsync(session.Page.GetByRole(AriaRole.Link, new() { Name = $"{session.Words["Replication"]}: {Name}", Exact = true }));
        foreach (var (move, state) in new[] { ("Pause", "Paused"), ("Resume", "Established") })
        {
            await keyboard.PressAsync(pages.MoveButton(move));
            await pages.ShowsStateAsync(state, Soon);
        }

        await keyboard.PressAsync(pages.MoveButton("Delete"));
        await keyboard.PressAsync(session.Page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = session.Words["Cancel"], Exact = true }));
        await Assertions.Expect(session.Page.GetByRole(AriaRole.Dialog)).ToBeHiddenAsync();
        keyboard.Unseen.ShouldBeEmpty("focus must be visible");
    }
}
