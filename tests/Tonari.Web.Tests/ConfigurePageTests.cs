using AngleSharp.Dom;
using Bunit;
using Bunit.TestDoubles;
using Microsoft.Extensions.DependencyInjection;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Components.Pages;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Configuring a replication, as somebody does it who has never done it.</summary>
public sealed class ConfigurePageTests : PageContext
{
    private const string Draft = "configure/bank/bank";
    private static readonly CancellationToken Ct = Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task Three_clicks_lead_from_the_first_step_to_a_saved_mirror_whose_application_is_defined_with_it()
    {
        await StartAsync();
        var page = Open();

        page.WaitForAssertion(() => page.Find("#class-tonari").TextContent.ShouldContain("tonari-fast"));
        await NextAsync(page);
        Address.ShouldBe("applications/bank/bank/configure?step=policy");
        await NextAsync(page);
        Address.ShouldBe("applications/bank/bank/configure?step=check");
        page.WaitForAssertion(() => Submit(page).HasAttribute("disabled").ShouldBeFalse());
        page.Find(".tonari-review").TextContent.ShouldContain("everything in namespace bank");
        await NextAsync(page);

        page.WaitForAssertion(() => Address.ShouldBe("applications/bank/bank/replication"));
        var mirror = await Api.GetAsync<AppMirror>("bank", "bank", Ct);
        (mirror.Spec.Peer, mirror.Spec.Schedule, mirror.Spec.Retain, mirror.Spec.OnFenced).ShouldBe(("green", GoDuration.FromMinutes(5), 3, FencedAction.Stop));
        (await Api.FindAsync<Application>("bank", "bank", Ct)).ShouldNotBeNull();
        Drafts.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_mapped_and_chosen_is_saved()
    {
        await StartAsync();
        var page = Open();
        page.WaitForElement("select#class-tonari").Change("tonari-fast");
        page.Find("#namespace-bank").Input("bank-dr");
        await NextAsync(page);
        page.Find("#schedule").Input("1m");
        page.Find("#rate").Input("10");
        page.Find("input[value=Warn]").Change("Warn");
        await NextAsync(page);
        page.WaitForAssertion(() => Submit(page).HasAttribute("disabled").ShouldBeFalse());
        page.Find(".tonari-review").TextContent.ShouldContain("Namespace bank is called bank-dr on green.");
        Preflight.Asked!.Value.Wanted.Spec.NamespaceMapping["bank"].ShouldBe("bank-dr");
        await NextAsync(page);

        page.WaitForAssertion(() => Address.ShouldEndWith("replication"));
        var spec = (await Api.GetAsync<AppMirror>("bank", "bank", Ct)).Spec;
        (spec.NamespaceMapping["bank"], spec.StorageClassMapping["tonari"], spec.Schedule, spec.RateLimitBytesPerSecond, spec.OnFenced)
            .ShouldBe(("bank-dr", "tonari-fast", GoDuration.FromMinutes(1), 10 << 20, FencedAction.Warn));
    }

    [Fact]
    public async Task A_mistake_is_announced_linked_to_its_input_and_keeps_the_step()
    {
        await StartAsync();
        var page = Open(ConfigureStep.Policy);
        page.Find("#schedule").Input("3s");

        await NextAsync(page);

        var alert = page.Find("[role=alert]");
        alert.QuerySelector("label")!.GetAttribute("for").ShouldBe("schedule");
        page.Find("#schedule").GetAttribute("aria-invalid").ShouldBe("true");
        page.Find("#" + page.Find("#schedule").GetAttribute("aria-describedby")!.Split(' ')[0]).TextContent.ShouldContain("at least 10s");
        Address.ShouldEndWith("step=policy");
        page.Find("#schedule").Input("30s");
        page.FindAll("[role=alert]").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_forbids_to_save_says_what_to_do_and_another_look_after_it_was_mended_allows_it()
    {
        Preflight.Report = FakePreflight.Failing(PreflightCheckName.StorageClassesExist, forbids: true, "On green: there is no storage class tonari here. Create it.");
        await StartAsync();
        var page = Open(ConfigureStep.Check);
        page.WaitForAssertion(() => page.Find(".tonari-check-forbids").TextContent.ShouldContain("Create it."));
        Submit(page).HasAttribute("disabled").ShouldBeTrue();

        Preflight.Report = FakePreflight.Good;
        await page.InvokeAsync(() => page.Find(".tonari-quiet").ClickAsync(new()));

        page.WaitForAssertion(() => Submit(page).HasAttribute("disabled").ShouldBeFalse());
        page.FindAll(".tonari-check-forbids").ShouldBeEmpty();
    }

    [Fact]
    public async Task What_can_be_mended_later_is_listed_and_can_be_saved()
    {
        Preflight.Report = FakePreflight.Failing(PreflightCheckName.PoolThere, forbids: false, "On green: no pool is managed.") with { StorageClasses = null, Pools = null };
        await StartAsync();
        var page = Open(ConfigureStep.Check);

        page.WaitForAssertion(() => page.Find(".tonari-check-failed").TextContent.ShouldContain("no pool is managed"));

        Submit(page).HasAttribute("disabled").ShouldBeFalse();
        page.Markup.ShouldContain("begins by itself");
    }

    [Fact]
    public async Task What_was_typed_before_the_page_was_lost_is_there_again()
    {
        Drafts.Kept[Draft] = new ConfigureForm { Peer = "green", Schedule = "17m", Namespaces = new() { ["bank"] = "bank-dr" } };
        await StartAsync();

        var page = Open(ConfigureStep.Policy);

        page.WaitForAssertion(() => page.Find("#schedule").GetAttribute("value").ShouldBe("17m"));
        page.Find("#retain").Input("7");
        ((ConfigureForm)Drafts.Kept[Draft]!).Retain.ShouldBe("7");
    }

    [Fact]
    public async Task A_refusal_is_told_on_the_page_and_nothing_typed_is_lost()
    {
        Drafts.Kept[Draft] = new ConfigureForm { Peer = "green", Schedule = "17m" };
        await StartAsync("create appmirrors bank", "list * *");
        var page = Open(ConfigureStep.Check);
        page.WaitForAssertion(() => Submit(page).HasAttribute("disabled").ShouldBeFalse());

        await NextAsync(page);

        page.WaitForAssertion(() => page.Find("[role=alert]").TextContent.ShouldContain("clerk may not create applications.tonari.dev"));
        (Address, ((ConfigureForm)Drafts.Kept[Draft]!).Schedule).ShouldBe(("applications/bank/bank/configure?step=check", "17m"));
        page.Find(".tonari-review").TextContent.ShouldContain("Every 17m");
        (await Api.FindAsync<AppMirror>("bank", "bank", Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task Whoever_may_not_configure_is_told_before_he_begins()
    {
        await StartAsync("list,get * *");

        var page = Open();

        page.Markup.ShouldContain("You may not configure a replication in namespace bank");
        page.FindAll("form").ShouldBeEmpty();
        Preflight.Asked.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_replicated_already_leads_to_its_replication()
    {
        await StartAsync();

        var page = Open(ns: "shop", name: "shop");

        page.Find("a[href='applications/shop/shop/replication']").ShouldNotBeNull();
        page.FindAll("form").ShouldBeEmpty();
    }

    private static IElement Submit(IRenderedComponent<ConfigurePage> page) => page.Find(".tonari-wizard-buttons button");

    private static Task NextAsync(IRenderedComponent<ConfigurePage> page) => page.InvokeAsync(() => page.Find("form").SubmitAsync());

    private IRenderedComponent<ConfigurePage> Open(ConfigureStep step = ConfigureStep.Destination, string ns = "bank", string name = "bank")
    {
        var navigation = Services.GetRequiredService<BunitNavigationManager>();
        navigation.NavigateTo(Components.Layout.Addresses.Configure(ns, name, step));
        return Render<ConfigurePage>(p => p.Add(c => c.Namespace, ns).Add(c => c.Name, name));
    }
}
