using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Workloads;
using Tonari.Testing;

namespace Tonari.Kubernetes.Tests.Workloads;

public class ApplicationWorkloadsTests
{
    private readonly FakeKubernetesApi _api = new();
    private readonly ApplicationWorkloads _workloads;
    private readonly WorkloadScope _scope = new(
        new ApplicationScope("shop", [new ApplicationNamespace { Name = "shop" }], [], []), [("shop", "data")]);

    public ApplicationWorkloadsTests()
    {
        _workloads = new ApplicationWorkloads(_api);
        _api.SeedYaml("""
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: { name: db, namespace: shop }
            spec: { replicas: 3 }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: web, namespace: shop, uid: dep }
            spec: {}
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: idle, namespace: shop }
            spec: { replicas: 0 }
            ---
            apiVersion: apps/v1
            kind: ReplicaSet
            metadata: { name: web-1, namespace: shop, ownerReferences: [ { kind: Deployment, name: web, uid: dep, controller: true } ] }
            spec: { replicas: 1 }
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: { name: agent, namespace: shop }
            spec: { template: { spec: { nodeSelector: { disk: ssd } } } }
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: nightly, namespace: shop }
            spec: {}
            ---
            apiVersion: batch/v1
            kind: CronJob
            metadata: { name: paused, namespace: shop }
            spec: { suspend: true }
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: { name: import, namespace: shop }
            spec: { parallelism: 2 }
            ---
            apiVersion: batch/v1
            kind: Job
            metadata: { name: done, namespace: shop }
            spec: { parallelism: 1 }
            status: { conditions: [ { type: Complete, status: "True" } ] }
            ---
            apiVersion: v1
            kind: Pod
            metadata: { name: db-0, namespace: shop, ownerReferences: [ { kind: StatefulSet, name: db, uid: x, controller: true } ] }
            spec: { volumes: [ { name: d, persistentVolumeClaim: { claimName: data } } ] }
            status: { phase: Running }
            ---
            apiVersion: v1
            kind: Pod
            metadata: { name: alone, namespace: shop, labels: { app: alone } }
            spec: { nodeName: n1, containers: [ { name: c } ], volumes: [ { name: d, persistentVolumeClaim: { claimName: data } } ] }
            status: { phase: Running }
            ---
            apiVersion: apps/v1
            kind: Deployment
            metadata: { name: other, namespace: bank }
            spec: { replicas: 5 }
            """);
    }

    private static readonly IReadOnlySet<(string, string)> Nothing = new HashSet<(string, string)>();

    [Fact]
    public async Task Stopping_scales_everything_down_and_remembers_what_was_wanted()
    {
        var state = await _workloads.StopAsync(_scope, CancellationToken.None);
        state.Waiting.ShouldHaveSingleItem().ShouldBe("Pod shop/db-0 of StatefulSet db still mounts a volume of the application.");
        Size("StatefulSet", "db").ShouldBe((0, "3"));
        Size("Deployment", "web").ShouldBe((0, "1"));
        Size("Deployment", "idle").ShouldBe((0, "0"));
        Size("ReplicaSet", "web-1").ShouldBe((1, null));
        Size("Job", "import", "parallelism").ShouldBe((0, "2"));
        Size("Job", "done", "parallelism").ShouldBe((1, null));
        Get("CronJob", "nightly").At("spec", "suspend")!.GetValue<bool>().ShouldBeTrue();
        Get("DaemonSet", "agent").At("spec", "template", "spec", "nodeSelector", WellKnown.StoppedNodeSelectorKey).Text().ShouldBe("true");
        Size("Deployment", "other").ShouldBe((5, null));
        _api.All().ShouldNotContain(o => o.Name() == "alone" && o.Kind() == "Pod");
    }

