using Grpc.Core;
using Tonari.Rpc.Csi;
using Mode = Tonari.Rpc.Csi.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Tonari.Node.Tests.Csi;

/// <summary>What csi-sanity 5.0 to 5.6 asks of Node beyond <see cref="NodeConformanceTests"/>, with its sizes, its order and its directories, on a pool of its own.</summary>
public sealed class SanityNodeTests(CsiDriver driver) : IClassFixture<CsiDriver>
{
    public static TheoryData<string> AccessTypes => ["mount", "block"];

    /// <summary>Once, and with every call made ten times (the suite's IdempotentCount).</summary>
    public static TheoryData<string, int> Lives => new() { { "mount", 1 }, { "mount", 10 }, { "block", 1 }, { "block", 10 } };

    [Theory]
    [MemberData(nameof(Lives))]
    public async Task A_volume_asked_for_on_this_node_is_staged_published_and_measured(string access, int times)
    {
        await using var bench = new SanityBench(driver);
        var capability = SanityControllerTests.Capability(access);
        var info = await driver.Node.NodeGetInfoAsync(new NodeGetInfoRequest());
        info.NodeId.Length.ShouldBeInRange(1, 128);
        info.MaxVolumesPerNode.ShouldBeGreaterThanOrEqualTo(0);
        var order = SanityBench.Order(capability);
        order.AccessibilityRequirements = new TopologyRequirement { Requisite = { info.AccessibleTopology } };
        var volume = await bench.CreateAsync(order);
        for (var i = 0; i < times; i++)
            await StageAsync(bench, volume, capability);
        for (var i = 0; i < times; i++)
            await PublishAsync(bench, volume, capability);
        var stats = await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume.VolumeId, VolumePath = bench.Target });
        stats.Usage.ShouldNotBeEmpty();
        stats.Usage.ShouldAllBe(usage => usage.Total > 0 && usage.Available >= 0 && usage.Used >= 0);
        await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume.VolumeId, VolumePath = "some/path" }).ShouldBeRefusedAsync(StatusCode.NotFound);
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task Unpublishing_takes_the_target_away_and_leaves_its_directory(string access)
    {
        await using var bench = new SanityBench(driver);
        var capability = SanityControllerTests.Capability(access);
        var volume = await bench.CreateAsync(capability);
        await StageAsync(bench, volume, capability);
        await PublishAsync(bench, volume, capability);
        Path.Exists(bench.Target).ShouldBeTrue();
        Directory.Exists(bench.Target).ShouldBe(access == "mount");
        await driver.UnpublishAsync(volume.VolumeId, bench.Target);
        Path.Exists(bench.Target).ShouldBeFalse();
        Directory.Exists(bench.MountDirectory).ShouldBeTrue();
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task A_volume_grown_before_it_is_staged_is_grown_on_the_node_without_saying_how_it_is_used(string access)
    {
        await using var bench = new SanityBench(driver);
        var capability = SanityControllerTests.Capability(access);
        var volume = await bench.CreateAsync(capability);
        var range = new CapacityRange { RequiredBytes = SanityBench.GrownBytes };
        var grown = await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = volume.VolumeId, CapacityRange = range });
        grown.CapacityBytes.ShouldBe(SanityBench.GrownBytes);
        await StageAsync(bench, volume, capability);
        await PublishAsync(bench, volume, capability);
        var expand = new NodeExpandVolumeRequest { VolumeId = volume.VolumeId, VolumePath = bench.Target, CapacityRange = range };
        (await driver.Node.NodeExpandVolumeAsync(expand)).CapacityBytes.ShouldBe(SanityBench.GrownBytes);
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task What_is_for_one_pod_is_not_published_a_second_time(string access)
    {
        await using var bench = new SanityBench(driver);
        var single = SanityControllerTests.Capability(access, Mode.SingleNodeSingleWriter);
        var volume = await bench.CreateAsync(single);
        await StageAsync(bench, volume, single);
        await PublishAsync(bench, volume, single);
        await driver.PublishAsync(volume.VolumeId, bench.Staging, bench.Target + "-2", single).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await PublishAsync(bench, volume, single);
        Path.Exists(bench.Target + "-2").ShouldBeFalse("what is refused leaves nothing behind");
    }

    [Fact]
    public async Task Undoing_what_was_never_done_succeeds()
    {
        await using var bench = new SanityBench(driver);
        var volume = (await bench.CreateAsync(CsiDriver.Mount())).VolumeId;
        foreach (var id in (string[])[volume, "fake-vol-id"])
        {
            await driver.UnpublishAsync(id, bench.Target);
            // Kubelet tries again after it has tidied up itself.
            await driver.UnpublishAsync(id, bench.MountDirectory + "/gone/with/its/parent");
            await driver.UnstageAsync(id, bench.Staging);
            await driver.UnstageAsync(id, bench.Staging + "/never/made");
        }
    }

    [Fact]
    public async Task Publishing_without_a_staging_path_or_to_a_relative_one_is_refused()
    {
        await using var bench = new SanityBench(driver);
        var volume = await bench.CreateAsync(CsiDriver.Mount());
        await driver.PublishAsync(volume.VolumeId, "", bench.Target).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await driver.PublishAsync(volume.VolumeId, bench.Staging, bench.Target).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await driver.StageAsync(volume.VolumeId, "some/path").ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await StageAsync(bench, volume, CsiDriver.Mount());
        await driver.PublishAsync(volume.VolumeId, bench.Staging, "some/path").ShouldBeRefusedAsync(StatusCode.InvalidArgument);
    }

    private async Task StageAsync(SanityBench bench, Rpc.Csi.Volume volume, VolumeCapability capability) => await driver.Node.NodeStageVolumeAsync(new NodeStageVolumeRequest
    {
        VolumeId = volume.VolumeId,
        StagingTargetPath = bench.Staging,
        VolumeCapability = capability,
        VolumeContext = { volume.VolumeContext },
        Secrets = { ["not"] = "needed" },
    });

    private async Task PublishAsync(SanityBench bench, Rpc.Csi.Volume volume, VolumeCapability capability) => await driver.Node.NodePublishVolumeAsync(new NodePublishVolumeRequest
    {
        VolumeId = volume.VolumeId,
        StagingTargetPath = bench.Staging,
        TargetPath = bench.Target,
        VolumeCapability = capability,
        VolumeContext = { volume.VolumeContext },
        Secrets = { ["not"] = "needed" },
    });
}
