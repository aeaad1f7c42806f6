using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What one may do is told beforehand, with the permission that is missing.</summary>
public sealed class RightsTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_move_says_whether_the_caller_may_make_it()
    {
        await using var web = await StartAsync();

        var clerk = await MovesAsync(web, web.Users.Add("clerk", "get,patch appmirrors shop"));
        var guest = await MovesAsync(web, web.Users.Add("guest", "get appmirrors shop"));

        (clerk["Pause"]!["can"]!.GetValue<bool>(), clerk["Pause"].At("allowed", "may")!.GetValue<bool>()).ShouldBe((true, true));
        clerk["Delete"].At("allowed", "missing").Text().ShouldBe("delete appmirrors.tonari.dev in namespace shop");
        (guest["Pause"]!["can"]!.GetValue<bool>(), guest["Pause"].At("allowed", "user").Text()).ShouldBe((false, "guest"));
        guest["Pause"].At("allowed", "missing").Text().ShouldBe("patch appmirrors.tonari.dev in namespace shop");
        guest["Pause"]!["hindrance"].ShouldBeNull();
    }

    [Fact]
    public async Task A_role_about_one_mirror_suffices_for_its_moves()
    {
        await using var web = await StartAsync();
        web.Users.Add("keeper", "get appmirrors shop");
        web.Users.Allow("keeper", "patch", "appmirrors", "shop", "shop");

        (await MovesAsync(web, "token-of-keeper"))["Pause"]!["can"]!.GetValue<bool>().ShouldBeTrue();
    }

    [Fact]
    public async Task What_one_may_in_a_namespace_and_with_the_cluster_can_be_asked_for()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Add("builder", "create appmirrors,applications shop", "create secrets tonari-system"));

        var rights = JsonNode.Parse(await client.GetStringAsync("/api/v1/namespaces/shop/rights", Ct))!;
        var cluster = JsonNode.Parse(await client.GetStringAsync("/api/v1/rights", Ct))!;

        May(rights).ShouldBe(["configure", "defineApplication"]);
        rights.At("takeSnapshot", "missing").Text().ShouldBe("create appsnapshots.tonari.dev in namespace shop");
        May(cluster).ShouldBe(["invite"]);
        cluster.At("managePool", "missing").Text().ShouldBe("patch storagepools.tonari.dev");
    }

    private static IEnumerable<string> May(JsonNode rights) =>
        rights.AsObject().Where(p => p.Value is JsonObject o && o["may"]!.GetValue<bool>()).Select(p => p.Key).Order(StringComparer.Ordinal);

    private static async Task<Dictionary<string, JsonNode?>> MovesAsync(TestWeb web, string token) =>
        JsonNode.Parse(await web.Client(token).GetStringAsync("/api/v1/namespaces/shop/mirrors/shop", Ct))!["moves"]!.AsArray().ToDictionary(m => m!["kind"].Text()!, m => m);

    private static async Task<TestWeb> StartAsync()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        return await TestWeb.StartAsync(api);
    }
}
