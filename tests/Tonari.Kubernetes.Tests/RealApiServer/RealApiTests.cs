using System.Net;
using System.Net.Sockets;
using System.Text.Json.Nodes;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Json;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.RealApiServer;

[Collection(UsesRealApiServer.Name)]
public class RealApiTests(ApiServerFixture server)
{
    private readonly KubernetesApi _api = server.Api;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_refusal_has_its_own_exception()
    {
        await Should.ThrowAsync<ResourceNotFoundException>(_api.GetAsync<V1ConfigMap>("default", "none", Ct));
        var made = await _api.CreateAsync(ConfigMap("refusals"), Ct);
        await Should.ThrowAsync<ResourceAlreadyExistsException>(_api.CreateAsync(ConfigMap("refusals"), Ct));
        made.Data = new Dictionary<string, string> { ["a"] = "1" };
        var changed = await _api.UpdateAsync(made, Ct);
        await Should.ThrowAsync<ResourceConflictException>(_api.UpdateAsync(made, Ct));
        await Should.ThrowAsync<ResourceInvalidException>(_api.CreateAsync(ConfigMap("Not A Name"), Ct));
        using var nobody = server.ConnectAsNobody();
        await Should.ThrowAsync<ApiForbiddenException>(nobody.ListAsync<V1Secret>("default", Ct));
        await Should.ThrowAsync<ResourceConflictException>(_api.DeleteAsync(
            ResourceKind.Of<V1ConfigMap>(), "default", "refusals", new DeleteOptions { Uid = "another" }, Ct));
        (await _api.DeleteAsync<V1ConfigMap>("default", "refusals", Ct, new DeleteOptions { Uid = changed.Metadata.Uid })).ShouldBeTrue();
        (await _api.DeleteAsync<V1ConfigMap>("default", "refusals", Ct)).ShouldBeFalse();
    }

    [Fact]
    public async Task Reviews_say_whose_a_token_is_and_what_he_may()
    {
        var known = await _api.CreateAsync(new V1TokenReview { Spec = new V1TokenReviewSpec { Token = "nobody-token" } }, Ct);
        (known.Status.Authenticated, known.Status.User.Username).ShouldBe((true, "nobody"));
        known.Status.User.Groups.ShouldContain("system:authenticated");
        (await _api.CreateAsync(new V1TokenReview { Spec = new V1TokenReviewSpec { Token = "made-up" } }, Ct)).Status.Authenticated.ShouldNotBe(true);

        (await MayListMirrorsAsync("admin", "system:masters")).ShouldBeTrue();
        (await MayListMirrorsAsync("nobody", "system:authenticated")).ShouldBeFalse();
    }

    private async Task<bool> MayListMirrorsAsync(string user, string group)
    {
        var review = await _api.CreateAsync(
            new V1SubjectAccessReview
            {
                Spec = new V1SubjectAccessReviewSpec
                {
                    User = user,
                    Groups = [group],
                    ResourceAttributes = new V1ResourceAttributes { Verb = "list", Group = WellKnown.Group, Resource = "appmirrors", NamespaceProperty = "shop" },
                },
            },
            Ct);
        return review.Status.Allowed;
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_unavailable()
    {
        await using var proxy = new CuttingProxy(target: 1);
        using var nowhere = server.Connect(proxy.Port);
        await Should.ThrowAsync<ApiUnavailableException>(nowhere.GetAsync<V1ConfigMap>("default", "a", Ct));
    }

    [Fact]
    public async Task A_server_that_accepts_and_says_nothing_is_unavailable_after_its_time()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        using var api = server.Connect(((IPEndPoint)silent.LocalEndpoint).Port);
        (await Should.ThrowAsync<ApiUnavailableException>(api.GetAsync<V1ConfigMap>("default", "a", Ct))).Message.ShouldContain("no connection");
    }

