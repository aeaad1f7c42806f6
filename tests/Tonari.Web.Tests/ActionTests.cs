using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What can be done over the REST API, and what of it ends up in the API server.</summary>
public sealed class ActionTests
{
    private const string Mirrors = "namespaces/shop/mirrors";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_reverse_is_written_into_spec_alone_and_its_end_can_be_asked_for()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Add("clerk", "get,patch appmirrors shop"));

        var asked = await PostAsync(client, $"{Mirrors}/shop/operations", """{"type":"Reverse","id":"r1"}""", HttpStatusCode.Accepted);

        asked["outcome"].Text().ShouldBe("Asked");
        var written = web.Api.Requests.Where(r => r.Writes && r.Kind.Kind == "AppMirror").ShouldHaveSingleItem();
        written.Verb.ShouldBe("patch");
        written.Body.ShouldNotBeNull().Select(p => p.Key).ShouldBe(["spec", "metadata"]);
        written.Body!["spec"]!.ToJsonString().ShouldBe("""{"operation":{"id":"r1","type":"Reverse","forwarded":false,"snapshot":null,"keep":null,"confirm":null}}""");

        var done = await web.Api.GetAsync<AppMirror>("shop", "shop", Ct);
        done.Status = done.Status! with { Mirror = done.Status.Mirror with { LastOperationId = "r1", History = [new("r1", MirrorOperationType.Reverse, Shop.Ago(9), Shop.Now, true, "green is primary.") { DowntimeMs = 4210 }] } };
        await web.Api.UpdateStatusAsync(done, Ct);
        await web.SeenAsync(s => s.Mirrors.Find("shop", "shop")!.Status!.Mirror.LastOperationId == "r1");
        var end = JsonNode.Parse(await client.GetStringAsync($"/api/v1/{Mirrors}/shop/operations/r1", Ct))!;
        (end["outcome"].Text(), end.At("record", "downtimeMs")!.GetValue<long>()).ShouldBe(("Succeeded", 4210));
    }

    [Fact]
    public async Task The_same_request_twice_is_one_request_and_another_one_has_to_wait()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin());

        await PostAsync(client, $"{Mirrors}/shop/operations", """{"type":"Sync","id":"s1"}""", HttpStatusCode.Accepted);
        await PostAsync(client, $"{Mirrors}/shop/operations", """{"type":"Sync","id":"s1"}""", HttpStatusCode.Accepted);
        var refused = await PostAsync(client, $"{Mirrors}/shop/operations", """{"type":"Reverse"}""", HttpStatusCode.Conflict);

        refused["detail"].Text()!.ShouldContain("s1");
        (await web.Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec.Operation!.Id.ShouldBe("s1");
    }

    [Theory]
    [InlineData("""{"type":"FailBack"}""", HttpStatusCode.UnprocessableEntity, "confirm")]
    [InlineData("""{"type":"Resync","keep":"blue","confirm":"shoop"}""", HttpStatusCode.UnprocessableEntity, "confirm")]
    [InlineData("""{"type":"Resync","keep":"red","confirm":"shop"}""", HttpStatusCode.UnprocessableEntity, "blue or green")]
    [InlineData("""{"type":"FailOver"}""", HttpStatusCode.Conflict, "Fail over on green")]
    [InlineData("""{"type":"Sync","keep":"blue"}""", HttpStatusCode.UnprocessableEntity, "keep is for Resync")]
    [InlineData("""{"type":"Sync","force":true}""", HttpStatusCode.BadRequest, "force")]
    [InlineData("""{}""", HttpStatusCode.UnprocessableEntity, "FailOver")]
    [InlineData("""{"type":"Explode"}""", HttpStatusCode.BadRequest, "type")]
    public async Task What_makes_no_sense_is_refused_with_words_and_nothing_is_written(string body, HttpStatusCode status, string word)
    {
        await using var web = await StartAsync();

        var problem = await PostAsync(web.Client(web.Users.Admin()), $"{Mirrors}/shop/operations", body, status);

        problem["detail"].Text().ShouldNotBeNull(problem.ToJsonString()).ShouldContain(word);
        web.Api.Requests.ShouldNotContain(r => r.Writes && r.Kind.Group == WellKnown.Group);
    }

    [Fact]
    public async Task A_fail_over_from_what_is_known_to_differ_wants_the_applications_name()
    {
        var damage = new MirrorDamage(Shop.Group(3), Shop.Ago(60), [new("shop/data", "pvc-1", DamagedCopy.Secondary, 1, [new(0, 1)])]);
        await using var web = await StartAsync(api => api.Seed(Shop.Replica(s => s with { Damage = damage })));
        var client = web.Client(web.Users.Admin());

        foreach (var body in new[] { """{"type":"FailOver"}""", """{"type":"FailOver","confirm":"shoop"}""" })
        {
            var refused = (await PostAsync(client, $"{Mirrors}/shop/operations", body, HttpStatusCode.Conflict)).ToJsonString();
            refused.ShouldContain($"{Shop.Group(3)} is known to differ from green");
            refused.ShouldContain($"Choose {Shop.Group(2)}");
        }

        web.Api.Requests.ShouldNotContain(r => r.Writes && r.Kind.Kind == "AppMirror");
        await PostAsync(client, $"{Mirrors}/shop/operations", """{"type":"FailOver","confirm":"shop"}""", HttpStatusCode.Accepted);
    }

    [Fact]
    public async Task Whoever_may_only_look_changes_nothing_at_all()
    {
        await using var web = await StartAsync();
        web.Api.Seed(Info());
        var client = web.Client(web.Users.Add("guest", "get,list,watch * *"));

        foreach (var (path, body) in new[]
        {
            ($"{Mirrors}/shop/operations", """{"type":"Sync"}"""), ($"{Mirrors}/shop/pause", ""), ($"{Mirrors}/shop/resume", ""),
            ("namespaces/other/mirrors", """{"application":"other","peer":"green","define":true}"""), ("namespaces/shop/applications", """{"name":"x"}"""),
            ("namespaces/shop/snapshots", """{"application":"shop"}"""), ("peers/invitations", "{}"), ("pools/blue-main/manage", ""), ("pools/blue-main/unmanage", "{}"),
        })
            (await PostAsync(client, path, body, HttpStatusCode.Forbidden))["detail"].Text()!.ShouldContain("guest may not");
        foreach (var path in new[] { $"{Mirrors}/shop", $"{Mirrors}/shop?force=true", "peers/green", "namespaces/shop/snapshots/before" })
            (await client.DeleteAsync($"/api/v1/{path}", Ct)).StatusCode.ShouldBe(HttpStatusCode.Forbidden);

        // Tonari's own writes: the keys of sessions, and the journal, which notes what was refused.
        web.Api.Requests.ShouldNotContain(r => r.Writes && r.User != null);
        web.Api.Requests.ShouldNotContain(
            r => r.Writes && !r.Kind.Kind.EndsWith("Review", StringComparison.Ordinal) && r.Name != "tonari-web-keys" && r.Name != Journal.ActivityJournal.Name);
    }

    [Fact]
    public async Task A_mirror_is_configured_with_its_application_and_appears_among_the_others()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin());

        var made = await PostAsync(
            client, "namespaces/bank/mirrors", """{"application":"bank","peer":"green","schedule":"1m","wantedRpo":"5m","define":true}""", HttpStatusCode.Created);

        made["name"].Text().ShouldBe("bank");
        var mirror = await web.Api.GetAsync<AppMirror>("bank", "bank", Ct);
        (mirror.Spec.MirrorId!.Length, mirror.Spec.Schedule, mirror.Spec.EffectiveWantedRpo, mirror.Spec.Retain)
            .ShouldBe((10, GoDuration.FromMinutes(1), TimeSpan.FromMinutes(5), 3));
        (await web.Api.FindAsync<Application>("bank", "bank", Ct)).ShouldNotBeNull();
        await web.SeenAsync(s => s.Mirrors.Find("bank", "bank") is not null);
        (await PostAsync(client, "namespaces/bank/mirrors", """{"application":"bank","peer":"green"}""", HttpStatusCode.Conflict))["detail"].Text()!.ShouldContain("already");
        (await PostAsync(client, "namespaces/x/mirrors", """{"application":"x","peer":"red"}""", HttpStatusCode.Conflict))["detail"].Text()!.ShouldContain("no neighbour red");
        (await PostAsync(client, "namespaces/x/mirrors", """{"application":"x","peer":"green","schedule":"5s"}""", HttpStatusCode.UnprocessableEntity))["detail"].Text()!.ShouldContain("10s");
    }

    [Fact]
    public async Task A_mirror_is_paused_resumed_and_deleted_with_its_wishes_written_first()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin());

        await PostAsync(client, $"{Mirrors}/shop/pause", "", HttpStatusCode.NoContent);
        (await web.Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec.Paused.ShouldBeTrue();
        await PostAsync(client, $"{Mirrors}/shop/resume", "", HttpStatusCode.NoContent);
        (await web.Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec.Paused.ShouldBeFalse();
        (await client.DeleteAsync($"/api/v1/{Mirrors}/shop?force=true&keepReplicaVolumes=true", Ct)).StatusCode.ShouldBe(HttpStatusCode.Accepted);

        var last = web.Api.Requests.Where(r => r.Writes && r.Kind.Kind == "AppMirror").TakeLast(2).ToList();
        last.Select(r => r.Verb).ShouldBe(["patch", "delete"]);
        last[0].Body!.Annotation(WellKnown.ForceDeleteAnnotation).ShouldBe("true");
        last[0].Body.At("spec", "replicaVolumesOnDelete").Text().ShouldBe("Keep");
    }

    [Fact]
    public async Task Two_clusters_pair_by_an_invitation_that_only_the_other_one_accepts()
    {
        await using var web = await StartAsync();
        web.Api.Seed(Info());
        var client = web.Client(web.Users.Admin());

        var invitation = await PostAsync(client, "peers/invitations", """{"lifetime":"10m"}""", HttpStatusCode.Created);

        var token = PairingToken.Decode(invitation["token"].Text()!, out _)!;
        token.Expires.ShouldBe(Shop.Now.AddMinutes(10));
        var invite = (await web.Api.ListAsync<V1Secret>("tonari-system", Ct)).Single(s => s.Type == PairingObjects.InviteType);
        PairingObjects.Matches(invite, token.Secret).ShouldBeTrue();
        (await PostAsync(client, "peers/joins", $$"""{"token":"{{token.Encode()}}"}""", HttpStatusCode.Conflict))["detail"].Text()!.ShouldContain("itself");
        var join = await PostAsync(client, "peers/joins", $$"""{"token":"{{(token with { Fingerprint = new string('c', 64) }).Encode()}}"}""", HttpStatusCode.Accepted);
        JsonNode.Parse(await client.GetStringAsync($"/api/v1/peers/joins/{join["id"].Text()}", Ct))!["outcome"].Text().ShouldBe("Pending");
        (await client.GetAsync("/api/v1/peers/joins/none", Ct)).StatusCode.ShouldBe(HttpStatusCode.NotFound);
        (await client.DeleteAsync("/api/v1/peers/green", Ct)).StatusCode.ShouldBe(HttpStatusCode.Conflict); // a mirror needs it
    }

    [Fact]
    public async Task A_pool_with_volumes_is_not_let_go_without_force()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin());
        web.Api.Seed(Shop.Pool("blue-bad", managed: false, usable: false));

        (await PostAsync(client, "pools/blue-main/unmanage", "{}", HttpStatusCode.Conflict))["detail"].Text()!.ShouldContain("2 volumes live");
        (await PostAsync(client, "pools/blue-bad/manage", "", HttpStatusCode.Conflict))["detail"].Text()!.ShouldContain("reflinks");
        (await PostAsync(client, "pools/blue-main/unmanage", """{"force":true}""", HttpStatusCode.OK))["managed"]!.GetValue<bool>().ShouldBeFalse();
        (await PostAsync(client, "pools/blue-main/manage", "", HttpStatusCode.OK))["managed"]!.GetValue<bool>().ShouldBeTrue();
    }

    private static V1ConfigMap Info() => new()
    {
        Metadata = new V1ObjectMeta { Name = PairingObjects.InfoName, NamespaceProperty = "tonari-system" },
        Data = new Dictionary<string, string>
        {
            [PairingObjects.InfoClusterName] = "blue",
            [PairingObjects.InfoPeerEndpoint] = "blue.example:7443",
            [PairingObjects.InfoFingerprint] = new string('b', 64),
        },
    };

    private static async Task<JsonObject> PostAsync(HttpClient client, string path, string body, HttpStatusCode expected)
    {
        using var content = body.Length == 0 ? null : new StringContent(body, null, "application/json");
        var response = await client.PostAsync($"/api/v1/{path}", content, Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        response.StatusCode.ShouldBe(expected, text);
        return text.Length == 0 ? [] : JsonNode.Parse(text)!.AsObject();
    }

    private static async Task<TestWeb> StartAsync(Action<FakeKubernetesApi>? but = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        but?.Invoke(api);
        return await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
    }
}
