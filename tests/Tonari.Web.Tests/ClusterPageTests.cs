using System.Net;
using Microsoft.Extensions.Time.Testing;
using Tonari.Testing;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Clusters and storage, as they are first sent.</summary>
public sealed class ClusterPageTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_neighbour_that_is_used_cannot_be_removed_and_one_that_is_not_can()
    {
        var page = await PageAsync("/clusters", api => api.Seed(Shop.Peer("yellow")));

        Button(page, "why-green").ShouldContain("disabled");
        page.ShouldContain("Mirrors that use it: 1.");
        Button(page, "why-yellow").ShouldNotContain("disabled");
    }

    [Fact]
    public async Task Whoever_may_only_look_is_told_by_the_buttons_what_he_lacks()
    {
        var page = await PageAsync("/clusters", api => api.Seed(Shop.Peer("yellow")), web => web.Users.Add("reader", "list * *", "get * *"));

        page.ShouldContain("reader may not create secrets in namespace tonari-system.");
        page.ShouldContain("reader may not delete clusterpeers.tonari.dev.");
    }

    [Fact]
    public async Task Pools_that_are_used_and_pools_that_could_be_stand_apart_each_with_why_not()
    {
        var page = await PageAsync("/storage", api =>
        {
            api.Seed(Shop.Pool("spare", managed: false, volumes: 0));
            api.Seed(Shop.Pool("old", managed: false, usable: false, volumes: 0));
        });

        var discovered = page.IndexOf("Discovered pools", StringComparison.Ordinal);
        page.IndexOf("blue-main", StringComparison.Ordinal).ShouldBeLessThan(discovered);
        page.IndexOf(">spare<", StringComparison.Ordinal).ShouldBeGreaterThan(discovered);
        page.ShouldContain("Volumes in it: 2");
        page.ShouldContain("ext4 has no reflinks");
        Button(page, "why-blue-main").ShouldContain("disabled");
        Button(page, "why-spare").ShouldNotContain("disabled");
        Button(page, "why-old").ShouldContain("disabled");
        page.ShouldContain("only those of tonari.dev can be replicated");
    }

    [Fact]
    public async Task A_pool_with_damaged_files_names_them()
    {
        var page = await PageAsync("/storage", api => api.Seed(Shop.Damaged("hurt", "The file 'a' is damaged.")));

        page.ShouldContain("<details><summary>Which files</summary>The file 'a' is damaged.</details>");
        page.Split("<details>").Length.ShouldBe(2);
    }

    private static string Button(string page, string why)
    {
        var end = page.IndexOf($"aria-describedby=\"{why}\"", StringComparison.Ordinal);
        end.ShouldBeGreaterThan(0, why);
        var start = page.LastIndexOf("<button", end, StringComparison.Ordinal);
        return page[start..page.IndexOf('>', end)];
    }

    private static async Task<string> PageAsync(string path, Action<FakeKubernetesApi>? more = null, Func<TestWeb, string>? user = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        more?.Invoke(api);
        await using var web = await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, user?.Invoke(web) ?? web.Users.Admin(), "/");
        return WebUtility.HtmlDecode(await client.GetStringAsync(path, Ct));
    }
}
