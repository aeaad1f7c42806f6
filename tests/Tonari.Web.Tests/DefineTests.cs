using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Defining applications over the REST API, and looking at what a definition would hold.</summary>
public sealed class DefineTests
{
    private const string Things = """
        apiVersion: v1
        kind: Namespace
        metadata: {name: web}
        ---
        apiVersion: v1
        kind: Secret
        metadata: {name: password, namespace: web, labels: {app: shop}}
        data: {key: c2VjcmV0LXZhbHVl}
        ---
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: settings, namespace: web, labels: {app: other}}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: files, namespace: web, labels: {app: shop}}
        spec: {volumeName: pv-files, storageClassName: tonari}
        ---
        apiVersion: v1
        kind: PersistentVolume
        metadata: {name: pv-files}
        spec:
          capacity: {storage: 2Gi}
          csi: {driver: tonari.dev, volumeHandle: pvc-files, volumeAttributes: {pool: blue-main}}
        ---
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: waiting, namespace: web, labels: {app: shop}}
        spec: {storageClassName: tonari}
        """;

    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Who_may_define_in_both_namespaces_has_the_other_let_itself_be_taken_and_nobody_else()
    {
        await using var web = await StartAsync();
        web.Api.Seed(new k8s.Models.V1Namespace { Metadata = new k8s.Models.V1ObjectMeta { Name = "bank" } });
        const string body = """{"name":"site","namespaces":[{"name":"web"},{"name":"bank"}]}""";

        await web.Client(web.Users.Add("clerk", "get,list,create applications web")).SendAsync(HttpMethod.Post, "web/applications", body, HttpStatusCode.Forbidden);
        (await ConsentAsync()).ShouldBeNull();
        await web.Client(web.Users.Add("owner", "get,list,create applications web", "get,list,create applications bank"))
            .SendAsync(HttpMethod.Post, "web/applications", body, HttpStatusCode.Created);
        (await ConsentAsync()).ShouldBe("web");

        async Task<string?> ConsentAsync() => (await web.Api.FindAsync(ResourceKind.Of<k8s.Models.V1Namespace>(), null, "bank", Ct))!.Annotation("tonari.dev/applications");
    }

    [Fact]
    public async Task A_preview_shows_just_what_a_capture_would_hold_and_no_contents()
    {
        await using var web = await StartAsync();

        var preview = await PreviewAsync(web, web.Users.Admin(), """{"namespaces":[{"name":"web","selector":"app=shop"}]}""");

        Kinds(preview).ShouldBe(["Namespace 1 /web", "Secret 1 web/password"]);
        preview.ToJsonString().ShouldNotContain("c2VjcmV0");
        preview["volumes"]!.AsArray().Select(v => (v!["claim"].Text(), v["replicable"]!.GetValue<bool>(), v["sizeBytes"]!.GetValue<long>(), v["pool"].Text())).ShouldBe(
            [("files", true, 2L << 30, "blue-main"), ("waiting", false, 0, null)]);
        preview["volumes"]![1]!["reason"].Text()!.ShouldContain("not bound");
        web.Api.Requests.Where(r => r.Writes && r.User is not null).ShouldBeEmpty();
    }

