using System.Net;
using System.Text;
using Tonari.Testing;
using Tonari.Web.Journal;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>The activity as a table for spreadsheets.</summary>
public sealed class ActivityCsvTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("=cmd|' /C calc'!A0", "\"'=cmd|' /C calc'!A0\"")]
    [InlineData("  +1", "\"'  +1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@SUM(A1)", "\"'@SUM(A1)\"")]
    [InlineData("\tx", "\"'\tx\"")]
    [InlineData("＝1", "\"'＝1\"")]
    [InlineData("say \"hi\", twice", "\"say \"\"hi\"\", twice\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("隣", "隣")]
    public void A_hostile_name_is_text_and_one_cell(string user, string cell)
    {
        var view = new ActivityView(Shop.Now, null, ActivityActor.User, user, ActivityKind.SignIn, ActivityOutcome.Succeeded, null, null, null, null, null, null, null);

        ActivityCsv.Of([view]).ShouldBe(
            "started,finished,by,user,kind,outcome,namespace,name,application,operation,downtimeMs,wireBytes,message\r\n"
            + $"2026-03-01T12:00:00.000Z,,User,{cell},SignIn,Succeeded,,,,,,,\r\n");
    }

    [Fact]
    public async Task It_can_be_had_with_a_token_and_from_the_browsers_session_with_the_same_filter()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        await using var web = await TestWeb.StartAsync(api);
        var token = web.Users.Admin();
        var (browser, _) = SessionTests.Browser(web);

        var answer = await web.Client(token).GetAsync("/api/v1/activity.csv?kind=Reverse", Ct);
        var stranger = await browser.GetAsync("/activity.csv?kind=Reverse", Ct);
        await SessionTests.SignInAsync(browser, token, "/");
        var download = await browser.GetAsync("/activity.csv?kind=Reverse", Ct);

        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/csv");
        var text = await answer.Content.ReadAsStringAsync(Ct);
        text.Split("\r\n").Length.ShouldBe(3);
        text.ShouldContain(",Unknown,,Reverse,Failed,shop,shop,shop,op1,");
        stranger.StatusCode.ShouldBe(HttpStatusCode.Redirect);
        download.Content.Headers.ContentDisposition!.FileName!.ShouldStartWith("tonari-activity-");
        (await download.Content.ReadAsByteArrayAsync(Ct)).ShouldBe([.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)]);
    }

    [Fact]
    public async Task Who_came_in_who_left_and_who_was_not_let_in_is_kept()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        await using var web = await TestWeb.StartAsync(api);
        var (browser, _) = SessionTests.Browser(web);

        for (var i = 0; i < 5; i++)
            await SessionTests.SignInAsync(browser, "made-up", "/");
        await SessionTests.SignInAsync(browser, web.Users.Admin("alice"), "/");
        await SessionTests.SignOutAsync(browser);

        await web.SeenAsync(s => s.Journal.Items.SingleOrDefault()?.Data.Count >= 3);
        var entries = web.Sources.Journal.Items.Single().Data.OrderBy(p => p.Key).Select(p => JournalText.Read(p.Value)!).ToList();
        entries.Select(e => (e.Kind, e.User, e.Outcome)).ShouldBe(
            [(ActivityKind.SignIn, null, ActivityOutcome.Refused), (ActivityKind.SignIn, "alice", ActivityOutcome.Succeeded), (ActivityKind.SignOut, "alice", ActivityOutcome.Succeeded)]);
        entries[0].Message.ShouldNotBeNull().ShouldNotContain("made-up");
    }
}
