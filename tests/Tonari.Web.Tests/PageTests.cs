using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What the pages show, as they are first sent.</summary>
public sealed partial class PageTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/", "Protected", "Worst lag", "green cannot be reached")]
    [InlineData("/applications", "blue → green", "40s / 5m", "Replication")]
    [InlineData("/applications/shop/shop/replication", "The newest complete group snapshot is 40 s old.", "primary", "secondary")]
    [InlineData("/clusters", "green.example:7443", "every managed pool", "Make a token")]
    [InlineData("/storage", "blue-main", "example.com/hostpath", "btrfs")]
    public async Task Each_page_shows_what_is(string path, params string[] words)
    {
        await using var web = await StartAsync();

        var page = WebUtility.HtmlDecode(await PageAsync(web, path));

        foreach (var word in words)
            page.ShouldContain(word);
        page.ShouldNotContain("Something went wrong here. Load the page again; the controller's log says what it was.</div></div>");
    }

    [Theory]
    [InlineData("/signin")]
    [InlineData("/")]
    [InlineData("/applications/shop/shop/replication")]
    public async Task Nothing_comes_from_another_site_and_no_script_stands_in_a_page(string path)
    {
        await using var web = await StartAsync();
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Admin(), "/");

        var response = await client.GetAsync(path, Ct);
        var page = await response.Content.ReadAsStringAsync(Ct);

        response.StatusCode.ShouldBe(HttpStatusCode.OK);
        var policy = string.Join(' ', response.Headers.GetValues("Content-Security-Policy"));
        policy.ShouldContain("script-src 'self'");
        policy.ShouldNotContain("http");
        Reference().Matches(page).Select(m => m.Groups[1].Value).Where(r => r.Contains("//", StringComparison.Ordinal)).ShouldBeEmpty();
        foreach (Match script in Script().Matches(page))
            script.Value.ShouldContain("src=");
        foreach (var file in Reference().Matches(page).Select(m => m.Groups[1].Value).Where(r => r.StartsWith("assets/", StringComparison.Ordinal)).Distinct())
        {
            var asset = await client.GetAsync("/" + file, Ct);
            asset.StatusCode.ShouldBe(HttpStatusCode.OK, file);
            (await asset.Content.ReadAsByteArrayAsync(Ct)).Length.ShouldBeGreaterThan(100, file);
        }
    }

    [Fact]
    public async Task A_mirror_that_fails_shows_why_and_a_transfer_shows_how_far_it_is()
    {
        await using var web = await StartAsync(api => api.Seed(Shop.Replica(
            s => s with { Sync = new() { Name = Shop.Group(4), Base = Shop.Group(3), Stage = Mirroring.MirrorSyncStage.Pulling, StartedAt = Shop.Ago(10) } },
            r => r with
            {
                Health = Mirroring.MirrorHealth.Warning,
                Message = "green is slow today.",
                Transfers = [new("shop/data", 3L << 30, 4L << 30, 1L << 30)],
            })));

        var page = WebUtility.HtmlDecode(await PageAsync(web, "/applications/shop/shop/replication"));

        page.ShouldContain("green is slow today.");
        page.ShouldContain("3 GiB / 4 GiB");
        page.ShouldContain("aria-valuenow=\"75\"");
    }

    [Fact]
    public async Task Somebody_who_may_not_look_is_told_so()
    {
        await using var web = await StartAsync();
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Add("guest"), "/");

        var page = WebUtility.HtmlDecode(await client.GetStringAsync("/applications/shop/shop/replication", Ct));

        page.ShouldContain("guest may not list appmirrors.tonari.dev in namespace shop");
        page.ShouldNotContain("blue-main");
    }

    [Theory]
    [InlineData("ja, en;q=0.5")]
    [InlineData("ja-JP")]
    [InlineData("en-GB;q=0.5, ja-JP")]
    public async Task Pages_speak_the_browsers_language_until_another_is_chosen(string asked)
    {
        await using var web = await StartAsync();
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Admin(), "/");
        client.DefaultRequestHeaders.AcceptLanguage.ParseAdd(asked);

        var japanese = WebUtility.HtmlDecode(await client.GetStringAsync("/applications", Ct));
        (await client.GetAsync("/language?to=en&back=/applications", Ct)).Headers.Location!.ToString().ShouldBe("/applications");
        var english = WebUtility.HtmlDecode(await client.GetStringAsync("/applications", Ct));

        japanese.ShouldContain("<html lang=\"ja\">");
        japanese.ShouldContain("アプリケーション");
        japanese.ShouldContain("保護済み");
        english.ShouldContain("<html lang=\"en\">");
        english.ShouldContain("Protected");
    }

    [Fact]
    public async Task A_page_that_cannot_be_made_is_a_page_all_the_same_for_people_and_a_problem_for_programs()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await TestWeb.StartAsync(api, time);
        var (client, _) = SessionTests.Browser(web);
        var token = web.Users.Admin();
        await SessionTests.SignInAsync(client, token, "/");
        time.Advance(TimeSpan.FromMinutes(1)); // the token is looked at anew
        api.OnRequest = _ => throw new Kubernetes.Api.ApiUnavailableException("no answer");

        using var asked = new HttpRequestMessage(HttpMethod.Get, "/storage");
        asked.Headers.Accept.ParseAdd("text/html");
        asked.Headers.AcceptLanguage.ParseAdd("ja");
        var page = await client.SendAsync(asked, Ct);
        var problem = await web.Client(token).GetAsync("/api/v1/pools", Ct);

        (page.StatusCode, problem.StatusCode).ShouldBe((HttpStatusCode.ServiceUnavailable, HttpStatusCode.ServiceUnavailable));
        page.Content.Headers.ContentType!.MediaType.ShouldBe("text/html");
        var text = WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync(Ct));
        text.ShouldContain("Try again later. no answer");
        text.ShouldContain(">ホーム</a>");
        problem.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
    }

    private static async Task<string> PageAsync(TestWeb web, string path)
    {
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Admin(), "/");
        var response = await client.GetAsync(path, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return text;
    }

    private static async Task<TestWeb> StartAsync(Action<FakeKubernetesApi>? more = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        more?.Invoke(api);
        return await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
    }

    [GeneratedRegex("(?:src|href|action)=\"([^\"]*)\"")]
    private static partial Regex Reference();

    [GeneratedRegex("<script[^>]*>")]
    private static partial Regex Script();
}
