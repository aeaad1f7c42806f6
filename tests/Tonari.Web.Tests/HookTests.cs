using System.Net;
using k8s.Models;
using Microsoft.Extensions.Time.Testing;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Testing;
using Tonari.Web.Actions;
using Tonari.Web.Components.Hooks;
using Tonari.Web.Tests.Support;

namespace Tonari.Web.Tests;

/// <summary>Hooks are made, changed and deleted, and it is shown beforehand where they would run.</summary>
public sealed class HookTests
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;

    [Fact]
    public void Everything_that_is_wrong_with_a_hook_is_said_at_its_place()
    {
        var problems = HookDefinitions.Check(
            new HookRequest("Bad name", Stages: [], Command: [""], Timeout: GoDuration.FromMinutes(90), PodLabels: "a in b", PodNamespace: "kube-system", ContainerImage: "(postgres"),
            ["shop"]);

        problems.Select(p => (p.Field, p.Fault)).ShouldBe(
        [
            ("name", HookFault.BadName), ("stages", HookFault.NoStage), ("command", HookFault.NoCommand), ("timeout", HookFault.BadTimeout),
            ("podLabels", HookFault.BadLabels), ("containerImage", HookFault.BadImage), ("podNamespace", HookFault.ForeignNamespace),
        ]);
        problems[4].Sentence.ShouldStartWith("podLabels: 'a in b' is not understood.");
    }

    [Fact]
    public void What_one_begins_with_is_right_and_survives_the_form()
    {
        HookTemplates.All.Keys.ShouldBe(Enum.GetValues<HookTemplate>());
        foreach (var (template, request) in HookTemplates.All)
        {
            HookDefinitions.Check(request).ShouldBeEmpty(template.ToString());
            var kept = new ExecHook { Metadata = Shop.Meta(request.Name!, "shop"), Spec = HookDefinitions.Read(HookForm.Of(request).ToRequest("shop")) };
            (kept.Spec.Application, kept.Spec.Command, kept.Spec.OnFailure).ShouldBe(("shop", kept.Spec.Command, request.OnFailure));
            kept.Spec.Command.ShouldBe(request.Command);
            HookDefinitions.Write(kept).ContainerImage.ShouldBe(request.ContainerImage);
        }
    }

    [Fact]
    public async Task A_hook_is_made_changed_as_a_whole_and_deleted_in_the_callers_name()
    {
        await using var web = await StartAsync();
        var client = web.Client(web.Users.Add("clerk", "create,patch,delete exechooks shop"));

        await client.SendAsync(HttpMethod.Post, "shop/hooks", """
            {"name":"flush","application":"shop","stages":["PostSnapshot","PreSnapshot"],"command":["sh","-c","sync"],"podLabels":"app=db,tier in (a,b)","containerImage":"postgres","timeout":"5s","onFailure":"Warn"}
            """, HttpStatusCode.Created);
        var made = await web.Api.GetAsync<ExecHook>("shop", "flush", Ct);
        await client.SendAsync(HttpMethod.Put, "shop/hooks/flush", """{"stages":["PreSnapshot"],"command":["sync"],"podLabels":"app=web"}""", HttpStatusCode.OK);
        var changed = await web.Api.GetAsync<ExecHook>("shop", "flush", Ct);
        await client.SendAsync(HttpMethod.Delete, "shop/hooks/flush", null, HttpStatusCode.NoContent);

        made.Spec.Selector.PodSelector.ToQuery().ShouldBe("app=db,tier in (a,b)");
        (made.Spec.Timeout, made.Spec.OnFailure).ShouldBe((GoDuration.FromSeconds(5), HookFailurePolicy.Warn));
        made.Spec.Stages.ShouldBe([HookStage.PreSnapshot, HookStage.PostSnapshot]);
        // Nothing of what it was is left.
        changed.Spec.Selector.PodSelector.ToQuery().ShouldBe("app=web");
        (changed.Spec.Application, changed.Spec.Selector.ContainerImage, changed.Spec.Timeout, changed.Spec.OnFailure)
            .ShouldBe(("", null, GoDuration.FromSeconds(30), HookFailurePolicy.Abort));
        (await web.Api.FindAsync<ExecHook>("shop", "flush", Ct)).ShouldBeNull();
        web.Api.Requests.Where(r => r.Writes && r.Kind.Kind == "ExecHook").ShouldAllBe(r => r.User!.Name == "clerk");
    }

    [Fact]
    public async Task A_hook_that_would_reach_another_applications_containers_is_refused()
    {
        await using var web = await StartAsync();

        var refused = await web.Client(web.Users.Admin()).SendAsync(
            HttpMethod.Post, "shop/hooks", """{"name":"peek","application":"shop","stages":["PreSnapshot"],"command":["ls"],"podNamespace":"bank"}""",
            HttpStatusCode.UnprocessableEntity);

        refused["detail"].Text().ShouldBe("podNamespace: bank is not one of the application's namespaces; a hook reaches no other.");
    }

    [Fact]
    public async Task Where_it_would_run_is_shown_to_those_who_may_list_pods()
    {
        await using var web = await StartAsync(api =>
        {
            api.Seed(Pod("db-0", "example.org/postgres:15", running: true));
            api.Seed(Pod("db-1", "example.org/postgres:15", running: false));
            api.Seed(Pod("web-0", "example.org/web:2", running: true));
        });
        const string Hook = """{"containerImage":"(^|/)postgres(:|@|$)"}""";

        var found = await web.Client(web.Users.Add("clerk", "list pods shop")).SendAsync(HttpMethod.Post, "shop/hooks/preview", Hook, HttpStatusCode.OK);
        var refused = await web.Client(web.Users.Add("guest")).SendAsync(HttpMethod.Post, "shop/hooks/preview", Hook, HttpStatusCode.Forbidden);

        found.ToJsonString().ShouldBe("""{"namespace":"shop","containers":[{"pod":"db-0","container":"main","image":"example.org/postgres:15"}]}""");
        refused["detail"].Text()!.ShouldContain("guest may not list pods in namespace shop");
    }

    [Theory]
    [InlineData("/applications/shop/shop/hooks", "checkpoint", "Before a snapshot", "psql -c checkpoint", "hook?template=Postgres", "hook/checkpoint")]
    [InlineData("/applications/shop/shop/hook?template=postgres", "New hook", "postgres-checkpoint", "--command=CHECKPOINT")]
    [InlineData("/applications/shop/shop/hook/checkpoint", "Change the hook checkpoint", "psql")]
    [InlineData("/applications/shop/shop/snapshots", "before", "ready", "21ms", "keeps the newest 3 on both sides", "on both sides")]
    [InlineData("/applications/shop/shop", "If blue were lost now, green could start it with everything written until 40s ago.", "8 GiB", "blue-main", "applications/shop/shop/edit")]
    public async Task An_applications_page_shows_what_there_is(string path, params string[] words)
    {
        await using var web = await StartAsync();
        var (client, _) = SessionTests.Browser(web);
        await SessionTests.SignInAsync(client, web.Users.Admin(), "/");

        var page = WebUtility.HtmlDecode(await client.GetStringAsync(path, Ct));

        foreach (var word in words)
            page.ShouldContain(word);
    }

    private static V1Pod Pod(string name, string image, bool running) => new()
    {
        Metadata = Shop.Meta(name, "shop"),
        Spec = new V1PodSpec { Containers = [new V1Container { Name = "main", Image = image }] },
        Status = new V1PodStatus
        {
            Phase = running ? "Running" : "Pending",
            ContainerStatuses = running
                ? [new V1ContainerStatus { Name = "main", Image = image, ImageID = "x", State = new V1ContainerState { Running = new V1ContainerStateRunning() } }]
                : [],
        },
    };

    private static async Task<TestWeb> StartAsync(Action<FakeKubernetesApi>? more = null)
    {
        var api = new FakeKubernetesApi();
        Shop.Seed(api);
        more?.Invoke(api);
        return await TestWeb.StartAsync(api, new FakeTimeProvider(Shop.Now));
    }
}
