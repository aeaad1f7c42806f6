using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Signing in, what a session may, and when it ends.</summary>
public sealed partial class SessionTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("/")]
    [InlineData("/applications")]
    [InlineData("/applications/shop/shop/replication")]
    [InlineData("/clusters")]
    [InlineData("/storage")]
    public async Task A_stranger_is_sent_to_the_sign_in_page_and_comes_back_after_it(string path)
    {
        await using var web = await StartAsync();
        var (client, _) = Browser(web);

        var redirect = await client.GetAsync(path, Ct);
        redirect.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        redirect.Headers.Location!.ToString().ShouldContain($"/signin?returnUrl={Uri.EscapeDataString(path)}");

        var signedIn = await SignInAsync(client, web.Users.Admin(), path);
        signedIn.Headers.Location!.ToString().ShouldBe(path);
        (await client.GetAsync(path, Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task The_session_is_a_cookie_that_scripts_and_other_sites_do_not_get()
    {
        await using var web = await StartAsync();
        var (client, _) = Browser(web);

        var answer = await SignInAsync(client, web.Users.Admin(), "/");

        var cookie = answer.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-tonari-session=", StringComparison.Ordinal));
        cookie.ShouldContain("secure", Case.Insensitive);
        cookie.ShouldContain("httponly", Case.Insensitive);
        cookie.ShouldContain("samesite=strict", Case.Insensitive);
        cookie.ShouldNotContain("token-of");
        // The session is for pages; programs show their token.
        (await client.GetAsync("/api/v1/mirrors", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_form_of_somebody_elses_signs_nobody_in_or_out()
    {
        await using var web = await StartAsync();
        var (client, _) = Browser(web);
        var token = web.Users.Admin();

        (await PostAsync(client, "/session", ("token", token))).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        await SignInAsync(client, token, "/");
        (await PostAsync(client, "/session/end")).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
        (await client.GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);

        (await SignOutAsync(client)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
        (await client.GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_wrong_token_is_said_to_be_wrong_and_an_API_that_does_not_answer_is_not_called_that()
    {
        await using var web = await StartAsync();
        var (client, _) = Browser(web);

        var refused = await SignInAsync(client, "made-up", "/clusters");
        refused.Headers.Location!.ToString().ShouldBe("/signin?failed=token&returnUrl=%2Fclusters");
        (await client.GetStringAsync(refused.Headers.Location, Ct)).ShouldContain("does not accept that token");

        web.Api.OnRequest = _ => throw new Tonari.Kubernetes.Api.ApiUnavailableException("no answer");
        (await SignInAsync(client, web.Users.Admin(), "/")).Headers.Location!.ToString().ShouldStartWith("/signin?failed=unavailable");
    }

    [Theory]
    [InlineData("//evil.example/")]
    [InlineData("https://evil.example/")]
    [InlineData("/\\evil.example")]
    public async Task Nobody_is_sent_to_another_site_after_signing_in(string target)
    {
        await using var web = await StartAsync();
        var (client, _) = Browser(web);

        (await SignInAsync(client, web.Users.Admin(), target)).Headers.Location!.ToString().ShouldBe("/");
        (await client.GetAsync($"/language?to=ja&back={Uri.EscapeDataString(target)}", Ct)).Headers.Location!.ToString().ShouldBe("/");
    }

    [Fact]
    public async Task A_session_ends_with_its_token()
    {
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await StartAsync(time: time);
        var (client, _) = Browser(web);
        var token = web.Users.Admin();
        await SignInAsync(client, token, "/");

        web.Users.Withdraw(token);
        time.Advance(TimeSpan.FromSeconds(31));

        (await client.GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task A_session_that_is_used_goes_on_but_not_for_ever()
    {
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await StartAsync(time: time);
        var (client, cookies) = Browser(web);
        await SignInAsync(client, web.Users.Admin(), "/");

        var hours = 0.0;
        while ((await client.GetAsync("/", Ct)).StatusCode == HttpStatusCode.OK && hours < 24)
        {
            time.Advance(TimeSpan.FromMinutes(45));
            hours += 0.75;
        }

        hours.ShouldBe(12, tolerance: 0.75);
        cookies.Count.ShouldBeGreaterThan(0);
    }

    [Fact]
    public async Task A_controller_that_is_started_again_signs_nobody_out()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        var cookies = new CookieContainer();
        await using (var first = await TestWeb.StartAsync(api))
            await SignInAsync(first.Client(cookies: cookies), first.Users.Admin(), "/");

        await using var second = await TestWeb.StartAsync(api);
        second.Users.Admin();

        (await second.Client(cookies: cookies).GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        api.All().Count(o => o["metadata"]!["name"]!.GetValue<string>() == "tonari-web-keys").ShouldBe(1);
    }

    internal static async Task<HttpResponseMessage> SignInAsync(HttpClient client, string token, string returnUrl)
    {
        var form = await client.GetStringAsync("/signin", Ct);
        return await PostAsync(client, "/session", ("token", token), ("returnUrl", returnUrl), ("__RequestVerificationToken", FormToken(form)));
    }

    internal static async Task<HttpResponseMessage> SignOutAsync(HttpClient client) =>
        await PostAsync(client, "/session/end", ("__RequestVerificationToken", FormToken(await client.GetStringAsync("/", Ct))));

    internal static (HttpClient Client, CookieContainer Cookies) Browser(TestWeb web)
    {
        var cookies = new CookieContainer();
        return (web.Client(cookies: cookies), cookies);
    }

    private static string FormToken(string page) => WebUtility.HtmlDecode(Field().Match(page).Groups[1].Value);

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, params (string Name, string Value)[] fields) =>
        client.PostAsync(path, new FormUrlEncodedContent(fields.ToDictionary(f => f.Name, f => f.Value)), Ct);

    private static async Task<TestWeb> StartAsync(TimeProvider? time = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        return await TestWeb.StartAsync(api, time);
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"([^\"]+)\"")]
    private static partial Regex Field();
}
