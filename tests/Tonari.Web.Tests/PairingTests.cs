using Bunit;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Pairing;
using Tonari.Testing;
using Tonari.Web.Components.Pages;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Pairing in two steps, as it goes on in a browser.</summary>
public sealed class PairingTests : PageContext
{
    private static readonly CancellationToken Ct = Xunit.TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_inviter_sees_the_token_and_how_long_it_is_good_and_then_who_has_come()
    {
        await BeginAsync();
        var page = Render<Clusters>();

        await page.InvokeAsync(() => page.Find("section[aria-labelledby=invite] button").Click());

        page.WaitForAssertion(() => PairingToken.Decode(page.Find("#invite-token").GetAttribute("value")!, out _).ShouldNotBeNull());
        page.Find("#invite-token").HasAttribute("data-secret").ShouldBeTrue();
        page.Markup.ShouldContain("Good for 15:00 more");

        Api.Seed(Shop.Peer("yellow"));
        await Eventually.TrueAsync(() => page.Markup.Contains("yellow is a neighbour now", StringComparison.Ordinal), "the new neighbour is seen", Time, TimeSpan.FromSeconds(1));
        page.FindAll("#invite-token").ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_that_nobody_used_in_time_is_said_to_have_expired()
    {
        await BeginAsync();
        var page = Render<Clusters>();
        await page.InvokeAsync(() => page.Find("section[aria-labelledby=invite] button").Click());
        page.WaitForElement("#invite-token");

        Time.Advance(PairingToken.DefaultLifetime);

        await Eventually.TrueAsync(() => page.Markup.Contains("That token has expired", StringComparison.Ordinal), "the end of the token is seen", Time, TimeSpan.FromSeconds(1));
        page.FindAll("#invite-token").ShouldBeEmpty();
    }

    [Fact]
    public async Task The_accepting_side_shows_what_stands_in_the_way_and_how_it_ends_and_keeps_no_token()
    {
        await BeginAsync();
        var page = Render<Clusters>();
        var token = new PairingToken("yellow.example:7443", new string('b', 64), "secret", Shop.Now.AddMinutes(10)).Encode();

        page.Find("#accept-token").Input(token);
        await page.InvokeAsync(() => page.Find("section[aria-labelledby=accept] form").Submit());
        page.WaitForAssertion(() => page.Markup.ShouldContain("Talking to the other cluster"));
        page.Markup.ShouldNotContain(token);
        Drafts.Kept.ShouldBeEmpty();
        Address.ShouldNotContain(token);

        var join = await JoinAsync();
        join.Metadata.Annotations = new Dictionary<string, string>
        {
            [PairingObjects.OutcomeAnnotation] = PairingObjects.JoinRefused,
            [PairingObjects.MessageAnnotation] = "yellow does not know this token.",
        };
        await Api.UpdateAsync(join, Ct);

        await Eventually.TrueAsync(() => page.Markup.Contains("yellow does not know this token.", StringComparison.Ordinal), "the refusal is seen", Time, TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task A_look_that_fails_is_told_and_the_page_goes_on()
    {
        await BeginAsync();
        var page = Render<Clusters>();
        page.Markup.ShouldContain("green");

        Api.OnRequest = _ => throw new InvalidOperationException("a fault of ours");
        Time.Advance(TimeSpan.FromMinutes(2));
        await Eventually.TrueAsync(() => page.Markup.Contains("could not be looked at", StringComparison.Ordinal), "the fault is told", Time, TimeSpan.FromSeconds(1));
        page.Markup.ShouldContain("green");

        Api.OnRequest = null;
        await Eventually.TrueAsync(() => !page.Markup.Contains("could not be looked at", StringComparison.Ordinal), "the page looks again", Time, TimeSpan.FromSeconds(1));
    }

    private async Task BeginAsync()
    {
        Api.Seed(new V1ConfigMap
        {
            Metadata = Shop.Meta(PairingObjects.InfoName, "tonari-system"),
            Data = new Dictionary<string, string>
            {
                [PairingObjects.InfoClusterName] = "blue",
                [PairingObjects.InfoPeerEndpoint] = "blue.example:7443",
                [PairingObjects.InfoFingerprint] = new string('c', 64),
            },
        });
        await StartAsync();
    }

    private async Task<V1Secret> JoinAsync()
    {
        var name = Api.All().Select(o => o["metadata"]!["name"]!.GetValue<string>()).Single(n => n.StartsWith("join-", StringComparison.Ordinal));
        return (await Api.FindAsync<V1Secret>("tonari-system", name, Ct))!;
    }
}
