using System.Net;
using System.Security.Claims;
using Microsoft.Extensions.Time.Testing;
using Tonari.Testing;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Journal;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Signing in with OpenID Connect.</summary>
public sealed class OidcTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_the_issuer_vouches_for_is_signed_in_with_his_prefixed_name_and_groups()
    {
        await using var issuer = await FakeIssuer.StartAsync();
        await using var web = await StartAsync(issuer.Options);
        web.Users.Admin("oidc:alice");
        var (browser, cookies) = SessionTests.Browser(web);
        (await browser.GetStringAsync("/signin?returnUrl=%2Fclusters", Ct)).ShouldContain("/session/oidc?returnUrl=%2Fclusters");

        var entered = await issuer.WalkAsync(browser, "/clusters", null, Ct);

        entered.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await entered.Content.ReadAsStringAsync(Ct)).ShouldContain("content=\"0;url=/clusters\"");
        var session = entered.Headers.GetValues("Set-Cookie").Single(c => c.StartsWith("__Host-tonari-session=", StringComparison.Ordinal));
        session.ShouldContain("samesite=strict", Case.Insensitive);
        (await browser.GetAsync("/clusters", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        cookies.GetAllCookies().ShouldAllBe(c => c.Name.StartsWith("__Host-", StringComparison.Ordinal) && c.Secure && !c.Value.Contains("eyJ"));

        (await browser.GetAsync("/activity.csv", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        var reviewed = web.Api.Requests.Last(r => r.Kind.Kind == "SubjectAccessReview").Body!["spec"]!;
        reviewed["user"]!.GetValue<string>().ShouldBe("oidc:alice");
        reviewed["groups"]!.AsArray().Select(g => g!.GetValue<string>()).ShouldBe(["oidc:people", "oidc:ops", "system:authenticated"]);
        await web.SeenAsync(s => s.Journal.Items.SingleOrDefault()?.Data.Values.Select(JournalText.Read).Any(e => e is { User: "oidc:alice", Kind: ActivityKind.SignIn }) == true);
    }

    [Fact]
    public async Task A_session_by_an_issuer_goes_on_for_an_hour_with_a_short_token_and_then_ends()
    {
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var issuer = await FakeIssuer.StartAsync();
        await using var web = await StartAsync(issuer.Options, time);
        web.Users.Admin("oidc:alice");
        var (browser, _) = SessionTests.Browser(web);
        await issuer.WalkAsync(browser, "/", null, Ct);

        time.Advance(TimeSpan.FromMinutes(50));
        (await browser.GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        time.Advance(TimeSpan.FromMinutes(11));
        (await browser.GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
    }

    [Fact]
    public async Task What_is_not_in_order_lets_nobody_in()
    {
        await using var issuer = await FakeIssuer.StartAsync();
        await using var web = await StartAsync(issuer.Options);

        await RefusedAsync(null, path => path.Replace("state=", "state=x", StringComparison.Ordinal));
        await RefusedAsync(() => issuer.WrongNonce = "another");
        issuer.WrongNonce = null;
        await RefusedAsync(() => issuer.Lifetime = TimeSpan.FromMinutes(-10));
        issuer.Lifetime = TimeSpan.FromMinutes(5);
        await RefusedAsync(() => issuer.Claims["preferred_username"] = null);
        issuer.Claims["preferred_username"] = "alice";
        await RefusedAsync(null, path => path.Replace("code=", "code=x", StringComparison.Ordinal));

        // Another browser's answer: the state belongs to the one that asked.
        var (one, _) = SessionTests.Browser(web);
        var (other, _) = SessionTests.Browser(web);
        var stolen = "";
        await issuer.WalkAsync(one, "/", path => (stolen = path) + "x", Ct);
        (await other.GetAsync(stolen, Ct)).Headers.Location!.ToString().ShouldStartWith("/signin?failed=refused");

        async Task RefusedAsync(Action? prepare, Func<string, string>? tamper = null)
        {
            prepare?.Invoke();
            var (browser, _) = SessionTests.Browser(web);
            var answer = await issuer.WalkAsync(browser, "/clusters", tamper, Ct);
            answer.Headers.Location.ShouldNotBeNull().ToString().ShouldStartWith("/signin?failed=refused");
            (await browser.GetAsync("/", Ct)).StatusCode.ShouldBe(HttpStatusCode.Redirect);
            (await browser.GetStringAsync("/signin?failed=refused", Ct)).ShouldContain("role=\"alert\"");
        }
    }

    [Fact]
    public async Task Nobody_becomes_part_of_Kubernetes_itself_by_an_issuer()
    {
        await using var issuer = await FakeIssuer.StartAsync();
        await using var web = await StartAsync(issuer.Options with { UsernamePrefix = "-", GroupsPrefix = "-" });
        issuer.Claims["groups"] = new System.Text.Json.Nodes.JsonArray("people", "system:masters");
        var (browser, _) = SessionTests.Browser(web);

        (await issuer.WalkAsync(browser, "/", null, Ct)).Headers.Location!.ToString().ShouldStartWith("/signin?failed=refused");

        await web.SeenAsync(s => s.Journal.Items.SingleOrDefault()?.Data.Values.Any(v => v.Contains("system:masters")) == true);
    }

    [Theory]
    [InlineData("system:admin", null, "-", "belong to Kubernetes")]
    [InlineData("alice", "system:masters", "-", "belong to Kubernetes")]
    [InlineData("alice ", null, "oidc:", "space")]
    [InlineData("ali\nce", null, "oidc:", "control")]
    [InlineData("", null, "oidc:", "empty")]
    [InlineData("system:admin", "system:masters", "oidc:", null)]
    public void A_name_is_taken_only_where_it_can_be_nobody_elses(string name, string? group, string prefix, string? word)
    {
        var claims = new List<Claim> { new("sub", name) };
        if (group is not null)
            claims.Add(new Claim("groups", group));

        var (caller, problem) = OidcClaims.Read(claims, new OidcOptions(new Uri("https://issuer.example"), "tonari") { GroupsClaim = "groups", UsernamePrefix = prefix, GroupsPrefix = prefix });

        if (word is null)
            (caller!.Name, caller.Groups[0]).ShouldBe(("oidc:system:admin", "oidc:system:masters"));
        else
            problem.ShouldNotBeNull().ShouldContain(word);
    }

    [Fact]
    public void An_address_that_nobody_has_verified_is_no_name()
    {
        var options = new OidcOptions(new Uri("https://issuer.example"), "tonari") { UsernameClaim = "email" };

        OidcClaims.Read([new Claim("email", "a@example.org"), new Claim("email_verified", "false")], options).Caller.ShouldBeNull();
        OidcClaims.Read([new Claim("email", "a@example.org"), new Claim("email_verified", "true")], options).Caller!.Name.ShouldBe("oidc:a@example.org");
        OidcClaims.Read([new Claim("email", "a@example.org"), new Claim("email", "b@example.org")], options).Caller.ShouldBeNull();
    }

    [Theory]
    [InlineData("http://issuer.example", "tonari", "oidc:")]
    [InlineData("https://issuer.example?x=1", "tonari", "oidc:")]
    [InlineData("https://issuer.example", "", "oidc:")]
    [InlineData("https://issuer.example", "tonari", "system:")]
    public void Options_that_would_be_unsafe_are_refused(string url, string client, string prefix) =>
        new OidcOptions(new Uri(url), client) { UsernamePrefix = prefix }.Problem().ShouldNotBeNull();

    [Fact]
    public async Task Without_an_issuer_there_is_nothing_and_one_that_does_not_answer_is_said_to()
    {
        await using (var web = await StartAsync(null))
        {
            var (browser, _) = SessionTests.Browser(web);
            (await browser.GetStringAsync("/signin", Ct)).ShouldNotContain("/session/oidc");
            (await browser.GetAsync("/session/oidc", Ct)).IsSuccessStatusCode.ShouldBeFalse();
        }
        OidcOptions gone;
        await using (var issuer = await FakeIssuer.StartAsync())
        {
            gone = issuer.Options;
            await using var idle = await StartAsync(issuer.Options);
            await SessionTests.Browser(idle).Client.GetStringAsync("/signin", Ct);
            issuer.Requests.ShouldBe(0);
        }
        await using var alone = await StartAsync(gone with { Authorities = [] });
        (await SessionTests.Browser(alone).Client.GetAsync("/session/oidc?returnUrl=%2Fclusters", Ct)).Headers.Location!.ToString().ShouldBe("/signin?failed=issuer&returnUrl=%2Fclusters");
    }

    private static async Task<TestWeb> StartAsync(OidcOptions? issuer, TimeProvider? time = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        return await TestWeb.StartAsync(api, time, oidc: issuer);
    }
}