    [Fact]
    public async Task Nobody_takes_a_namespace_into_an_application_where_he_could_not_define_one()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Add("clerk", "create,patch applications shop"));
        const string Reaching = """{"name":"x","namespaces":[{"name":"shop"},{"name":"web"}]}""";

        foreach (var (method, path) in new[] { (HttpMethod.Post, "applications"), (HttpMethod.Put, "applications/x") })
        {
            using var request = new HttpRequestMessage(method, $"/api/v1/namespaces/shop/{path}") { Content = new StringContent(Reaching, Encoding.UTF8, "application/json") };
            var answer = await client.SendAsync(request, Ct);
            answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
            (await answer.Content.ReadAsStringAsync(Ct)).ShouldContain("create applications.tonari.dev in namespace web");
        }
        web.Api.Requests.ShouldNotContain(r => r.Writes && r.Kind.Kind == "Application");
    }

    [Fact]
    public async Task Nobody_sees_names_he_could_not_list_and_is_told_what_he_does_not_see()
    {
        await using var web = await StartAsync();
        var token = web.Users.Add("clerk", "list configmaps web", "list persistentvolumeclaims web");

        var preview = await PreviewAsync(web, token, """{"namespaces":[{"name":"web"}]}""");

        Kinds(preview).ShouldBe(["ConfigMap 1 web/settings"]);
        preview.ToJsonString().ShouldNotContain("password");
        preview["unseen"]!.AsArray().Select(u => $"{u!["kind"].Text()} {u["namespace"].Text()}").ShouldContain("Secret web");
        // Where the volume of a claim that he may see is kept is said all the same.
        preview["volumes"]![0]!["replicable"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task Of_very_many_objects_all_are_counted_and_the_first_are_named()
    {
        await using var web = await StartAsync(api =>
        {
            for (var i = 0; i < 300; i++)
                api.Seed(new k8s.Models.V1ConfigMap { Metadata = Shop.Meta($"map-{i:d3}", "many") });
        });

        var preview = await PreviewAsync(web, web.Users.Admin(), """{"namespaces":[{"name":"many"}]}""");

        var maps = preview["kinds"]!.AsArray().ShouldHaveSingleItem()!;
        (maps["count"]!.GetValue<int>(), maps["first"]!.AsArray().Count, maps["first"]![0]!["name"].Text()).ShouldBe((300, PreviewView.NamesOfAKind, "map-000"));
    }

    [Fact]
    public async Task An_application_is_defined_changed_and_forgotten_but_not_while_it_is_replicated()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Add("clerk", "create,patch,delete,get applications web", "delete applications shop"));

        var made = await client.SendAsync(HttpMethod.Post, "web/applications", """{"name":"site","namespaces":[{"name":"web","selector":"app=shop"}]}""", HttpStatusCode.Created);
        await client.SendAsync(HttpMethod.Put, "web/applications/site", """{"namespaces":[{"name":"web"}],"excludes":[{"kind":"Secret","name":"password"}]}""", HttpStatusCode.NoContent);
        var kept = await web.Api.GetAsync<Application>("web", "site", Ct);
        await client.SendAsync(HttpMethod.Delete, "web/applications/site", null, HttpStatusCode.NoContent);
        var refused = await client.SendAsync(HttpMethod.Delete, "shop/applications/shop", null, HttpStatusCode.Conflict);

        made.At("definition", "namespaces")![0]!["selector"].Text().ShouldBe("app=shop");
        kept.Spec.Namespaces.ShouldHaveSingleItem().Selector.ShouldBeNull();
        kept.Spec.Excludes.ShouldHaveSingleItem().Name.ShouldBe("password");
        (await web.Api.FindAsync<Application>("web", "site", Ct)).ShouldBeNull();
        refused["detail"].Text().ShouldBe("shop is replicated by the mirror shop. End that replication first.");
        web.Api.Requests.Where(r => r.Writes && r.Kind.Kind == "Application").ShouldAllBe(r => r.User!.Name == "clerk");
    }

    [Theory]
    [InlineData("""{"name":"site","namespaces":[{"name":"web","selector":"app in shop"}]}""", "namespaces[0].selector: 'app in shop' is not understood.")]
    [InlineData("""{"namespaces":[{"name":"web"}]}""", "name: Give the application a name.")]
    public async Task What_makes_no_sense_is_named(string body, string sentence)
    {
        await using var web = await StartAsync();

        var refused = await web.Client(web.Users.Admin()).SendAsync(HttpMethod.Post, "web/applications", body, HttpStatusCode.UnprocessableEntity);

        refused["detail"].Text()!.ShouldStartWith(sentence);
    }

    [Theory]
    [InlineData("/applications/define?namespace=web", "Define an application", "value=\"web\"")]
    [InlineData("/applications/shop/shop/edit", "Change shop", "value=\"shop\"")]
    public async Task There_is_a_page_for_it(string path, params string[] words)
    {
        await using var web = await StartAsync();
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Admin(), "/");

        var page = WebUtility.HtmlDecode(await client.GetStringAsync(path, Ct));

        foreach (var word in words)
            page.ShouldContain(word);
    }

    private static IEnumerable<string> Kinds(JsonNode preview) =>
        preview["kinds"]!.AsArray().Select(k => $"{k!["kind"].Text()} {k["count"]} {string.Join(' ', k["first"]!.AsArray().Select(o => $"{o!["namespace"].Text()}/{o["name"].Text()}"))}");

    private static Task<JsonNode> PreviewAsync(TestWeb web, string token, string body) =>
        web.Client(token).SendAsync(HttpMethod.Post, "web/applications/preview", body, HttpStatusCode.OK);

    private static async Task<TestWeb> StartAsync(Action<FakeKubernetesApi>? more = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        api.SeedYaml(Things);
        more?.Invoke(api);
        return await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
    }
}
