using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Resources;
using Tonari.Node.Hosting;
using Tonari.Node.Provisioning;
using Tonari.Testing;

namespace Tonari.Node.Tests.Hosting;

/// <summary>The program as it runs, with a real pool and an API server in memory.</summary>
public sealed class WholeProgramTests : IAsyncLifetime
{
    private const string Pool = "blue-main";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly Workshop _workshop = new();
    private readonly FakeKubernetesApi _api = new();
    private CancellationTokenSource _stop = new();
    private string _poolPath = "";
    private Task _program = Task.CompletedTask;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        foreach (var kind in (string[])["VolumeSnapshot", "VolumeSnapshotContent", "VolumeSnapshotClass"])
            _api.Serve(SnapshotKinds.Group, "v1", kind, namespaced: kind == "VolumeSnapshot");
        _api.Seed(ClaimDeciderClass());
        _api.Seed(ClusterIdentity.Make("blue", TimeProvider.System.GetUtcNow()).ToSecret("tonari-system"));
        _poolPath = _workshop.Mount("btrfs", "pools/main", 1L << 30);
        Run();
        await UntilAsync("the pool is discovered", async () => (await _api.FindAsync<StoragePool>(null, Pool, Ct))?.Status?.State == StoragePoolState.Discovered);
        File.Exists(Path.Combine(_poolPath, "tonari-pool.json")).ShouldBeFalse("a pool nobody manages is left alone");
        await _api.MergeAsync<StoragePool>(null, Pool, new JsonObject { ["spec"] = new JsonObject { ["managed"] = true } }, Ct);
        await UntilAsync("the pool is managed", async () => (await _api.GetAsync<StoragePool>(null, Pool, Ct)).Status!.State == StoragePoolState.Managed);
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _stop.Dispose();
        _workshop.Dispose();
    }

    [Fact]
    public async Task A_claim_lives_from_its_first_pod_to_its_end()
    {
        var status = (await _api.GetAsync<StoragePool>(null, Pool, Ct)).Status!;
        status.Node.ShouldBe("blue");
        status.Substrate.ShouldBe("btrfs");
        status.AgentEndpoint.ShouldEndWith(":7444");

        var (claim, volume) = await ProvisionAsync("data", null);
        volume.Spec.Csi.VolumeHandle.ShouldBe("pvc-" + claim.Metadata.Uid);
        VolumeObjects.NodeOf(volume).ShouldBe("blue");
        await UntilAsync("the user is told", async () => (await EventsAsync()).Contains("ProvisioningSucceeded", StringComparison.Ordinal));

        claim.Spec.Resources.Requests["storage"] = new ResourceQuantity("96Mi");
        claim = await _api.UpdateAsync(claim, Ct);
        await UntilAsync("the claim awaits its filesystem", async () => (await _api.GetAsync<V1PersistentVolumeClaim>("shop", "data", Ct)).Status.Conditions?.Any(c => c.Type == "FileSystemResizePending") == true);
        ClaimDecider.Bytes((await _api.GetAsync<V1PersistentVolume>(null, volume.Metadata.Name, Ct)).Spec.Capacity).ShouldBe(96 << 20);

        await StopAsync();
        Run();
        await _api.DeleteAsync<V1PersistentVolumeClaim>("shop", "data", Ct);
        await ReleaseAsync(volume.Metadata.Name);
        await UntilAsync("the volume is reclaimed", async () => await _api.FindAsync<V1PersistentVolume>(null, volume.Metadata.Name, Ct) is null);
        Directory.GetDirectories(Path.Combine(_poolPath, "volumes")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_snapshot_is_taken_restored_and_deleted()
    {
        await ProvisionAsync("data", null);
        await AskForSnapshotAsync("nightly", "data");
        await UntilAsync("the snapshot is ready", async () => (await _api.GetAsync<VolumeSnapshot>("shop", "nightly", Ct)).Status?.ReadyToUse == true);
        var contentName = (await _api.GetAsync<VolumeSnapshot>("shop", "nightly", Ct)).Status!.BoundVolumeSnapshotContentName!;
        (await _api.GetAsync<VolumeSnapshotContent>(null, contentName, Ct)).Status!.RestoreSize.ShouldBe(64 << 20);

        var (_, restored) = await ProvisionAsync("restored", new V1TypedLocalObjectReference { ApiGroup = SnapshotKinds.Group, Kind = "VolumeSnapshot", Name = "nightly" });
        restored.Spec.Csi.VolumeHandle.ShouldStartWith("pvc-");

        await _api.DeleteAsync<VolumeSnapshot>("shop", "nightly", Ct);
        await UntilAsync("snapshot and content are gone", async () =>
            await _api.FindAsync<VolumeSnapshot>("shop", "nightly", Ct) is null && await _api.FindAsync<VolumeSnapshotContent>(null, contentName, Ct) is null);
    }

    [Fact]
    public async Task A_snapshot_asked_for_before_its_claim_is_taken_once_that_is_bound()
    {
        await AskForSnapshotAsync("early", "data");
        await ProvisionAsync("data", null);
        await UntilAsync("the snapshot is ready", async () => (await _api.GetAsync<VolumeSnapshot>("shop", "early", Ct)).Status?.ReadyToUse == true);
    }

    [Fact]
    public async Task A_claim_that_cannot_be_served_is_told_why()
    {
        var claim = Claim("huge", null);
        claim.Spec.Resources.Requests["storage"] = new ResourceQuantity("1Ti");
        await _api.CreateAsync(claim, Ct);
        await UntilAsync("the user is told", async () => (await EventsAsync()).Contains("ProvisioningFailed", StringComparison.Ordinal));
        var said = (await _api.ListAsync<Corev1Event>("shop", Ct)).Single(e => e.Reason == "ProvisioningFailed");
        said.Message.ShouldContain("cannot fit");
        said.InvolvedObject.Name.ShouldBe("huge");
    }

    private async Task AskForSnapshotAsync(string name, string claim)
    {
        _api.Seed(new VolumeSnapshotClass { Metadata = new V1ObjectMeta { Name = "tonari" }, Driver = "tonari.dev", DeletionPolicy = "Delete" });
        await _api.CreateAsync(
            new VolumeSnapshot
            {
                Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = "shop" },
                Spec = new VolumeSnapshotSpec { VolumeSnapshotClassName = "tonari", Source = new VolumeSnapshotSource { PersistentVolumeClaimName = claim } },
            },
            Ct);
    }

    private void Run()
    {
        var options = new NodeOptions(
            "blue", Path.Combine(_workshop.Root, "kubelet"), Path.Combine(_workshop.Root, "pools"), new IPEndPoint(IPAddress.Parse("127.0.7.1"), 7444), 0, "tonari-system");
        _program = NodeHost.RunAsync(options, _api, _stop.Token);
    }

    private async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _program;
        _stop.Dispose();
        _stop = new CancellationTokenSource();
    }

    private async Task<(V1PersistentVolumeClaim Claim, V1PersistentVolume Volume)> ProvisionAsync(string name, V1TypedLocalObjectReference? source)
    {
        var claim = await _api.CreateAsync(Claim(name, source), Ct);
        var volumeName = "pvc-" + claim.Metadata.Uid;
        await UntilAsync($"{name} has a volume", async () => await _api.FindAsync<V1PersistentVolume>(null, volumeName, Ct) is not null);
        // What Kubernetes' own controller does.
        var volume = await _api.GetAsync<V1PersistentVolume>(null, volumeName, Ct);
        claim = await _api.GetAsync<V1PersistentVolumeClaim>("shop", name, Ct);
        claim.Spec.VolumeName = volumeName;
        claim = await _api.UpdateAsync(claim, Ct);
        claim.Status = new V1PersistentVolumeClaimStatus { Phase = "Bound", Capacity = volume.Spec.Capacity };
        claim = await _api.UpdateStatusAsync(claim, Ct);
        volume.Status = new V1PersistentVolumeStatus { Phase = "Bound" };
        return (claim, await _api.UpdateStatusAsync(volume, Ct));
    }

    private async Task ReleaseAsync(string name)
    {
        var volume = await _api.GetAsync<V1PersistentVolume>(null, name, Ct);
        volume.Status = new V1PersistentVolumeStatus { Phase = "Released" };
        await _api.UpdateStatusAsync(volume, Ct);
    }

    private static V1PersistentVolumeClaim Claim(string name, V1TypedLocalObjectReference? source)
    {
        var claim = Tests.Provisioning.ClaimDeciderTests.Claim("blue");
        claim.Metadata.Name = name;
        claim.Metadata.Uid = null;
        claim.Metadata.ResourceVersion = null;
        claim.Spec.DataSource = source;
        claim.Spec.Resources.Requests["storage"] = new ResourceQuantity("64Mi");
        return claim;
    }

    private static V1StorageClass ClaimDeciderClass() => Tests.Provisioning.ClaimDeciderTests.Class();

    private async Task<string> EventsAsync() => string.Join(' ', (await _api.ListAsync<Corev1Event>("shop", Ct)).Select(e => e.Reason));

    private async Task UntilAsync(string what, Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
        {
            if (_program.IsFaulted)
                await _program;
            deadline.IsCancellationRequested.ShouldBeFalse($"It did not happen in time: {what}.");
            await timer.WaitForNextTickAsync(Ct);
        }
    }
}