    [Fact]
    public async Task A_command_in_a_pod_that_is_not_there_says_so()
    {
        var request = new ExecRequest("default", "none", "c", ["true"], TimeSpan.FromSeconds(5));
        await Should.ThrowAsync<ResourceNotFoundException>(_api.ExecAsync(request, Ct));
    }

    [Fact]
    public async Task Discovery_finds_every_kind_also_where_the_preferred_version_lacks_it()
    {
        var discovery = await _api.DiscoverAsync(refresh: true, Ct);
        discovery.Unavailable.ShouldBeEmpty();
        discovery.Find("batch", "CronJob").ShouldNotBeNull();
        discovery.Find("batch", "Job")!.Version.ShouldBe("v1");
        discovery.Find("", "Pod")!.Namespaced.ShouldBeTrue();
        discovery.Find(WellKnown.Group, "AppMirror")!.Plural.ShouldBe("appmirrors");
        discovery.Kinds.ShouldAllBe(k => !k.Plural.Contains('/'));
    }

    [Fact]
    public async Task A_list_longer_than_a_page_is_complete()
    {
        await _api.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "many" } }, Ct);
        await Parallel.ForEachAsync(Enumerable.Range(0, 520), new ParallelOptions { MaxDegreeOfParallelism = 8, CancellationToken = Ct }, async (i, ct) =>
            await _api.CreateAsync(new V1ConfigMap { Metadata = new V1ObjectMeta { Name = $"c{i}", NamespaceProperty = "many", Labels = new Dictionary<string, string> { ["n"] = "y" } } }, ct));
        (await _api.ListAsync<V1ConfigMap>("many", Ct, "n=y")).Select(c => c.Metadata.Name).Distinct().Count().ShouldBe(520);
    }

    [Fact]
    public async Task Server_side_apply_takes_over_only_with_force_and_removes_what_is_no_longer_given()
    {
        var kind = ResourceKind.Of<V1ConfigMap>();
        await _api.ApplyAsync(ConfigMap("applied", ("a", "1"), ("b", "1")), Ct);
        var other = KubeJson.ToJson(ConfigMap("applied", ("a", "2")));
        other["apiVersion"] = "v1";
        other["kind"] = "ConfigMap";
        await Should.ThrowAsync<ResourceConflictException>(_api.PatchAsync(kind, "default", "applied", new ObjectPatch.Apply(other, "other", Force: false), null, Ct));
        await _api.PatchAsync(kind, "default", "applied", new ObjectPatch.Apply(other, "other", Force: true), null, Ct);
        var back = await _api.ApplyAsync(ConfigMap("applied", ("a", "3")), Ct);
        back.Data.ShouldBe(new Dictionary<string, string> { ["a"] = "3" });
    }

    [Fact]
    public async Task Patches_do_what_their_standards_say()
    {
        await _api.CreateAsync(ConfigMap("patched", ("a", "1"), ("b", "1")), Ct);
        var merged = await _api.MergeAsync<V1ConfigMap>("default", "patched", new JsonObject { ["data"] = new JsonObject { ["a"] = null, ["c"] = "1" } }, Ct);
        merged.Data.Keys.ShouldBe(["b", "c"], ignoreOrder: true);
        var operations = new JsonArray(new JsonObject { ["op"] = "replace", ["path"] = "/data/b", ["value"] = "2" });
        var patched = await _api.PatchAsync(ResourceKind.Of<V1ConfigMap>(), "default", "patched", new ObjectPatch.Json(operations), null, Ct);
        patched.At("data", "b").Text().ShouldBe("2");
    }

    [Fact]
    public async Task An_event_counts_up_when_it_is_said_again()
    {
        var about = await _api.CreateAsync(ConfigMap("talked-about"), Ct);
        var recorder = new EventRecorder(_api, "tonari", TimeProvider.System);
        await recorder.RecordAsync(about, warning: true, "Broken", "It broke.", Ct);
        await recorder.RecordAsync(about, warning: true, "Broken", "It broke.", Ct);
        var events = await _api.ListAsync<Corev1Event>("default", Ct);
        events.Single(e => e.InvolvedObject.Uid == about.Metadata.Uid).Count.ShouldBe(2);
    }

    [Fact]
    public async Task An_informer_behind_a_link_that_keeps_breaking_ends_up_with_the_truth()
    {
        await _api.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = "broken-link" } }, Ct);
        await using var proxy = new CuttingProxy(server.Port);
        using var api = server.Connect(proxy.Port);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var options = new InformerOptions { Namespace = "broken-link", FirstPause = TimeSpan.FromMilliseconds(20), LongestPause = TimeSpan.FromMilliseconds(100) };
        var informer = new Informer<V1ConfigMap>(api, options, TimeProvider.System, NullLogger.Instance);
        var running = informer.RunAsync(end.Token);
        await Eventually.TrueAsync(() => informer.Synced.IsCompleted, "the first list");
        for (var i = 0; i < 30; i++)
        {
            var map = ConfigMap($"m{i % 7}", ("v", $"{i}"));
            map.Metadata.NamespaceProperty = "broken-link";
            await _api.ApplyAsync(map, Ct);
            if (i % 5 == 4)
                await _api.DeleteAsync<V1ConfigMap>("broken-link", $"m{(i - 2) % 7}", Ct);
            if (i % 3 == 0)
            {
                // The writes that follow fall into the time in which it is cut off and coming back.
                var connections = proxy.Connections;
                proxy.Cut();
                if (i % 2 == 0)
                    await Eventually.TrueAsync(() => proxy.Connections > connections, "the informer to connect again");
            }
        }
        var truth = Describe(await _api.ListAsync<V1ConfigMap>("broken-link", Ct));
        await Eventually.TrueAsync(() => Describe(informer.Items) == truth, $"the informer to know {truth}");
        proxy.Connections.ShouldBeGreaterThan(3);
        await end.CancelAsync();
        await running;
    }

    [Fact]
    public async Task Of_two_candidates_one_leads_and_the_other_follows_it()
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var options = new LeaderElectionOptions
        {
            LeaseDuration = TimeSpan.FromSeconds(3),
            RenewDeadline = TimeSpan.FromSeconds(2),
            RetryPeriod = TimeSpan.FromMilliseconds(200),
        };
        int leading = 0, most = 0, terms = 0;
        async Task RunAsync(string name, CancellationToken ct)
        {
            var election = new LeaderElection(_api, "default", "test-lease", name, options, TimeProvider.System, NullLogger.Instance);
            await election.RunAsync(async lead =>
            {
                most = Math.Max(most, Interlocked.Increment(ref leading));
                Interlocked.Increment(ref terms);
                await Task.Delay(Timeout.Infinite, lead).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                Interlocked.Decrement(ref leading);
            }, ct);
        }
        using var first = CancellationTokenSource.CreateLinkedTokenSource(end.Token);
        var one = RunAsync("one", first.Token);
        await Eventually.TrueAsync(() => leading == 1, "one to lead");
        var two = RunAsync("two", end.Token);
        await first.CancelAsync();
        await one;
        await Eventually.TrueAsync(() => terms == 2, "two to lead");
        most.ShouldBe(1);
        (await _api.GetAsync<V1Lease>("default", "test-lease", Ct)).Spec.HolderIdentity.ShouldBe("two");
        await end.CancelAsync();
        await two;
    }

    private static string Describe(IEnumerable<V1ConfigMap> maps) => string.Join(' ', maps
        .Where(m => m.Metadata.Name != "kube-root-ca.crt").OrderBy(m => m.Metadata.Name).Select(m => $"{m.Metadata.Name}={m.Data?["v"]}"));

    private static V1ConfigMap ConfigMap(string name, params (string Key, string Value)[] data) => new()
    {
        Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "default" },
        Data = data.ToDictionary(d => d.Key, d => d.Value),
    };
}
