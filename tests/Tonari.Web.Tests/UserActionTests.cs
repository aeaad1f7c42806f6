using System.Net;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>What users change is changed in their names.</summary>
public sealed class UserActionTests
{
    private const string Pause = "/api/v1/namespaces/shop/mirrors/shop/pause";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_write_of_a_user_is_made_in_his_name()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin("alice"));

        foreach (var (path, body) in new[]
        {
            ("namespaces/shop/mirrors/shop/operations", """{"type":"Sync"}"""), ("namespaces/shop/mirrors/shop/pause", ""),
            ("namespaces/bank/mirrors", """{"application":"bank","peer":"green","define":true}"""), ("namespaces/shop/snapshots", """{"application":"shop"}"""),
            ("pools/blue-main/unmanage", """{"force":true}"""),
        })
        {
            using var content = body.Length == 0 ? null : new StringContent(body, null, "application/json");
            (await client.PostAsync($"/api/v1/{path}", content, Ct)).IsSuccessStatusCode.ShouldBeTrue(path);
        }
        await client.DeleteAsync("/api/v1/namespaces/shop/snapshots/before", Ct);
        await client.DeleteAsync("/api/v1/namespaces/shop/mirrors/shop?force=true", Ct);

        var writes = web.Api.Requests.Where(r => r.Writes && r.Kind.Group == WellKnown.Group).ToList();
        writes.Count.ShouldBe(9);
        writes.ShouldAllBe(r => r.User != null && r.User.Name == "alice" && r.User.Groups.Contains("system:authenticated"));
    }

    [Fact]
    public async Task What_the_API_server_refuses_although_the_review_allowed_it_is_said_plainly()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin("alice"));
        web.Api.OnActing = (_, _) => false;

        var refused = await client.PostAsync(Pause, null, Ct);

        refused.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        (await refused.Content.ReadAsStringAsync(Ct)).ShouldContain("Kubernetes does not let alice do this. It says: ");
        (await web.Api.GetAsync<AppMirror>("shop", "shop", Ct)).Spec.Paused.ShouldBeFalse();
    }

    [Fact]
    public async Task A_controller_that_may_act_for_nobody_does_not_blame_the_user()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Admin("alice"));
        web.Api.OnRequest = r =>
        {
            if (r.User is not null)
                throw new ApiForbiddenException("users \"alice\" is forbidden: User \"tonari\" cannot impersonate resource \"users\"", HttpStatusCode.Forbidden);
        };

        (await client.PostAsync(Pause, null, Ct)).StatusCode.ShouldBe(HttpStatusCode.BadGateway);
    }

    private static async Task<TestWeb> StartAsync()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        return await TestWeb.StartAsync(api);
    }
}
