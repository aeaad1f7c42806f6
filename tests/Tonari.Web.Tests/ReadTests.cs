using System.Net;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Mirroring;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What the REST API shows, and to whom.</summary>
public sealed class ReadTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("overview")]
    [InlineData("applications")]
    [InlineData("namespaces/shop/applications/shop")]
    [InlineData("mirrors")]
    [InlineData("namespaces/shop/mirrors/shop")]
    [InlineData("snapshots")]
    [InlineData("hooks")]
    [InlineData("peers")]
    [InlineData("peers/green")]
    [InlineData("pools")]
    [InlineData("pools/blue-main")]
    [InlineData("storageclasses")]
    [InlineData("activity")]
    [InlineData("rights")]
    [InlineData("namespaces/shop/rights")]
    [InlineData("me")]
    public async Task Nobody_reads_without_a_token_and_an_administrator_reads_everything(string path)
    {
        await using var web = await StartAsync();

        (await web.Client().GetAsync($"/api/v1/{path}", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        (await web.Client("made-up").GetAsync($"/api/v1/{path}", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        var answer = await web.Client(web.Users.Admin()).GetAsync($"/api/v1/{path}", Ct);

        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        (await JsonNode.ParseAsync(await answer.Content.ReadAsStreamAsync(Ct), cancellationToken: Ct)).ShouldSatisfyAllConditions(
            json => json.ShouldNotBeNull(),
            json => (json is JsonArray { Count: 0 }).ShouldBeFalse());
    }

    [Fact]
    public async Task A_mirror_shows_both_sides_its_lag_and_what_can_be_asked_of_it()
    {
        await using var web = await StartAsync();

        var mirror = await GetAsync(web, web.Users.Admin(), "namespaces/shop/mirrors/shop");

        mirror["health"].Text().ShouldBe("Normal");
        mirror["lagSeconds"]!.GetValue<double>().ShouldBe(40);
        (mirror["from"].Text(), mirror["to"].Text()).ShouldBe(("blue", "green"));
        mirror.At("here", "role").Text().ShouldBe("Primary");
        mirror.At("there", "role").Text().ShouldBe("Secondary");
        mirror["snapshots"]!.AsArray().Single(s => s!["isCommon"]!.GetValue<bool>())!["name"].Text().ShouldBe(Shop.Group(2));
        var moves = mirror["moves"]!.AsArray().ToDictionary(m => m!["kind"].Text()!, m => m!["hindrance"].Text());
        moves["Reverse"].ShouldBeNull();
        moves["FailOver"].ShouldBe("NotSecondary");
        moves["Resync"].ShouldBe("NotFailedOver");
    }

    [Fact]
    public async Task Somebody_sees_only_the_namespaces_he_may_list()
    {
        await using var web = await StartAsync(api => api.Seed(Shop.Mirror(name: "bank", ns: "bank")));
        var token = web.Users.Add("clerk", "get,list,watch appmirrors bank");

        var all = await ListAsync(web, token, "mirrors");

        all.Select(m => m!["name"].Text()).ShouldBe(["bank"]);
        var refused = await web.Client(token).GetAsync("/api/v1/mirrors?namespace=shop", Ct);
        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        refused.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        (await JsonNode.ParseAsync(await refused.Content.ReadAsStreamAsync(Ct), cancellationToken: Ct))!["detail"].Text()!.ShouldContain("clerk may not list appmirrors.tonari.dev in namespace shop");
        // Whoever may not look does not learn what exists.
        (await web.Client(token).GetAsync("/api/v1/namespaces/shop/mirrors/shop", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await web.Client(token).GetAsync("/api/v1/namespaces/shop/mirrors/none", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await web.Client(token).GetAsync("/api/v1/namespaces/bank/mirrors/none", Ct)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await web.Client(token).GetAsync("/api/v1/peers", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_token_is_asked_about_once_and_a_withdrawn_one_stops_working_soon()
    {
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await StartAsync(time: time);
        var token = web.Users.Admin();
        var client = web.Client(token);
        for (var i = 0; i < 3; i++)
            (await client.GetAsync("/api/v1/mirrors", Ct)).StatusCode.ShouldBe(HttpStatusCode.OK);
        web.Api.Requests.Count(r => r.Kind.Kind == "TokenReview").ShouldBe(1);

        web.Users.Withdraw(token);
        time.Advance(TimeSpan.FromSeconds(31));

        (await client.GetAsync("/api/v1/mirrors", Ct)).StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task An_API_server_that_does_not_answer_makes_nobody_a_stranger()
    {
        await using var web = await StartAsync();
        var token = web.Users.Admin();
        web.Api.OnRequest = r =>
        {
            if (r.Kind.Kind == "TokenReview")
                throw new ApiUnavailableException("no answer");
        };

        (await web.Client(token).GetAsync("/api/v1/mirrors", Ct)).StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
    }

    [Fact]
    public async Task A_storage_class_says_whether_it_can_be_replicated_and_why()
    {
        await using var web = await StartAsync();

        var classes = (await ListAsync(web, web.Users.Admin(), "storageclasses")).ToDictionary(c => c!["name"].Text()!);

        classes["tonari"]!["canReplicate"]!.GetValue<bool>().ShouldBeTrue();
        classes["tonari"]!["isDefault"]!.GetValue<bool>().ShouldBeTrue();
        classes["hostpath"]!["canReplicate"]!.GetValue<bool>().ShouldBeFalse();
        classes["hostpath"]!["because"].Text()!.ShouldContain("example.com/hostpath");
    }

    [Fact]
    public async Task The_overview_counts_applications_by_protection_and_names_the_worst_lag()
    {
        await using var web = await StartAsync(api =>
        {
            api.Seed(Shop.App("alone", "alone"));
            api.Seed(Shop.Mirror(name: "late", ns: "late", report: r => r with { Health = MirrorHealth.Critical, ProtectedTime = Shop.Ago(900) }));
            api.Seed(Shop.App("late", "late"));
        });

        var overview = await GetAsync(web, web.Users.Admin(), "overview");

        overview.At("applications", "Protected")!.GetValue<int>().ShouldBe(1);
        overview.At("applications", "AtRisk")!.GetValue<int>().ShouldBe(1);
        overview.At("applications", "NotReplicated")!.GetValue<int>().ShouldBe(1);
        overview.At("mirrors", "Critical")!.GetValue<int>().ShouldBe(1);
        overview.At("worst", "name").Text().ShouldBe("late");
    }

    [Fact]
    public async Task Events_tell_of_changes_in_namespaces_the_listener_may_watch_and_of_no_others()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Add("clerk", "get,list,watch appmirrors bank"));
        using var response = await client.GetAsync("/api/v1/events", HttpCompletionOption.ResponseHeadersRead, Ct);
        response.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Ct));
        (await EventAsync(reader)).Name.ShouldBe("reset");

        web.Api.Seed(Shop.Mirror(s => s with { LastSequence = 77 }));
        web.Api.Seed(Shop.Mirror(name: "bank", ns: "bank"));

        var (name, data) = await EventAsync(reader);
        name.ShouldBe("change");
        (data!["kind"].Text(), data["namespace"].Text(), data["name"].Text()).ShouldBe(("mirrors", "bank", "bank"));
    }

    private static async Task<(string Name, JsonNode? Data)> EventAsync(StreamReader reader)
    {
        var (name, data) = ("", "");
        while (await reader.ReadLineAsync(Ct) is { Length: > 0 } line)
        {
            if (line.StartsWith("event: ", StringComparison.Ordinal))
                name = line[7..];
            if (line.StartsWith("data: ", StringComparison.Ordinal))
                data = line[6..];
        }
        return (name, JsonNode.Parse(data));
    }

    private static async Task<TestWeb> StartAsync(Action<FakeKubernetesApi>? more = null, TimeProvider? time = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        more?.Invoke(api);
        return await TestWeb.StartAsync(api, time ?? new FakeTimeProvider(Shop.Now));
    }

    private static async Task<JsonObject> GetAsync(TestWeb web, string token, string path) =>
        (await ReadAsync(web, token, path)).AsObject();

    private static async Task<JsonArray> ListAsync(TestWeb web, string token, string path) =>
        (await ReadAsync(web, token, path)).AsArray();

    private static async Task<JsonNode> ReadAsync(TestWeb web, string token, string path)
    {
        var response = await web.Client(token).GetAsync($"/api/v1/{path}", Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        response.StatusCode.ShouldBe(HttpStatusCode.OK, text);
        return JsonNode.Parse(text)!;
    }
}
