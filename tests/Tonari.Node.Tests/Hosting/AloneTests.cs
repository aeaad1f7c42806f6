using System.Net;
using Grpc.Core;
using Tonari.Node.Hosting;
using Tonari.Node.Mounting;
using Tonari.Node.Tests.Csi;
using Tonari.Rpc.Csi;

namespace Tonari.Node.Tests.Hosting;

/// <summary>The driver without a cluster, as conformance suites run it: <c>tonari-node csi</c>.</summary>
public sealed class AloneTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);
    private readonly Workshop _workshop = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private NodeOptions Options => new(
        "alone", Path.Combine(_workshop.Root, "kubelet"), Path.Combine(_workshop.Root, "pools"), new IPEndPoint(IPAddress.None, 0), 0, "tonari-system");

    public void Dispose() => _workshop.Dispose();

    [Theory]
    [InlineData("btrfs")]
    [InlineData("xfs")]
    public async Task Volumes_are_made_used_frozen_and_deleted_without_an_API_server(string substrate)
    {
        _workshop.Mount(substrate, "pools/main", 12L << 30);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var program = NodeHost.RunAloneAsync(Options, stop.Token);
        using var channel = CsiDriver.Connect(Options.CsiSocket);
        var controller = new Controller.ControllerClient(channel);
        var node = new Rpc.Csi.Node.NodeClient(channel);
        (await UntilItAnswersAsync(() => new Identity.IdentityClient(channel).ProbeAsync(new ProbeRequest(), cancellationToken: Ct))).Ready.ShouldBe(true);
        (await node.NodeGetInfoAsync(new NodeGetInfoRequest())).NodeId.ShouldBe("alone");

        var volume = (await controller.CreateVolumeAsync(SanityBench.Order(CsiDriver.Mount()))).Volume;
        volume.VolumeContext["pool"].ShouldBe("alone-main");
        var staging = Path.Combine(_workshop.Root, "staging");
        await node.NodeStageVolumeAsync(new NodeStageVolumeRequest { VolumeId = volume.VolumeId, StagingTargetPath = staging, VolumeCapability = CsiDriver.Mount() });
        await File.WriteAllTextAsync(Path.Combine(staging, "greeting"), "hello", Ct);
        var take = new CreateSnapshotRequest { Name = "nightly", SourceVolumeId = volume.VolumeId };
        // The freeze guard may still be starting.
        var snapshot = (await UntilItAnswersAsync(() => controller.CreateSnapshotAsync(take, cancellationToken: Ct))).Snapshot;
        await File.WriteAllTextAsync(Path.Combine(staging, "greeting"), "thawed", Ct);
        await controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = snapshot.SnapshotId });
        await node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = volume.VolumeId, StagingTargetPath = staging });
        await controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume.VolumeId });

        await stop.CancelAsync();
        (await program).ShouldBe(0);
        Directory.GetDirectories(Path.Combine(_workshop.Root, "pools/main/volumes")).ShouldBeEmpty();
        MountTable.Read().ShouldNotContain(entry => entry.MountPoint == staging);
    }

    [Fact]
    public async Task While_its_pool_is_nearly_full_a_volume_is_written_block_by_block()
    {
        var pool = _workshop.Mount("btrfs", "pools/main", 2L << 30);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        var program = NodeHost.RunAloneAsync(Options, stop.Token);
        using var channel = CsiDriver.Connect(Options.CsiSocket);
        var node = new Rpc.Csi.Node.NodeClient(channel);
        var create = SanityBench.Order(CsiDriver.Mount());
        create.CapacityRange = new CapacityRange { RequiredBytes = 64 << 20 };
        var volume = (await UntilItAnswersAsync(() => new Controller.ControllerClient(channel).CreateVolumeAsync(create, cancellationToken: Ct))).Volume;
        var staging = Path.Combine(_workshop.Root, "staging");
        await node.NodeStageVolumeAsync(new NodeStageVolumeRequest { VolumeId = volume.VolumeId, StagingTargetPath = staging, VolumeCapability = CsiDriver.Mount() });
        var device = MountTable.Read().At(staging)!.Device;
        async Task UntilRequestsAre(bool small) =>
            await UntilAsync(async () => (await File.ReadAllTextAsync($"/sys/dev/block/{device}/queue/max_sectors_kb", Ct)).Trim() == "4" == small);
        await UntilRequestsAre(small: false);

        var filler = Path.Combine(pool, "filler");
        Shell.Run("fallocate", "-l", $"{new DriveInfo(pool).AvailableFreeSpace - (64 << 20)}", filler);
        await UntilRequestsAre(small: true);

        File.Delete(filler);
        Shell.Run("sync", "-f", pool);
        await UntilRequestsAre(small: false);
        await node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = volume.VolumeId, StagingTargetPath = staging });
        await stop.CancelAsync();
        (await program).ShouldBe(0);
    }

    [Fact]
    public async Task Without_a_pool_it_ends_at_once()
    {
        Directory.CreateDirectory(Path.Combine(_workshop.Root, "pools/empty"));
        (await NodeHost.RunAloneAsync(Options, Ct)).ShouldBe(1);
        File.Exists(Options.CsiSocket).ShouldBeFalse();
    }

    private static async Task<T> UntilItAnswersAsync<T>(Func<AsyncUnaryCall<T>> call)
    {
        T? answer = default;
        await UntilAsync(async () =>
        {
            try
            {
                answer = await call();
                return true;
            }
            catch (RpcException error) when (error.StatusCode is StatusCode.Unavailable or StatusCode.FailedPrecondition)
            {
                return false;
            }
        });
        return answer!;
    }

    private static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(Ct);
        deadline.CancelAfter(s_patience);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        while (!await condition())
            await timer.WaitForNextTickAsync(deadline.Token);
    }
}
