using AngleSharp.Dom;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Components.Dialogs;
using Tonari.Web.Components.Parts;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>From a button to what ends up in the API server: what a dialog shows and demands, and what it does when it is refused.</summary>
public sealed class DialogTests : PageContext
{
    private static readonly CancellationToken Ct = Xunit.TestContext.Current.CancellationToken;
    private IRenderedComponent<MudDialogProvider> _dialogs = default!;
    private IRenderedComponent<MoveButtons> _buttons = default!;

    [Fact]
    public async Task A_resync_has_nothing_chosen_wants_the_applications_name_and_asks_for_just_that()
    {
        await OpenAsync(MoveConsequencesTests.Parted(), MirrorMoveKind.Resync);
        Submit.HasAttribute("disabled").ShouldBeTrue();
        _dialogs.FindAll("input[type=radio][checked]").ShouldBeEmpty();

        _dialogs.Find("input[value=green]").Change("green");
        _dialogs.Markup.ShouldContain("what was written on blue");
        _dialogs.Find("#typed").Input("shoop");
        Submit.HasAttribute("disabled").ShouldBeTrue();
        _dialogs.Find("#typed").Input("shop");
        await SubmitAsync();

        (await OperationAsync()).ShouldBe((MirrorOperationType.Resync, "green", "shop", null));
        Drafts.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_fail_over_takes_whatever_is_newest_then()
    {
        await OpenAsync(Shop.Replica(), MirrorMoveKind.FailOver);

        await SubmitAsync();

        (await OperationAsync()).ShouldBe((MirrorOperationType.FailOver, null, null, null));
    }

    [Fact]
    public async Task A_fail_over_to_an_older_snapshot_says_what_is_left_behind_and_names_it()
    {
        await OpenAsync(Shop.Replica(), MirrorMoveKind.FailOver);

        _dialogs.Find($"input[value='{Shop.Group(1)}']").Change(Shop.Group(1));
        _dialogs.Markup.ShouldContain("at most the last 100s");
        _dialogs.Markup.ShouldContain("2 newer snapshots");
        await SubmitAsync();

        (await OperationAsync()).ShouldBe((MirrorOperationType.FailOver, null, null, Shop.Group(1)));
    }

    [Fact]
    public async Task A_fail_over_from_what_is_known_to_differ_is_warned_of_and_wants_the_name_or_another_start()
    {
        var damage = new MirrorDamage(Shop.Group(3), Shop.Ago(60), [new("shop/data", "pvc-1", DamagedCopy.Secondary, 1, [new(0, 1)])]);
        await OpenAsync(Shop.Replica(s => s with { Damage = damage }), MirrorMoveKind.FailOver);

        Submit.HasAttribute("disabled").ShouldBeTrue();
        var warning = _dialogs.Find("[role=alert]").TextContent;
        warning.ShouldContain(Shop.Group(3));
        warning.ShouldContain("shop/data");
        _dialogs.Find("#typed").Input("shop");
        Submit.HasAttribute("disabled").ShouldBeFalse();

        await _dialogs.Find("[role=alert] button").ClickAsync(new());
        _dialogs.FindAll("[role=alert]").ShouldBeEmpty();
        _dialogs.FindAll("#typed").ShouldBeEmpty();
        await SubmitAsync();

        (await OperationAsync()).ShouldBe((MirrorOperationType.FailOver, null, null, Shop.Group(2)));
    }

    [Fact]
    public async Task A_fail_over_from_what_is_known_to_differ_carries_the_name_that_was_typed()
    {
        var damage = new MirrorDamage(Shop.Group(3), Shop.Ago(60), [new("shop/data", "pvc-1", DamagedCopy.Secondary, 1, [new(0, 1)])]);
        await OpenAsync(Shop.Replica(s => s with { Damage = damage }), MirrorMoveKind.FailOver);

        _dialogs.Find("#typed").Input("shop");
        await SubmitAsync();

        (await OperationAsync()).ShouldBe((MirrorOperationType.FailOver, null, "shop", null));
    }

    [Fact]
    public async Task Where_the_primary_answers_a_fail_over_offers_to_reverse_instead()
    {
        await OpenAsync(Shop.Replica(), MirrorMoveKind.FailOver);

        await _dialogs.Find(".tonari-advice button").ClickAsync(new());

        _dialogs.WaitForAssertion(() => _dialogs.Find(".tonari-move-title").TextContent.ShouldContain("Reverse"));
        await SubmitAsync();
        (await OperationAsync()).Type.ShouldBe(MirrorOperationType.Reverse);
    }

    [Fact]
    public async Task A_deletion_says_what_becomes_of_each_side_and_wants_the_name()
    {
        await OpenAsync(Shop.Mirror(), MirrorMoveKind.Delete);
        Submit.HasAttribute("disabled").ShouldBeTrue();
        _dialogs.Find(".tonari-review").TextContent.ShouldContain("The replica goes");

        _dialogs.Find("input[name=keepVolumes]").Change(true);
        _dialogs.Find(".tonari-review").TextContent.ShouldContain("The replica stays");
        _dialogs.Find("#typed").Input("shop");
        await SubmitAsync();

        _dialogs.WaitForAssertion(() => Api.Requests.ShouldContain(r => r.Verb == "delete" && r.Kind.Kind == "AppMirror"));
        Api.Requests.Single(r => r.Verb == "patch" && r.Kind.Kind == "AppMirror").Body!.ToJsonString().ShouldContain("\"Keep\"");
    }

    [Fact]
    public async Task A_refusal_is_told_in_the_dialog_and_what_was_typed_stays()
    {
        var mirror = MoveConsequencesTests.Parted();
        await OpenAsync(mirror, MirrorMoveKind.FailBack);
        _dialogs.Find("#typed").Input("shop");
        var taken = await Api.GetAsync<AppMirror>("shop", "shop", Ct);
        taken.Spec = taken.Spec with { Operation = new("other", MirrorOperationType.Sync) };
        await Api.UpdateAsync(taken, Ct);

        await SubmitAsync();

        _dialogs.WaitForAssertion(() => _dialogs.Find("[role=alert]").TextContent.ShouldContain("has not been taken up yet"));
        _dialogs.Find("#typed").GetAttribute("value").ShouldBe("shop");
        ((MoveForm)Drafts.Kept["move/FailBack/shop/shop"]!).Typed.ShouldBe("shop");
    }

    [Fact]
    public async Task What_was_typed_before_the_connection_was_lost_is_there_again()
    {
        Drafts.Kept["move/Resync/shop/shop"] = new MoveForm { Typed = "shop", Keep = "blue" };

        await OpenAsync(MoveConsequencesTests.Parted(), MirrorMoveKind.Resync);

        _dialogs.WaitForAssertion(() => _dialogs.Find("#typed").GetAttribute("value").ShouldBe("shop"));
        _dialogs.Markup.ShouldContain("what was written on green");
        Submit.HasAttribute("disabled").ShouldBeFalse();
        await _dialogs.FindAll(".mud-dialog-actions button")[0].ClickAsync(new());
        Drafts.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_button_that_is_off_says_why_by_the_state_of_things_or_by_the_right_that_is_missing()
    {
        await ShowAsync(Shop.Mirror(), "get,list,delete * *");

        Why(MirrorMoveKind.FailOver).ShouldContain("Only the secondary");
        Why(MirrorMoveKind.Sync).ShouldContain("patch");
        _buttons.Find("#move-Sync").HasAttribute("disabled").ShouldBeTrue();
        _buttons.Find("#move-Delete").HasAttribute("disabled").ShouldBeFalse();
    }

    [Fact]
    public async Task A_pause_and_a_sync_are_asked_for_at_once()
    {
        await ShowAsync(Shop.Mirror());

        await _buttons.InvokeAsync(() => _buttons.Find("#move-Sync").Click());
        await _buttons.InvokeAsync(() => _buttons.Find("#move-Pause").Click());

        var spec = (await Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec;
        (spec.Operation!.Type, spec.Paused).ShouldBe((MirrorOperationType.Sync, true));
    }

    private IElement Submit => _dialogs.FindAll(".mud-dialog-actions button")[^1];

    private Task SubmitAsync() => _dialogs.Find("#move").SubmitAsync();

    private string Why(MirrorMoveKind kind) => _buttons.Find("#why-" + kind).TextContent;

    private async Task<(MirrorOperationType Type, string? Keep, string? Confirm, string? Snapshot)> OperationAsync()
    {
        var operation = (await Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec.Operation.ShouldNotBeNull();
        return (operation.Type, operation.Keep, operation.Confirm, operation.Snapshot);
    }

    private async Task ShowAsync(AppMirror mirror, params string[] rules)
    {
        Api.Seed(mirror);
        await StartAsync(rules);
        Render<MudPopoverProvider>();
        _dialogs = Render<MudDialogProvider>();
        var view = await ViewAsync();
        _buttons = Render<MoveButtons>(p => p.Add(b => b.Mirror, view));
    }

    private async Task OpenAsync(AppMirror mirror, MirrorMoveKind kind)
    {
        await ShowAsync(mirror);
        await _buttons.InvokeAsync(() => _buttons.Find("#move-" + kind).Click());
        _dialogs.WaitForElement("#move");
    }

    private async Task<MirrorView> ViewAsync() =>
        await Services.GetRequiredService<Reading.ClusterReader>().MirrorAsync(await CallerAsync(), "shop", "shop", Ct);
}
