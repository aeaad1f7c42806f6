using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using MudBlazor.Services;
using Tonari.Mirroring;
using Tonari.Web.Components.Dialogs;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>What a dialog demands before it asks for something.</summary>
public sealed class DialogTests : BunitContext, IAsyncLifetime
{
    public DialogTests()
    {
        JSInterop.Mode = JSRuntimeMode.Loose;
        Services.AddLogging().AddLocalization().AddMudServices();
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_resync_wants_a_side_and_the_applications_name_and_asks_for_just_that()
    {
        var (page, dialog) = await OpenAsync(MirrorMoveKind.Resync, Shop.Mirror());
        Submit(page).HasAttribute("disabled").ShouldBeTrue();

        page.Find("input[value=green]").Change("green");
        page.Find("#typed").Input("shoop");
        Submit(page).HasAttribute("disabled").ShouldBeTrue();
        page.Find("#typed").Input("shop");
        page.Markup.ShouldContain("What blue wrote");
        Submit(page).Click();

        var choice = (await dialog.Result)!.Data.ShouldBeOfType<MoveChoice>();
        choice.Operation.ShouldBe(new(MirrorOperationType.Resync, Keep: "green", Confirm: "shop"));
    }

    [Fact]
    public async Task A_fail_over_takes_whatever_is_newest_then_and_warns_while_the_primary_answers()
    {
        var (page, newest) = await OpenAsync(MirrorMoveKind.FailOver, Shop.Replica());
        page.Markup.ShouldContain("green answers");
        Submit(page).Click();
        (await newest.Result)!.Data.ShouldBeOfType<MoveChoice>().Operation.ShouldBe(new(MirrorOperationType.FailOver));
    }

    [Fact]
    public async Task A_fail_over_names_an_older_snapshot_when_that_is_chosen()
    {
        var (page, older) = await OpenAsync(MirrorMoveKind.FailOver, Shop.Replica());
        page.Find("#snapshot").Change(Shop.Group(1));
        Submit(page).Click();
        (await older.Result)!.Data.ShouldBeOfType<MoveChoice>().Operation!.Snapshot.ShouldBe(Shop.Group(1));
    }

    [Fact]
    public async Task A_deletion_waits_for_the_other_side_and_keeps_nothing_unless_told()
    {
        var (page, dialog) = await OpenAsync(MirrorMoveKind.Delete, Shop.Mirror());

        Submit(page).Click();

        (await dialog.Result)!.Data.ShouldBe(new MoveChoice(MirrorMoveKind.Delete, null, Force: false, KeepReplicaVolumes: false));
    }

    private static AngleSharp.Dom.IElement Submit(IRenderedComponent<MudDialogProvider> page) => page.FindAll(".mud-dialog-actions button")[^1];

    private async Task<(IRenderedComponent<MudDialogProvider> Page, IDialogReference Dialog)> OpenAsync(MirrorMoveKind kind, Kubernetes.Resources.AppMirror mirror)
    {
        Render<MudPopoverProvider>();
        var page = Render<MudDialogProvider>();
        var parameters = new DialogParameters<MoveDialog>
        {
            { d => d.Kind, kind },
            { d => d.Mirror, MirrorView.Of(mirror, "blue", (_, _) => 0, Shop.Now) },
            { d => d.Now, Shop.Now },
        };
        IDialogReference? dialog = null;
        await page.InvokeAsync(async () => dialog = await Services.GetRequiredService<IDialogService>().ShowAsync<MoveDialog>("", parameters));
        return (page, dialog!);
    }
}
