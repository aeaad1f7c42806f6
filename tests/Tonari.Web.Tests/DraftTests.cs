using System.Security.Claims;
using Bunit;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.JSInterop;
using Tonari.Mirroring;
using Tonari.Web.Components.Parts;
using Tonari.Web.Session;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What the browser keeps of what was typed, and how it is shown when something happened.</summary>
public sealed class DraftTests : BunitContext
{
    [Fact]
    public async Task A_draft_is_kept_by_the_browser_under_the_name_of_its_user_and_comes_back_as_it_was()
    {
        JSInterop.SetupVoid("tonari.drafts.keep", _ => true).SetVoidResult();
        var drafts = new Drafts(JSInterop.JSRuntime, new SignedIn("ann"));

        await drafts.KeepAsync("configure/shop/shop", new Typed("5m", MirrorOperationType.Resync));

        var kept = JSInterop.Invocations.Single().Arguments;
        kept[0].ShouldBe("ann/configure/shop/shop");
        JSInterop.Setup<string?>("tonari.drafts.find", "ann/configure/shop/shop").SetResult((string)kept[1]!);
        JSInterop.Setup<string?>("tonari.drafts.find", "bob/configure/shop/shop").SetResult(null);
        (await drafts.FindAsync<Typed>("configure/shop/shop")).ShouldBe(new Typed("5m", MirrorOperationType.Resync));
        (await new Drafts(JSInterop.JSRuntime, new SignedIn("bob")).FindAsync<Typed>("configure/shop/shop")).ShouldBeNull();
    }

    [Fact]
    public async Task A_draft_that_is_too_long_takes_the_one_before_it_away_instead_of_leaving_a_wrong_one()
    {
        JSInterop.SetupVoid("tonari.drafts.drop", _ => true).SetVoidResult();

        await new Drafts(JSInterop.JSRuntime, new SignedIn("ann")).KeepAsync("x", new string('x', SessionLimits.Draft + 1));

        JSInterop.Invocations.Single().Identifier.ShouldBe("tonari.drafts.drop");
    }

    [Fact]
    public async Task What_no_longer_fits_and_a_browser_that_is_gone_are_no_draft_and_no_failure()
    {
        JSInterop.Setup<string?>("tonari.drafts.find", "ann/old").SetResult("[1]");
        JSInterop.Setup<string?>("tonari.drafts.find", "ann/gone").SetException(new JSDisconnectedException("gone"));
        var drafts = new Drafts(JSInterop.JSRuntime, new SignedIn("ann"));

        (await drafts.FindAsync<Typed>("old")).ShouldBeNull();
        (await drafts.FindAsync<Typed>("gone")).ShouldBeNull();
    }

    [Fact]
    public void A_point_in_time_says_in_UTC_when_it_was_and_for_a_script_to_the_tick()
    {
        var time = Render<Moment>(p => p.Add(m => m.At, Shop.Now.ToOffset(TimeSpan.FromHours(9)))).Find("time");

        time.TextContent.ShouldBe("2026-03-01 12:00:00Z");
        time.GetAttribute("title").ShouldBe("2026-03-01 12:00:00Z");
        time.GetAttribute("datetime").ShouldBe("2026-03-01T12:00:00.0000000Z");
    }

    private sealed record Typed(string Every, MirrorOperationType Type);

    private sealed class SignedIn(string name) : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() =>
            Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, name)], "Session"))));
    }
}
