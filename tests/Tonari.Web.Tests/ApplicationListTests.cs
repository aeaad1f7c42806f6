using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Testing;
using Tonari.Web.Reading;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>The list of applications and of what could become one.</summary>
public sealed class ApplicationListTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replicate_is_two_clicks_from_home_and_a_found_namespace_can_be_defined()
    {
        await using var web = await StartAsync(api =>
        {
            api.Seed(Shop.App("bank", "bank"));
            api.Seed(Claim("wild", "data"));
        });

        var home = await PageAsync(web, web.Users.Admin(), "/");
        var page = await PageAsync(web, web.Users.Admin(), "/applications");

        home.ShouldContain("href=\"applications\"");
        page.ShouldContain("href=\"applications/bank/bank/configure\"");
        page.ShouldContain("href=\"applications/define?namespace=wild\"");
        page.ShouldContain("href=\"applications/shop/shop/replication\"");
    }

    [Fact]
    public async Task What_is_looked_for_stands_in_the_address()
    {
        await using var web = await StartAsync(api => api.Seed(Shop.App("bank", "bank")));
        var token = web.Users.Admin();

        var bare = await PageAsync(web, token, "/applications?protection=NotReplicated");
        var none = await PageAsync(web, token, "/applications?q=violet");

        bare.ShouldContain("href=\"applications/bank/bank\"");
        bare.ShouldNotContain("href=\"applications/shop/shop\"");
        none.ShouldContain("No application matches.");
        none.ShouldContain("value=\"violet\"");
    }

    [Fact]
    public async Task The_other_side_shows_an_application_that_is_only_a_replica_there_and_its_page_works()
    {
        var api = new FakeKubernetesApi();
        api.Seed(Shop.Replica());
        await using var web = await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
        var token = web.Users.Admin();

        var page = await PageAsync(web, token, "/applications");

        page.ShouldContain("green → blue");
        page.ShouldContain("only the replica is here");
        var one = JsonNode.Parse(await web.Client(token).GetStringAsync("/api/v1/namespaces/shop/applications/shop", Ct))!;
        (one["defined"]!.GetValue<bool>(), one["mirror"].Text()).ShouldBe((false, "shop"));
    }

    [Fact]
    public async Task Somebody_discovers_only_namespaces_whose_contents_he_may_list_and_only_that_is_counted()
    {
        await using var web = await StartAsync(api =>
        {
            api.Seed(Claim("wild", "data"));
            api.Seed(Claim("secret", "data"));
            api.Seed(new V1Deployment { Metadata = Shop.Meta("web", "wild"), Spec = new V1DeploymentSpec() });
        });
        var client = web.Client(web.Users.Add("clerk", "list persistentvolumeclaims wild", "list applications shop"));

        var found = JsonNode.Parse(await client.GetStringAsync("/api/v1/namespaces", Ct))!;
        var all = JsonNode.Parse(await web.Client(web.Users.Admin()).GetStringAsync("/api/v1/namespaces", Ct))!;

        found.ToJsonString().ShouldBe("""[{"name":"wild","claims":1,"workloads":0}]""");
        all.ToJsonString().ShouldBe("""[{"name":"secret","claims":1,"workloads":0},{"name":"wild","claims":1,"workloads":1}]""");
    }

    [Fact]
    public async Task Counting_a_whole_cluster_is_not_done_for_every_look()
    {
        var time = new FakeTimeProvider(Shop.Now);
        await using var web = await StartAsync(api => api.Seed(Claim("wild", "data")), time);
        var client = web.Client(web.Users.Admin());

        for (var i = 0; i < 3; i++)
            await client.GetStringAsync("/api/v1/namespaces", Ct);
        Lists().ShouldBe(1);
        time.Advance(NamespaceDiscovery.Memory);
        await client.GetStringAsync("/api/v1/namespaces", Ct);

        Lists().ShouldBe(2);

        int Lists() => web.Api.Requests.Count(r => r.Verb == "list" && r.Kind.Kind == "PersistentVolumeClaim");
    }

    private static V1PersistentVolumeClaim Claim(string ns, string name) => new() { Metadata = Shop.Meta(name, ns), Spec = new V1PersistentVolumeClaimSpec() };

    private static async Task<string> PageAsync(TestWeb web, string token, string path)
    {
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, token, "/");
        return WebUtility.HtmlDecode(await client.GetStringAsync(path, Ct));
    }

    private static async Task<TestWeb> StartAsync(Action<FakeKubernetesApi> more, TimeProvider? time = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        more(api);
        return await TestWeb.StartAsync(api, time ?? new FakeTimeProvider(Shop.Now));
    }
}
