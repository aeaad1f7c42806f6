using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Testing;
using Tonari.Web.Tests.Support;
using Tonari.Web.Views;

namespace Tonari.Web.Tests;

/// <summary>Asking both clusters before anything is saved.</summary>
public sealed class PreflightTests
{
    private const string Path = "/api/v1/namespaces/bank/mirrors/preflight";
    private const string Bank = """{"application":"bank","peer":"green","schedule":"1m","namespaceMapping":{"bank":"bank-dr"},"rateLimitBytesPerSecond":1048576,"define":true}""";
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_would_be_configured_is_what_is_checked_and_nothing_is_made()
    {
        await using var web = await StartAsync();
        web.Preflight.Report = FakePreflight.Failing(PreflightCheckName.StorageClassesExist, forbids: true, "On green: there is no storage class tonari here.");

        var report = await AskAsync(web, web.Users.Add("clerk", "create appmirrors bank"), Bank, HttpStatusCode.OK);

        var (wanted, define) = web.Preflight.Asked!.Value;
        define.ShouldBeTrue();
        (wanted.Namespace, wanted.Name, wanted.Spec.Peer, wanted.Spec.NamespaceMapping["bank"], wanted.Spec.RateLimitBytesPerSecond)
            .ShouldBe(("bank", "bank", "green", "bank-dr", 1 << 20));
        wanted.Spec.MirrorId!.Length.ShouldBe(10);
        report["canSave"]!.GetValue<bool>().ShouldBeFalse();
        var failed = report["checks"]!.AsArray().Single(c => c!["outcome"].Text() == "Failed")!;
        (failed["cluster"].Text(), failed["side"].Text(), failed["name"].Text(), failed["message"].Text())
            .ShouldBe(("green", "There", "StorageClassesExist", "On green: there is no storage class tonari here."));
        report["storageClasses"]!.AsArray().Select(c => c.Text()).ShouldBe(["tonari", "tonari-fast"]);
        web.Api.Requests.ShouldNotContain(r => r.Writes && r.Kind.Group == WellKnown.Group);
    }

    [Fact]
    public async Task Whoever_may_not_configure_it_may_not_ask_what_is_in_it()
    {
        await using var web = await StartAsync();

        var problem = await AskAsync(web, web.Users.Add("guest", "get,list,watch * *", "create appmirrors other"), Bank, HttpStatusCode.Forbidden);

        problem["detail"].Text()!.ShouldContain("guest may not create appmirrors.tonari.dev in namespace bank");
        web.Preflight.Asked.ShouldBeNull();
    }

    [Theory]
    [InlineData("""{"application":"bank"}""", "peer")]
    [InlineData("""{"application":"bank","peer":"green","schedule":"3s"}""", "10s")]
    [InlineData("""{"application":"bank","peer":"green","namespaceMapping":{"a":"x","b":"x"}}""", "same one")]
    [InlineData("""{"application":"bank","peer":"green","rateLimitBytesPerSecond":0}""", "at least 1")]
    [InlineData("""{"application":"bank","peer":"green","wantedRpo":"0s"}""", "wantedRpo")]
    public async Task What_could_never_be_configured_is_not_asked(string body, string word)
    {
        await using var web = await StartAsync();

        var problem = await AskAsync(web, web.Users.Admin(), body, HttpStatusCode.UnprocessableEntity);

        problem["detail"].Text()!.ShouldContain(word);
        web.Preflight.Asked.ShouldBeNull();
    }

    private static async Task<JsonNode> AskAsync(TestWeb web, string token, string body, HttpStatusCode status)
    {
        var response = await web.Client(token).PostAsync(Path, new StringContent(body, Encoding.UTF8, "application/json"), Ct);
        var text = await response.Content.ReadAsStringAsync(Ct);
        response.StatusCode.ShouldBe(status, text);
        return JsonNode.Parse(text)!;
    }

    private static async Task<TestWeb> StartAsync()
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        return await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
    }
}
