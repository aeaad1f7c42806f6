using Grpc.Core;
using k8s.Models;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Tonari.Controller.Agents;
using Tonari.Controller.Mirrors.Steps;
using Tonari.Controller.Peers;
using Tonari.Controller.Snapshots;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Workloads;
using Tonari.Testing;

namespace Tonari.Controller.Tests.Snapshots;

/// <summary>What becomes of pods whose filesystem has failed.</summary>
public sealed class FailedFileSystemsTests : IPools
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private readonly FakeTimeProvider _time = new(Now);
    private readonly FakeKubernetesApi _api;
    private readonly FakeAgent _agent = new();
    private long _used;

    public FailedFileSystemsTests()
    {
        _api = new FakeKubernetesApi(_time);
        _api.SeedShop();
        _api.SeedVolume("data");
        _api.SeedVolume("cache");
        Pod("db-1", "data");
        Pod("web-1", "cache");
        _agent.Refuse = new Status(StatusCode.FailedPrecondition, "The filesystem at '/x' has become read-only.");
    }

    public IReadOnlyList<StoragePool> All =>
        [new() { Metadata = new V1ObjectMeta { Name = "blue-main" }, Status = new StoragePoolStatus { CapacityBytes = 1000, UsedBytes = _used } }];

    [Fact]
    public async Task Pods_whose_filesystem_has_failed_are_replaced_and_others_stay()
    {
        _agent.Failed.Add("pvc-data");

        await RefusedAsync();

        Pods().ShouldBe(["db-0", "web-1"]);
        var told = _api.All().Single(o => o.Kind() == "Event");
        told.At("reason").Text().ShouldBe("PodsReplaced");
        told.At("message").Text()!.ShouldContain("shop/data");
        told.At("involvedObject", "kind").Text().ShouldBe("Application");
    }

    [Theory]
    [InlineData(995, "2026-01-01T11:00:00Z", true, "a full pool: the next one would fail as well")]
    [InlineData(0, "2026-01-01T11:59:45Z", true, "a pod that has just been started")]
    [InlineData(0, "2026-01-01T11:00:00Z", false, "a pod that nobody would make again")]
    public async Task A_pod_is_only_replaced_when_that_helps(long used, string started, bool controlled, string why)
    {
        _agent.Failed.Add("pvc-data");
        _used = used;
        Pod("db-1", "data", started, controlled);

        await RefusedAsync();

        Pods().ShouldBe(["db-0", "db-1", "web-1"], why);
    }

    [Fact]
    public async Task A_snapshot_that_is_refused_for_another_reason_replaces_nothing()
    {
        await RefusedAsync();

        Pods().ShouldBe(["db-0", "db-1", "web-1"]);
    }

    [Fact]
    public async Task An_agent_that_does_not_answer_changes_nothing_about_the_refusal()
    {
        _agent.Failed.Add("pvc-data");
        _agent.Away = true;

        await Recovery().RecoverAsync("shop", "shop", TestContext.Current.CancellationToken);

        Pods().ShouldBe(["db-0", "db-1", "web-1"]);
    }

    private async Task RefusedAsync()
    {
        var wanted = new WantedGroup("shop", "shop", "s1", _ => true, IsLast: false);
        await Should.ThrowAsync<SnapshotRefusedException>(() => Snapshots().TakeAsync(wanted, TestContext.Current.CancellationToken));
    }

    private RecoveringSnapshots Snapshots()
    {
        var capture = new ApplicationCapture(_api, _time);
        return new RecoveringSnapshots(
            new GroupSnapshotService(_api, capture, new HookRunner(_api), _agent, new PeerSelf("blue", "b:1", "0.1.0", ""), NullLogger<GroupSnapshotService>.Instance), Recovery());
    }

    private FailedFileSystems Recovery() => new(
        _api, new ApplicationCapture(_api, _time), new ApplicationWorkloads(_api), new LocalVolumes(_agent, this), this, new EventRecorder(_api, "tonari-controller", _time), _time,
        NullLogger<FailedFileSystems>.Instance);

    private void Pod(string name, string claim, string started = "2026-01-01T11:00:00Z", bool controlled = true) => _api.SeedYaml($$"""
        apiVersion: v1
        kind: Pod
        metadata:
          name: {{name}}
          namespace: shop
          ownerReferences: [ {{(controlled ? "{ apiVersion: apps/v1, kind: StatefulSet, name: db, uid: u, controller: true }" : "")}} ]
        spec: { containers: [ { name: db, image: postgres } ], volumes: [ { name: v, persistentVolumeClaim: { claimName: {{claim}} } } ] }
        status: { phase: Running, startTime: "{{started}}" }
        """);

    private IEnumerable<string?> Pods() => _api.All().Where(o => o.Kind() == "Pod").Select(o => o.Name()).Order(StringComparer.Ordinal);
}
