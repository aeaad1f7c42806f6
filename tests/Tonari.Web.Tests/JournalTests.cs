using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;
using Tonari.Web.Hosting;
using Tonari.Web.Journal;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>What users do is kept, within bounds, and in nobody's way.</summary>
public sealed class JournalTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_was_done_and_what_was_refused_shows_with_the_users_name_and_no_secret()
    {
        await using var web = await StartAsync();
        var alice = web.Client(web.Users.Admin("alice"));
        var guest = web.Client(web.Users.Add("guest", "get,list * *"));

        await PostAsync(alice, "namespaces/shop/mirrors/shop/pause", "");
        await PostAsync(alice, "namespaces/shop/mirrors/shop/operations", """{"type":"Sync","id":"s1"}""");
        await PostAsync(alice, "namespaces/shop/mirrors/shop/operations", """{"type":"FailOver","id":"f1"}""");
        await PostAsync(guest, "pools/blue-main/unmanage", "{}");
        await PostAsync(guest, "peers/joins", $$"""{"token":"{{new Kubernetes.Pairing.PairingToken("red.example:7443", new string('c', 64), "very-secret", Shop.Now.AddHours(1)).Encode()}}"}""");

        var seen = await SeenAsync(web, alice, "activity?by=User", 5);
        seen.Select(v => (v["user"].Text(), v["kind"].Text(), v["outcome"].Text())).ShouldBe(
            [("alice", "Pause", "Succeeded"), ("alice", "Sync", "Asked"), ("alice", "FailOver", "Refused"), ("guest", "UnmanagePool", "Refused"), ("guest", "Join", "Refused")],
            ignoreOrder: true);
        seen.Single(v => v["kind"].Text() == "UnmanagePool")["message"].Text()!.ShouldContain("guest may not patch storagepools.tonari.dev");
        (await web.Api.GetAsync<V1ConfigMap>("tonari-system", "tonari-activity", Ct)).Data.Values.ShouldAllBe(t => !t.Contains("very-secret") && !t.Contains("token-of"));
    }

    [Fact]
    public async Task One_sees_what_was_done_where_one_may_list_mirrors()
    {
        await using var web = await StartAsync();
        var alice = web.Client(web.Users.Admin("alice"));
        await PostAsync(alice, "namespaces/shop/mirrors/shop/pause", "");
        await PostAsync(alice, "namespaces/bank/snapshots", """{"application":"bank"}""");
        await PostAsync(alice, "pools/blue-main/unmanage", """{"force":true}""");
        await SeenAsync(web, alice, "activity?by=User", 3);

        var clerk = web.Client(web.Users.Add("clerk", "list appmirrors bank"));
        var porter = web.Client(web.Users.Add("porter", "list clusterpeers *"));

        (await ListAsync(clerk, "activity?by=User")).Select(v => v["kind"].Text()).ShouldBe(["TakeSnapshot"]);
        (await ListAsync(porter, "activity?by=User")).Select(v => v["kind"].Text()).ShouldBe(["UnmanagePool"]);
        (await clerk.GetAsync("/api/v1/activity?namespace=shop", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await alice.GetAsync("/api/v1/activity?kind=Explode", Ct)).StatusCode.ShouldBe(HttpStatusCode.BadRequest);
    }

    [Fact]
    public async Task A_journal_that_cannot_be_written_keeps_nobody_from_anything()
    {
        await using var web = await StartAsync();
        web.Api.OnRequest = r =>
        {
            if (r.Name == ActivityJournal.Name)
                throw new ApiUnavailableException("no answer");
        };

        (await PostAsync(web.Client(web.Users.Admin()), "namespaces/shop/mirrors/shop/pause", "")).StatusCode.ShouldBe(HttpStatusCode.NoContent);
        (await web.Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec.Paused.ShouldBeTrue();
    }

    [Fact]
    public async Task Two_controllers_that_write_at_once_lose_nothing()
    {
        var api = new FakeKubernetesApi();
        await using (var one = Journal(api))
        await using (var other = Journal(api))
        {
            for (var i = 0; i < 40; i++)
            {
                one.Record(Entry(i, "one"));
                other.Record(Entry(i, "other"));
            }
        }

        var kept = (await api.GetAsync<V1ConfigMap>("tonari-system", ActivityJournal.Name, Ct)).Data.Values.Select(JournalText.Read).ToList();
        kept.Count(e => e!.User == "one").ShouldBe(40);
        kept.Count(e => e!.User == "other").ShouldBe(40);
    }

    [Fact]
    public async Task A_write_that_failed_is_made_again_and_only_once()
    {
        var (api, failures) = (new FakeKubernetesApi(), 2);
        api.OnRequest = r =>
        {
            if (r.Verb == "patch" && Interlocked.Decrement(ref failures) >= 0)
                throw new ApiUnavailableException("no answer");
        };
        await using (var journal = Journal(api))
        {
            journal.Record(Entry(1, "alice"));
            await Eventually.TrueAsync(() => api.All().Any(o => o["data"] is JsonObject { Count: 1 }), "the entry is written");
        }
        api.All().Single()["data"]!.AsObject().Count.ShouldBe(1);
    }

    [Fact]
    public async Task A_full_journal_drops_its_oldest_entries()
    {
        var api = new FakeKubernetesApi();
        api.Seed(new V1ConfigMap
        {
            Metadata = Shop.Meta(ActivityJournal.Name, "tonari-system"),
            Data = Enumerable.Range(0, JournalLimits.Entries).Select(i => Entry(i, "old")).ToDictionary(e => JournalText.KeyOf(e, "x"), JournalText.Write),
        });
        await using (var journal = Journal(api))
            journal.Record(Entry(5000, "new"));

        var kept = (await api.GetAsync<V1ConfigMap>("tonari-system", ActivityJournal.Name, Ct)).Data;
        kept.Count.ShouldBeInRange(900, JournalLimits.Entries);
        kept.Values.Select(JournalText.Read).ShouldContain(e => e!.User == "new");
        kept.Keys.ShouldNotContain(JournalText.KeyOf(Entry(0, "old"), "x"));
        kept.Keys.ShouldContain(JournalText.KeyOf(Entry(999, "old"), "x"));
    }

    [Fact]
    public void Long_entries_are_bounded_together_and_refused_sign_ins_push_out_nobody()
    {
        var longOnes = Enumerable.Range(0, 999).Select(i => Entry(i, new string('隣', 600)) with { Message = new string('x', 9000) }).Select(Pair).ToList();
        var excess = JournalText.Excess(longOnes).ToHashSet();
        longOnes.Where(p => !excess.Contains(p.Key)).Sum(p => p.Value.Length).ShouldBeLessThan(JournalLimits.Bytes);
        excess.Count.ShouldBeLessThan(999);

        var refused = Enumerable.Range(100, 500).Select(i => new ActivityEntry(Shop.Now.AddSeconds(i), null, ActivityKind.SignIn, ActivityOutcome.Refused)).Select(Pair);
        var kept = Enumerable.Range(0, 600).Select(i => Entry(i, "alice")).Select(Pair).ToList();
        JournalText.Excess(kept.Concat(refused)).ShouldNotContain(k => kept.Any(p => p.Key == k));

        static KeyValuePair<string, string> Pair(ActivityEntry e) => KeyValuePair.Create(JournalText.KeyOf(e, e.Outcome == ActivityOutcome.Refused ? "r" : "a"), JournalText.Write(e));
    }

    [Fact]
    public void Hostile_names_stay_on_their_line()
    {
        var text = JournalText.Write(Entry(1, "mallory\r\n\"},{\"user\":\"alice") with { Message = "a\u001b[31mb" });

        text.ShouldNotContain("\n");
        JournalText.Read(text)!.User.ShouldBe("mallory  \"},{\"user\":\"alice");
        JournalText.Read(text)!.Message.ShouldBe("a [31mb");
        JournalText.Read("""{"at":"2026-03-01T12:00:00Z","kind":"FromTheFuture","outcome":"Succeeded"}""").ShouldBeNull();
        JournalText.Read("nonsense").ShouldBeNull();
    }

    private static ActivityEntry Entry(int second, string user) => new(Shop.Now.AddSeconds(second), user, ActivityKind.Pause, ActivityOutcome.Succeeded)
    {
        Namespace = "shop",
        Name = "shop",
    };

    private static ActivityJournal Journal(FakeKubernetesApi api) =>
        new(api, new WebOptions("blue", "0.1.0", "tonari-system", 0), new SystemRandomness(), TimeProvider.System, NullLogger<ActivityJournal>.Instance);

    private static Task<HttpResponseMessage> PostAsync(HttpClient client, string path, string body) =>
        client.PostAsync($"/api/v1/{path}", body.Length == 0 ? null : new StringContent(body, null, "application/json"), Ct);

    private static async Task<IReadOnlyList<JsonNode>> ListAsync(HttpClient client, string path) =>
        [.. JsonNode.Parse(await client.GetStringAsync($"/api/v1/{path}", Ct))!.AsArray().OfType<JsonNode>()];

    private static async Task<IReadOnlyList<JsonNode>> SeenAsync(TestWeb web, HttpClient client, string path, int count)
    {
        await web.SeenAsync(s => s.Journal.Items.SingleOrDefault()?.Data.Count >= count);
        return await ListAsync(client, path);
    }

    private static async Task<TestWeb> StartAsync()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        return await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
    }
}