    [Fact]
    public async Task Stopping_again_does_not_forget_what_was_wanted()
    {
        await _workloads.StopAsync(_scope, CancellationToken.None);
        // Someone scaled it up between.
        await _api.MergeAsync<V1StatefulSet>("shop", "db", new() { ["spec"] = new System.Text.Json.Nodes.JsonObject { ["replicas"] = 1 } }, CancellationToken.None);
        await _workloads.StopAsync(_scope, CancellationToken.None);
        Size("StatefulSet", "db").ShouldBe((0, "3"));
        Size("Deployment", "web").ShouldBe((0, "1"));
        var writes = _api.Requests.Count(r => r.Writes);
        await _workloads.StopAsync(_scope, CancellationToken.None);
        _api.Requests.Count(r => r.Writes).ShouldBe(writes);
    }

    [Fact]
    public async Task Starting_brings_everything_back_as_it_was()
    {
        var before = Specs();
        await _workloads.StopAsync(_scope, CancellationToken.None);
        await _workloads.StartAsync(_scope, CancellationToken.None);
        var after = Specs();
        foreach (var (name, spec) in before.Where(pair => pair.Key is not ("Deployment/web" or "CronJob/nightly")))
            after[name].ShouldBe(spec);
        // What was left to the server's default is now written out.
        after["Deployment/web"].ShouldBe("""{"replicas":1}""");
        after["CronJob/nightly"].ShouldBe("""{"suspend":false}""");
        _api.All().ShouldAllBe(o => o.Annotation(WellKnown.ReplicasBeforeStopAnnotation) == null && o.Annotation(WellKnown.SuspendedBeforeStopAnnotation) == null);
        var alone = Get("Pod", "alone");
        alone.Label("app").ShouldBe("alone");
        alone.At("spec", "nodeName").ShouldBeNull();
        _api.All().ShouldNotContain(o => o.Name() == StoppedPods.ConfigMapName);
    }

    [Fact]
    public async Task A_crash_anywhere_in_between_loses_nothing()
    {
        // The n-th write fails, for every n; what remains is done by calling again.
        for (var n = 1; n < 20; n++)
        {
            var test = new ApplicationWorkloadsTests();
            var before = test.Specs();
            var writes = 0;
            test._api.OnRequest = request =>
            {
                if (request.Writes && ++writes == n)
                    throw new ApiUnavailableException("crash");
            };
            await TwiceAsync(() => test._workloads.StopAsync(test._scope, CancellationToken.None));
            await TwiceAsync(() => test._workloads.StartAsync(test._scope, CancellationToken.None));
            var after = test.Specs();
            after["StatefulSet/db"].ShouldBe(before["StatefulSet/db"]);
            after["Job/import"].ShouldBe(before["Job/import"]);
            after["Deployment/idle"].ShouldBe(before["Deployment/idle"]);
            after["Deployment/web"].ShouldBe("""{"replicas":1}""");
            after.Keys.ShouldContain("Pod/alone");
        }
    }

