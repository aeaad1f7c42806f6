using Bunit;
using Bunit.TestDoubles;
using Microsoft.Extensions.DependencyInjection;
using MudBlazor;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Components.Application;
using Tonari.Web.Components.Define;
using Tonari.Web.Components.Pages;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Looking after an application by clicking and typing.</summary>
public sealed class ApplicationPagesTests : PageContext
{
    private static readonly CancellationToken Ct = Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_application_is_defined_with_what_it_would_hold_in_view()
    {
        Api.SeedYaml("""
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: settings, namespace: web, labels: {app: site}}
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: other, namespace: web}
            """);
        await StartAsync();
        var page = Render<DefinePage>();

        page.Find("#namespaces-0-name").Change("web");
        page.WaitForAssertion(() => page.Find(".tonari-preview-sum").TextContent.ShouldStartWith("Objects: 2"));
        page.Find("#namespaces-0-selector").Change("app=site");
        page.WaitForAssertion(() => page.Find(".tonari-preview").TextContent.ShouldNotContain("web/other"));
        page.Find(".tonari-preview").TextContent.ShouldContain("web/settings");
        Drafts.Kept["define"].ShouldBeOfType<DefinitionForm>().Namespaces[0].Selector.ShouldBe("app=site");
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        page.Find("#name-problem").TextContent.ShouldContain("Give it a name.");
        page.Find("#name").Input("site");
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());

        page.WaitForAssertion(() => Address.ShouldBe("applications/web/site"));
        (await Api.GetAsync<Application>("web", "site", Ct)).Spec.Namespaces.ShouldHaveSingleItem().Selector!.MatchLabels["app"].ShouldBe("site");
        Drafts.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_was_typed_before_the_connection_was_lost_is_there_again()
    {
        Drafts.Kept["define"] = new DefinitionForm { Name = "site", Namespaces = [new() { Name = "web" }, new() { Name = "db", Selector = "app=site" }] };
        await StartAsync();

        var page = Render<DefinePage>();

        page.WaitForAssertion(() => page.Find("#namespaces-1-selector").GetAttribute("value").ShouldBe("app=site"));
        page.Find("#name").GetAttribute("value").ShouldBe("site");
    }

    [Fact]
    public async Task A_hook_begins_with_a_template_and_is_saved_with_what_was_chosen()
    {
        await StartAsync();
        Services.GetRequiredService<BunitNavigationManager>().NavigateTo(Components.Layout.Addresses.Hook("shop", "shop", template: "Redis"));
        var page = Render<HookPage>(p => p.Add(h => h.Namespace, "shop").Add(h => h.Name, "shop"));

        page.Find("#image").Change("(redis");
        page.WaitForAssertion(() => page.Find("#where-problem").TextContent.ShouldContain("is not a regular expression"));
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        (await Api.FindAsync<ExecHook>("shop", "redis-save", Ct)).ShouldBeNull();
        page.Find("#image").Change("redis");
        page.FindAll(".tonari-check input")[1].Change(true);
        page.Find("#command").Change("redis-cli\nSAVE\n");
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());

        page.WaitForAssertion(() => Address.ShouldBe("applications/shop/shop/hooks"));
        var spec = (await Api.GetAsync<ExecHook>("shop", "redis-save", Ct)).Spec;
        spec.Stages.ShouldBe([HookStage.PreSnapshot, HookStage.PostSnapshot]);
        spec.Command.ShouldBe(["redis-cli", "SAVE"]);
        (spec.Application, spec.Selector.ContainerImage).ShouldBe(("shop", "redis"));
    }

    [Fact]
    public async Task A_snapshot_is_taken_at_once_and_deleted_only_after_a_question()
    {
        await StartAsync();
        Render<MudPopoverProvider>();
        var dialogs = Render<MudDialogProvider>();
        var page = Render<SnapshotsTab>(p => p.Add(t => t.Namespace, "shop").Add(t => t.Name, "shop"));

        page.Find("#snapshot-name").Input("now");
        await page.InvokeAsync(() => page.Find("form").SubmitAsync());
        (await Api.GetAsync<AppSnapshot>("shop", "now", Ct)).Spec.Application.ShouldBe("shop");
        var asked = page.InvokeAsync(() => page.Find("button[aria-label='Delete the snapshot before']").ClickAsync(new()));
        dialogs.WaitForAssertion(() => dialogs.Markup.ShouldContain("cannot be brought back"));
        (await Api.FindAsync<AppSnapshot>("shop", "before", Ct)).ShouldNotBeNull();
        await dialogs.InvokeAsync(() => dialogs.FindAll(".mud-dialog-actions button").Single(b => b.TextContent == "Delete").ClickAsync(new()));
        await asked;

        (await Api.FindAsync<AppSnapshot>("shop", "before", Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task Buttons_that_one_may_not_press_say_why()
    {
        await StartAsync("list,get applications shop", "list appmirrors shop", "list appsnapshots shop", "list exechooks shop");

        var snapshots = Render<SnapshotsTab>(p => p.Add(t => t.Namespace, "shop").Add(t => t.Name, "shop"));
        var overview = Render<OverviewTab>(p => p.Add(t => t.Namespace, "shop").Add(t => t.Name, "shop"));

        var take = snapshots.Find("form button");
        take.HasAttribute("disabled").ShouldBeTrue();
        take.ParentElement!.GetAttribute("title")!.ShouldContain("create appsnapshots.tonari.dev in namespace shop");
        overview.FindAll("button").Single(b => b.TextContent.Contains("Delete definition", StringComparison.Ordinal)).ParentElement!.GetAttribute("title")!.ShouldContain("delete applications.tonari.dev");
    }
}
