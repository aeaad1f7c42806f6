using k8s.Models;
using Tonari.Controller.Agents;
using Tonari.Controller.AppSnapshots;
using Tonari.Controller.Tests.Support;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Agent;
using Tonari.Testing;

namespace Tonari.Controller.Tests.AppSnapshots;

public sealed class AppSnapshotReconcilerTests : IPools
{
    private static readonly CancellationToken Ct = TestContext.Current.CancellationToken;
    private static readonly ObjectKey Key = new("shop", "before-upgrade");
    private readonly FakeKubernetesApi _api = new();
    private readonly FakeAgent _agent = new();
    private readonly TestSnapshots _snapshots = new();
    private readonly AppSnapshotReconciler _reconciler;

    public AppSnapshotReconcilerTests()
    {
        _reconciler = new AppSnapshotReconciler(_api, _snapshots, _agent, this, TimeProvider.System);
        _api.SeedPool("blue-main", TimeProvider.System);
    }

    IReadOnlyList<StoragePool> IPools.All =>
        [.. _api.All().Where(o => o.Kind() == "StoragePool").Select(KubeJson.FromJson<StoragePool>)];

    [Fact]
    public async Task It_is_taken_once_and_goes_with_its_object()
    {
        var name = await CreateAsync();

        await _reconciler.ReconcileAsync(Key, Ct);
        await _reconciler.ReconcileAsync(Key, Ct);

        var ready = await _api.GetAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct);
        (ready.Status!.Phase, ready.Status.Name, ready.Status.Pool, ready.Status.FrozenMs).ShouldBe((AppSnapshotPhase.Ready, name, "blue-main", 7));
        _snapshots.Taken.ShouldBe([name]);
        _snapshots.Last.ShouldBe(name);

        _agent.Groups[name] = new GroupSnapshot();
        await _api.DeleteAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct);
        await _reconciler.ReconcileAsync(Key, Ct);
        _agent.Groups.ShouldBeEmpty();
        (await _api.FindAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task While_the_agent_is_away_the_object_waits_so_that_nothing_is_left_behind()
    {
        await CreateAsync();
        await _reconciler.ReconcileAsync(Key, Ct);
        _agent.Away = true;
        await _api.DeleteAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct);

        (await _reconciler.ReconcileAsync(Key, Ct)).ShouldNotBeNull();

        (await _api.FindAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct)).ShouldNotBeNull();
    }

    [Fact]
    public async Task One_whose_status_was_lost_is_still_found_in_its_pool()
    {
        var name = await CreateAsync();
        _snapshots.Meanwhile = _ => throw new AgentUnavailableException("The connection broke after the snapshot was taken.");
        await _reconciler.ReconcileAsync(Key, Ct);
        _agent.Groups[name] = new GroupSnapshot();

        await _api.DeleteAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct);
        await _reconciler.ReconcileAsync(Key, Ct);

        _agent.Groups.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_refusal_is_final_and_said_in_words()
    {
        await CreateAsync();
        _snapshots.Meanwhile = _ => throw new Controller.Snapshots.SnapshotRefusedException("Hook quiesce failed.");

        (await _reconciler.ReconcileAsync(Key, Ct)).ShouldBeNull();

        var failed = await _api.GetAsync<AppSnapshot>(Key.Namespace, Key.Name, Ct);
        (failed.Status!.Phase, failed.Status.Message).ShouldBe((AppSnapshotPhase.Failed, "Hook quiesce failed."));
    }

    private async Task<string> CreateAsync() => AppSnapshotReconciler.NameOf(await _api.CreateAsync(
        new AppSnapshot
        {
            Metadata = new V1ObjectMeta { Name = Key.Name, NamespaceProperty = Key.Namespace },
            Spec = new AppSnapshotSpec { Application = "shop" },
        },
        Ct));
}