    [Theory]
    [InlineData("""[{"name":"db","state":{"running":{}}}]""", false)]
    [InlineData("""[{"name":"db","state":{"terminated":{"exitCode":0}}},{"name":"log","state":{"running":{}}}]""", false)]
    [InlineData("""[{"name":"db","state":{"terminated":{"exitCode":0}}},{"name":"log","state":{"waiting":{}}}]""", true)]
    [InlineData("[]", false)]
    public async Task A_pod_that_is_ending_counts_as_long_as_a_container_of_it_may_run(string containers, bool stopped)
    {
        await _workloads.StopAsync(_scope, CancellationToken.None);
        var pod = Get("Pod", "db-0");
        pod.Metadata()["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        pod["spec"]!["nodeName"] = "node-1";
        pod["status"] = new JsonObject { ["containerStatuses"] = JsonNode.Parse(containers) };
        _api.Seed(pod);

        var state = await _workloads.IsStoppedAsync(_scope, CancellationToken.None);

        state.IsFinished.ShouldBe(stopped);
        if (!stopped)
            state.Ending.ShouldHaveSingleItem().ShouldContain("is ending");
        await _api.DeleteAsync<V1Pod>("shop", "db-0", CancellationToken.None);
        (await _workloads.IsStoppedAsync(_scope, CancellationToken.None)).IsFinished.ShouldBeTrue();
    }

    [Theory]
    [InlineData("""[{"name":"db","state":{"terminated":{"exitCode":0}}}]""", "2026-01-01T00:00:00Z", true)]
    [InlineData("""[{"name":"db","state":{"running":{}}}]""", "2026-01-01T00:00:00Z", false)]
    [InlineData("""[{"name":"db","state":{"terminated":{"exitCode":0}}},{"name":"log","state":{"waiting":{}}}]""", "2026-01-01T00:00:00Z", false)]
    [InlineData("[]", "2026-01-01T00:00:00Z", false)]
    [InlineData("""[{"name":"db","state":{"terminated":{"exitCode":0}}}]""", null, false)]
    public async Task The_object_of_an_ended_pod_does_not_stand_in_the_way_of_the_next_one(string containers, string? toldToEndAt, bool released)
    {
        var pod = Get("Pod", "db-0");
        pod.Metadata()["deletionTimestamp"] = toldToEndAt;
        pod["spec"]!["nodeName"] = "node-1";
        pod["status"] = new JsonObject { ["containerStatuses"] = JsonNode.Parse(containers) };
        _api.Seed(pod);

        await _workloads.ReleaseEndedPodsAsync(_scope.Claims, _ => Task.FromResult(Nothing), leaving: false, CancellationToken.None);

        _api.All().Any(o => o.Kind() == "Pod" && o.Name() == "db-0").ShouldBe(!released);
    }

    [Theory]
    [InlineData("""[{"name":"db","state":{"running":{}}}]""", true, false, true)]
    [InlineData("""[{"name":"db","state":{"running":{}}}]""", false, false, false)]
    [InlineData("""[{"name":"db","state":{"running":{}}}]""", false, true, false)]
    [InlineData("""[{"name":"db","state":{"running":{}}},{"name":"log","state":{"waiting":{}}}]""", true, false, false)]
    [InlineData("""[{"name":"db","state":{"running":{}}},{"name":"log","state":{"waiting":{}}}]""", true, true, true)]
    [InlineData("[]", true, false, false)]
    [InlineData("[]", true, true, true)]
    public async Task A_kubelet_that_has_unmounted_the_volumes_of_a_pod_has_ended_it(string containers, bool unmounted, bool leaving, bool released)
    {
        var pod = Get("Pod", "db-0");
        pod.Metadata()["deletionTimestamp"] = "2026-01-01T00:00:00Z";
        pod["spec"]!["nodeName"] = "node-1";
        pod["status"] = new JsonObject { ["containerStatuses"] = JsonNode.Parse(containers) };
        _api.Seed(pod);
        IReadOnlySet<(string, string)> free = WorkloadDecisions.ClaimsOf(pod).Skip(unmounted ? 0 : 1).Select(claim => ("shop", claim)).ToHashSet();

        await _workloads.ReleaseEndedPodsAsync(_scope.Claims, _ => Task.FromResult(free), leaving, CancellationToken.None);

        _api.All().Any(o => o.Kind() == "Pod" && o.Name() == "db-0").ShouldBe(!released);
    }

    [Theory]
    [InlineData("StatefulSet", "2026-01-01T00:00:00Z", null, true)]
    [InlineData("StatefulSet", "2026-01-01T02:00:00Z", null, false)]
    [InlineData("StatefulSet", null, null, false)]
    [InlineData("StatefulSet", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", false)]
    [InlineData(null, "2026-01-01T00:00:00Z", null, false)]
    public async Task Only_a_pod_that_is_made_again_and_has_been_there_for_a_while_is_replaced(string? owner, string? started, string? toldToEndAt, bool replaced)
    {
        var pod = Get("Pod", "db-0");
        pod.Metadata()["ownerReferences"] = owner is null ? null : new JsonArray(new JsonObject { ["kind"] = owner, ["name"] = "db", ["controller"] = true });
        pod.Metadata()["deletionTimestamp"] = toldToEndAt;
        pod["status"] = new JsonObject { ["startTime"] = started };
        _api.Seed(pod);

        var deleted = await _workloads.RestartPodsAsync(_scope.Claims, new DateTimeOffset(2026, 1, 1, 1, 0, 0, TimeSpan.Zero), CancellationToken.None);

        deleted.Contains("shop/db-0").ShouldBe(replaced);
        _api.All().Any(o => o.Kind() == "Pod" && o.Name() == "db-0").ShouldBe(!replaced);
    }

    [Fact]
    public async Task It_is_ready_when_every_workload_has_its_pods()
    {
        var waiting = (await _workloads.IsReadyAsync(_scope, CancellationToken.None)).Waiting;
        waiting.ShouldContain(w => w.Contains("StatefulSet db"));
        foreach (var value in _api.All().Where(o => o.Namespace() == "shop" && o.Group() == "apps"))
        {
            value["status"] = new System.Text.Json.Nodes.JsonObject { ["observedGeneration"] = 1, ["readyReplicas"] = 3 };
            _api.Seed(value);
        }
        waiting = (await _workloads.IsReadyAsync(_scope, CancellationToken.None)).Waiting;
        waiting.ShouldBe(["Pod alone is not ready."]);
    }

    [Fact]
    public async Task Removing_takes_what_is_ours_and_retains_the_volumes_data()
    {
        _api.SeedYaml("""
            apiVersion: v1
            kind: PersistentVolume
            metadata: { name: pvc-1, labels: { tonari.dev/mirror: abcdefghij } }
            spec: { persistentVolumeReclaimPolicy: Delete }
            ---
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: data, namespace: shop, labels: { tonari.dev/mirror: abcdefghij } }
            spec: { volumeName: pvc-1 }
            ---
            apiVersion: v1
            kind: ConfigMap
            metadata: { name: ours, namespace: shop, labels: { tonari.dev/mirror: abcdefghij } }
            ---
            apiVersion: v1
            kind: Namespace
            metadata: { name: shop, labels: { tonari.dev/mirror: abcdefghij } }
            """);
        for (var i = 0; i < 3 && !(await _workloads.RemoveAsync("abcdefghij", CancellationToken.None)).IsFinished; i++)
        {
        }
        (await _workloads.RemoveAsync("abcdefghij", CancellationToken.None)).IsFinished.ShouldBeTrue();
        _api.All().Where(o => o.Label(WellKnown.MirrorLabel) is not null).Select(o => o.Kind()).ShouldBe(["Namespace"]);
        _api.All().ShouldContain(o => o.Name() == "db" && o.Kind() == "StatefulSet");

        // Retained before anything was deleted, and the claim went before the volume.
        var writes = _api.Requests.Where(r => r.Writes && r.Kind.Kind.StartsWith("PersistentVolume", StringComparison.Ordinal)).Select(r => $"{r.Verb} {r.Kind.Kind}");
        writes.ShouldBe(["patch PersistentVolume", "delete PersistentVolumeClaim", "delete PersistentVolume"]);
    }

    private static async Task TwiceAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (ApiUnavailableException)
        {
            await action();
        }
    }

    private Dictionary<string, string> Specs() => _api.All().Where(o => o["spec"] is not null && o.Name() != "db-0")
        .ToDictionary(o => $"{o.Kind()}/{o.Name()}", o => o.Kind() == "Pod" ? "" : o["spec"]!.ToJsonString());

    private System.Text.Json.Nodes.JsonObject Get(string kind, string name) => _api.All().Single(o => o.Kind() == kind && o.Name() == name);

    private (long, string?) Size(string kind, string name, string property = "replicas")
    {
        var value = Get(kind, name);
        return (long.Parse(value.At("spec", property)!.ToJsonString()), value.Annotation(WellKnown.ReplicasBeforeStopAnnotation));
    }
}
