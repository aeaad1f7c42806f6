using System.Net;
using Microsoft.Extensions.Time.Testing;
using Tonari.Testing;
using Tonari.Web.Components.Layout;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>The activity by its address: the page, and the file.</summary>
public sealed class ActivityPageTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public void What_is_shown_stands_in_the_address_and_is_read_from_it_again()
    {
        var address = new ActivityAddress("a&b", "shop", ActivityActor.User, ActivityKind.FailOver, ActivityOutcome.Failed, ActivityPeriod.Day);

        address.Page.ShouldBe("activity?q=a%26b&namespace=shop&by=User&kind=FailOver&outcome=Failed&period=Day");
        address.Csv(Shop.Now).ShouldBe("activity.csv?q=a%26b&namespace=shop&by=User&kind=FailOver&outcome=Failed&from=2026-02-28T12%3A00%3A00Z");
        ActivityAddress.Of("a&b", "shop", "user", "failover", "Failed", "day").ShouldBe(address);
        ActivityAddress.Of(" ", "", "nobody", "7", "-1", "yesterday").ShouldBe(new ActivityAddress());
        address.Filter(Shop.Now).From.ShouldBe(Shop.Now.AddDays(-1));
    }

    [Fact]
    public async Task The_page_and_the_file_hold_what_the_address_asks_for_and_no_more()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        await using var web = await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Admin(), "/");

        var found = WebUtility.HtmlDecode(await client.GetStringAsync("/activity?q=COMMITTED", Ct));
        var page = WebUtility.HtmlDecode(await client.GetStringAsync("/activity?outcome=Failed&namespace=shop", Ct));
        var file = await client.GetAsync("/activity.csv?outcome=Failed&namespace=shop", Ct);
        var lines = (await file.Content.ReadAsStringAsync(Ct)).Trim().Split("\r\n");

        found.ShouldContain("Committed.");
        found.ShouldNotContain("green cannot be reached.");
        page.ShouldContain("green cannot be reached.");
        page.ShouldNotContain("Committed.");
        page.ShouldContain("href=\"activity.csv?namespace=shop&outcome=Failed\"");
        file.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        lines.Length.ShouldBe(2);
        lines[1].ShouldContain("Reverse");
    }
}
