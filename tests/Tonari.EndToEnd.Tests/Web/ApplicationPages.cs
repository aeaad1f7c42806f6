using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>The pages of one application in one window, as somebody uses them who has just come to the first page.</summary>
/// <param name="session">The window.</param>
/// <param name="name">The application, which is also its namespace.</param>
internal sealed class ApplicationPages(WebSession session, string name)
{
    private static readonly TimeSpan DialogLimit = TimeSpan.FromSeconds(15);

    /// <summary>The window.</summary>
    public WebSession Session => session;

    private ILocator Dialog => session.Page.GetByRole(AriaRole.Dialog);

    private ILocator Content => session.Page.GetByRole(AriaRole.Main);

    /// <summary>Goes to the first page and begins to count.</summary>
    public async Task StartAsync()
    {
        await session.GoAsync("");
        session.CountFromHere();
    }

    /// <summary>From the first page to the definition of a namespace that belongs to no application yet, and to what that would hold.</summary>
    /// <returns>What the preview shows.</returns>
    public async Task<string> BeginDefinitionAsync()
    {
        await session.FollowAsync("Nav.Applications");
        await WebSession.ShowsAsync(Content.GetByRole(AriaRole.Link, new() { Name = session.Words["Define.In", name], Exact = true }), DialogLimit);
        await Pictures.TakeAsync(session, "applications");
        await session.FollowAsync("Define.In", name);
        var preview = session.Page.GetByRole(AriaRole.Region, new() { Name = session.Words["Preview"], Exact = true });
        await Assertions.Expect(preview.GetByRole(AriaRole.Table)).ToBeVisibleAsync(new() { Timeout = WebSession.Patience });
        return await preview.InnerTextAsync();
    }

    /// <summary>Defines what the preview shows.</summary>
    public async Task SaveDefinitionAsync()
    {
        await session.ClickAsync("Define");
        await Assertions.Expect(session.Heading).ToHaveTextAsync(name, new() { Timeout = WebSession.Patience });
    }

    /// <summary>From the first page through the wizard "Configure replication policy" to the application's replication.</summary>
    /// <param name="schedule">How often, as it is typed.</param>
    public async Task ConfigureAsync(string schedule)
    {
        await session.FollowAsync("Nav.Applications");
        await session.FollowAsync("Replicate.Title", name);
        await WebSession.ShowsAsync(session.Button("Configure.Next"), DialogLimit);
        await Pictures.TakeAsync(session, "configure-destination");
        await session.ClickAsync("Configure.Next");
        await session.Page.GetByRole(AriaRole.Textbox, new() { Name = session.Words["Configure.Schedule"], Exact = true }).FillAsync(schedule);
        await Pictures.TakeAsync(session, "configure-policy");
        await session.ClickAsync("Configure.Next");
        await Assertions.Expect(session.Button("Save")).ToBeEnabledAsync(new() { Timeout = WebSession.Patience });
        await Pictures.TakeAsync(session, "configure-check");
        await session.ClickAsync("Save");
        await WebSession.ShowsAsync(MoveButton("Delete"), DialogLimit);
    }

    /// <summary>From the first page to the application's replication.</summary>
    public async Task OpenReplicationAsync()
    {
        await session.FollowAsync("Nav.Applications");
        await session.ClickAsync(session.Page.GetByRole(AriaRole.Link, new() { Name = $"{session.Words["Replication"]}: {name}", Exact = true }));
        await WebSession.ShowsAsync(MoveButton("Sync").Or(MoveButton("Delete")).First, DialogLimit);
    }

    /// <summary>The button of a move.</summary>
    /// <param name="move">Sync, FailOver, ...</param>
    public ILocator MoveButton(string move) => Content.GetByRole(AriaRole.Button, new() { Name = session.Words[$"Move.{move}"], Exact = true });

    /// <summary>The button that confirms a move in its dialog.</summary>
    public ILocator ConfirmButton(string move) => Dialog.GetByRole(AriaRole.Button, new() { Name = session.Words[$"Move.{move}"], Exact = true });

    /// <summary>Presses the button of a move that asks for nothing: Sync, CancelTransfer, Pause, Resume.</summary>
    public Task PressAsync(string move) => session.ClickAsync(MoveButton(move));

    /// <summary>Presses a move's button, answers what the dialog asks, and confirms.</summary>
    /// <param name="move">FailOver, Resync, Reverse, FailBack or Delete.</param>
    /// <param name="keep">For a resync: whose data is kept.</param>
    /// <param name="typed">Whether it wants the application's name typed.</param>
    /// <param name="picture">Name of the picture to take before it is confirmed.</param>
    public async Task AskAsync(string move, string? keep = null, bool typed = false, string? picture = null)
    {
        await session.ClickAsync(MoveButton(move));
        await WebSession.ShowsAsync(Dialog, DialogLimit);
        if (keep is not null) await session.ClickAsync(Dialog.GetByRole(AriaRole.Radio, new() { NameRegex = new($"^{keep}") }));
        if (typed) await Dialog.GetByRole(AriaRole.Textbox).FillAsync(name);
        if (picture is not null) await Pictures.TakeAsync(session, picture);
        await session.ClickAsync(ConfirmButton(move));
        await Assertions.Expect(Dialog).ToBeHiddenAsync(new() { Timeout = WebSession.Patience });
    }

    /// <summary>Waits until the page says a state.</summary>
    public Task ShowsStateAsync(string state, TimeSpan within) => WebSession.ShowsAsync(Content.GetByText(session.Words[$"State.{state}"], new() { Exact = true }).First, within);

    /// <summary>Waits until the page shows a text anywhere.</summary>
    public Task ShowsAsync(string word, TimeSpan within, params object[] blanks) => WebSession.ShowsAsync(Content.GetByText(session.Words[word, blanks]).First, within);
}
