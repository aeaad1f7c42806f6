using Grpc.Core;
using Tonari.Engine;
using Tonari.Node.Mounting;
using Tonari.Rpc.Csi;
using Mode = Tonari.Rpc.Csi.VolumeCapability.Types.AccessMode.Types.Mode;
using Unit = Tonari.Rpc.Csi.VolumeUsage.Types.Unit;

namespace Tonari.Node.Tests.Csi;

/// <summary>What the CSI specification and its sanity suite demand of Node, on real mounts.</summary>
public sealed class NodeConformanceTests(CsiDriver driver)
{
    private const long MiB = CsiDriver.MiB;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Says_which_node_it_is()
    {
        var info = await driver.Node.NodeGetInfoAsync(new NodeGetInfoRequest());
        info.NodeId.ShouldBe(CsiDriver.NodeName);
        info.AccessibleTopology.Segments["tonari.dev/node"].ShouldBe(CsiDriver.NodeName);
    }

    [Fact]
    public async Task Refuses_what_is_not_said_completely()
    {
        var volume = (await driver.CreateAsync()).VolumeId;
        await driver.Node.NodeStageVolumeAsync(new NodeStageVolumeRequest { StagingTargetPath = "/x", VolumeCapability = CsiDriver.Mount() }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeStageVolumeAsync(new NodeStageVolumeRequest { VolumeId = volume, VolumeCapability = CsiDriver.Mount() }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeStageVolumeAsync(new NodeStageVolumeRequest { VolumeId = volume, StagingTargetPath = "/x" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.StageAsync("missing", "/x").ShouldBeRefusedAsync(StatusCode.NotFound);
        await driver.Node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { StagingTargetPath = "/x" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodePublishVolumeAsync(new NodePublishVolumeRequest()).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodePublishVolumeAsync(new NodePublishVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodePublishVolumeAsync(new NodePublishVolumeRequest { VolumeId = volume, TargetPath = "/x" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeUnpublishVolumeAsync(new NodeUnpublishVolumeRequest()).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeUnpublishVolumeAsync(new NodeUnpublishVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumePath = "some/path" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = "missing", VolumePath = "some/path" }).ShouldBeRefusedAsync(StatusCode.NotFound);
        await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume, VolumePath = "some/path" }).ShouldBeRefusedAsync(StatusCode.NotFound);
        await driver.Node.NodeExpandVolumeAsync(new NodeExpandVolumeRequest { VolumePath = "/x" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeExpandVolumeAsync(new NodeExpandVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Node.NodeExpandVolumeAsync(new NodeExpandVolumeRequest { VolumeId = "missing", VolumePath = "some/path" }).ShouldBeRefusedAsync(StatusCode.NotFound);
        await driver.PublishAsync(volume, "/x", "/y").ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
    }

    [Theory]
    [InlineData("ext4", 64)]
    [InlineData("xfs", 320)]
    public async Task A_filesystem_lives_through_its_whole_life_with_every_call_made_twice(string type, int mebibytes)
    {
        var capability = CsiDriver.Mount(type: type, flags: "noatime");
        var volume = (await driver.CreateAsync(mebibytes * MiB, capability)).VolumeId;
        var (staging, target) = (driver.NewPath("staging"), driver.NewPath("target"));
        for (var i = 0; i < 2; i++)
            await driver.StageAsync(volume, staging, capability);
        MountTable.Read().At(staging)!.FileSystem.ShouldBe(type);
        for (var i = 0; i < 2; i++)
            await driver.PublishAsync(volume, staging, target, capability);
        await File.WriteAllTextAsync(Path.Combine(target, "greeting"), "hello", Ct);

        var stats = await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume, VolumePath = target });
        stats.Usage.Single(usage => usage.Unit == Unit.Bytes).Total.ShouldBeInRange(mebibytes * MiB / 2, mebibytes * MiB);
        stats.Usage.Single(usage => usage.Unit == Unit.Inodes).Total.ShouldBeGreaterThan(0);

        await driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await driver.UnstageAsync(volume, staging).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        for (var i = 0; i < 2; i++)
            await driver.UnpublishAsync(volume, target);
        Path.Exists(target).ShouldBeFalse();
        for (var i = 0; i < 2; i++)
            await driver.UnstageAsync(volume, staging);
        (await driver.Pool.Attachments.FindAsync(new VolumeId(volume), Ct)).ShouldBeNull();

        await driver.StageAsync(volume, staging, capability);
        (await File.ReadAllTextAsync(Path.Combine(staging, "greeting"), Ct)).ShouldBe("hello");
        await driver.UnstageAsync(volume, staging);
        await driver.DeleteAsync(volume);
    }

    [Fact]
    public async Task A_volume_whose_file_is_damaged_can_be_let_go_of_and_is_not_staged_again_until_it_is_restored()
    {
        var (volume, staging) = ((await driver.CreateAsync()).VolumeId, driver.NewPath("staging"));
        await driver.StageAsync(volume, staging);
        var document = Path.Combine(driver.Pools.Pools[0].Path, "volumes", volume, "volume.json");
        var content = await File.ReadAllTextAsync(document, Ct);
        await File.WriteAllTextAsync(document, "", Ct);

        await driver.UnstageAsync(volume, staging);
        (await driver.Pool.Attachments.FindAsync(new VolumeId(volume), Ct)).ShouldBeNull();
        (await driver.StageAsync(volume, staging).ShouldBeRefusedAsync(StatusCode.DataLoss)).ShouldContain(document);
        await driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.DataLoss);

        await File.WriteAllTextAsync(document, content, Ct);
        await driver.StageAsync(volume, staging);
        await driver.UnstageAsync(volume, staging);
        await driver.DeleteAsync(volume);
    }

    [Fact]
    public async Task Read_only_is_read_only()
    {
        var volume = (await driver.CreateAsync()).VolumeId;
        var (staging, target) = (driver.NewPath("staging"), driver.NewPath("target"));
        await driver.StageAsync(volume, staging);
        for (var i = 0; i < 2; i++)
            await driver.PublishAsync(volume, staging, target, readOnly: true);
        Should.Throw<IOException>(() => File.WriteAllText(Path.Combine(target, "x"), "x"));
        await driver.PublishAsync(volume, staging, target).ShouldBeRefusedAsync(StatusCode.AlreadyExists);
        await File.WriteAllTextAsync(Path.Combine(staging, "x"), "x", Ct);
        await driver.UnpublishAsync(volume, target);
        await driver.UnstageAsync(volume, staging);
        var reader = CsiDriver.Mount(Mode.SingleNodeReaderOnly);
        await driver.StageAsync(volume, staging, reader);
        Should.Throw<IOException>(() => File.WriteAllText(Path.Combine(staging, "y"), "y"));
        await driver.UnstageAsync(volume, staging);
    }

    [Fact]
    public async Task One_pod_at_a_time_means_one()
    {
        var single = CsiDriver.Mount(Mode.SingleNodeSingleWriter);
        var volume = (await driver.CreateAsync(capability: single)).VolumeId;
        var (staging, one, two) = (driver.NewPath("staging"), driver.NewPath("target"), driver.NewPath("target"));
        await driver.StageAsync(volume, staging, single);
        await driver.PublishAsync(volume, staging, one, single);
        await driver.PublishAsync(volume, staging, two, single).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await driver.PublishAsync(volume, staging, one, single);
        await driver.UnpublishAsync(volume, one);
        await driver.PublishAsync(volume, staging, two, single);
        await driver.UnpublishAsync(volume, two);
        await driver.UnstageAsync(volume, staging);
    }

    [Fact]
    public async Task A_raw_block_volume_is_a_device_that_keeps_its_bytes_and_grows()
    {
        var block = CsiDriver.Block();
        var volume = (await driver.CreateAsync(capability: block)).VolumeId;
        var (staging, target) = (driver.NewPath("staging"), driver.NewPath("target"));
        for (var i = 0; i < 2; i++)
        {
            await driver.StageAsync(volume, staging, block);
            await driver.PublishAsync(volume, staging, target, block);
        }

        Shell.Run("blockdev", "--getsize64", target).ShouldBe((64 * MiB).ToString(System.Globalization.CultureInfo.InvariantCulture));
        Shell.Run("sh", "-c", $"echo raw bytes | dd of={target} conv=fsync status=none");
        var stats = await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume, VolumePath = target });
        stats.Usage.ShouldHaveSingleItem().Total.ShouldBe(64 * MiB);
        await driver.UnstageAsync(volume, staging).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);

        await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = volume, CapacityRange = new CapacityRange { RequiredBytes = 96 * MiB } });
        (await driver.Node.NodeExpandVolumeAsync(new NodeExpandVolumeRequest { VolumeId = volume, VolumePath = target })).CapacityBytes.ShouldBe(96 * MiB);
        Shell.Run("blockdev", "--getsize64", target).ShouldBe((96 * MiB).ToString(System.Globalization.CultureInfo.InvariantCulture));

        await driver.UnpublishAsync(volume, target);
        await driver.UnstageAsync(volume, staging);
        // A file system would be made over a blank device only.
        (await driver.StageAsync(volume, staging).ShouldBeRefusedAsync(StatusCode.FailedPrecondition)).ShouldContain("neither mounted nor formatted");
        await driver.StageAsync(volume, staging, block);
        await driver.PublishAsync(volume, staging, target, block);
        Shell.Run("head", "-c", "9", target).ShouldBe("raw bytes");
        await driver.UnpublishAsync(volume, target);
        Path.Exists(target).ShouldBeFalse();
        await driver.UnstageAsync(volume, staging);
    }

    [Theory]
    [InlineData("ext4", 64, 128)]
    [InlineData("xfs", 320, 640)]
    public async Task A_mounted_filesystem_grows(string type, int before, int after)
    {
        var capability = CsiDriver.Mount(type: type);
        var volume = (await driver.CreateAsync(before * MiB, capability)).VolumeId;
        var (staging, target) = (driver.NewPath("staging"), driver.NewPath("target"));
        await driver.StageAsync(volume, staging, capability);
        await driver.PublishAsync(volume, staging, target, capability);
        var range = new CapacityRange { RequiredBytes = after * MiB };
        await driver.Node.NodeExpandVolumeAsync(new NodeExpandVolumeRequest { VolumeId = volume, VolumePath = target, CapacityRange = range }).ShouldBeRefusedAsync(StatusCode.OutOfRange);
        await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = volume, CapacityRange = range });
        var expand = new NodeExpandVolumeRequest { VolumeId = volume, VolumePath = target, CapacityRange = range };
        if (type == "xfs" || HasResourceCapability())
        {
            await driver.Node.NodeExpandVolumeAsync(expand);
        }
        else
        {
            // The kernel does not let us grow ext4 while it is mounted; kubelet is told so and it happens at the next stage.
            (await driver.Node.NodeExpandVolumeAsync(expand).ShouldBeRefusedAsync(StatusCode.FailedPrecondition)).ShouldContain("started anew");
            await driver.UnpublishAsync(volume, target);
            await driver.UnstageAsync(volume, staging);
            await driver.StageAsync(volume, staging, capability);
            await driver.PublishAsync(volume, staging, target, capability);
        }

        await driver.Node.NodeExpandVolumeAsync(expand);
        var stats = await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = volume, VolumePath = target });
        stats.Usage.Single(usage => usage.Unit == Unit.Bytes).Total.ShouldBeGreaterThan(before * MiB);
        await driver.UnpublishAsync(volume, target);
        await driver.UnstageAsync(volume, staging);
    }

    [Theory]
    [InlineData("ext4", 64)]
    [InlineData("xfs", 320)]
    public async Task A_copy_and_its_original_are_used_at_once_and_a_larger_copy_uses_its_size(string type, int mebibytes)
    {
        var capability = CsiDriver.Mount(type: type);
        var volume = (await driver.CreateAsync(mebibytes * MiB, capability)).VolumeId;
        var staging = driver.NewPath("staging");
        await driver.StageAsync(volume, staging, capability);
        await File.WriteAllTextAsync(Path.Combine(staging, "greeting"), "hello", Ct);
        var snapshot = (await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = CsiDriver.UniqueName("s"), SourceVolumeId = volume })).Snapshot;
        await File.WriteAllTextAsync(Path.Combine(staging, "greeting"), "later", Ct);
        var restored = (await driver.CreateAsync(
            2 * mebibytes * MiB, capability, source: new VolumeContentSource { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = snapshot.SnapshotId } })).VolumeId;
        var copied = (await driver.CreateAsync(
            mebibytes * MiB, capability, source: new VolumeContentSource { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = volume } })).VolumeId;
        var (restoredStaging, copiedStaging) = (driver.NewPath("staging"), driver.NewPath("staging"));
        await driver.StageAsync(restored, restoredStaging, capability);
        await driver.StageAsync(copied, copiedStaging, capability);
        (await File.ReadAllTextAsync(Path.Combine(restoredStaging, "greeting"), Ct)).ShouldBe("hello");
        (await File.ReadAllTextAsync(Path.Combine(copiedStaging, "greeting"), Ct)).ShouldBe("later");
        var stats = await driver.Node.NodeGetVolumeStatsAsync(new NodeGetVolumeStatsRequest { VolumeId = restored, VolumePath = restoredStaging });
        stats.Usage.Single(usage => usage.Unit == Unit.Bytes).Total.ShouldBeGreaterThan(mebibytes * MiB);
        await driver.UnstageAsync(volume, staging);
        await driver.UnstageAsync(restored, restoredStaging);
        await driver.UnstageAsync(copied, copiedStaging);
    }

    [Fact]
    public async Task Formatting_that_was_interrupted_goes_on()
    {
        var volume = (await driver.CreateAsync()).VolumeId;
        var device = (await driver.Pool.Attachments.AttachAsync(new VolumeId(volume), readOnly: false, Ct)).DevicePath;
        Shell.Run("dd", "if=/dev/urandom", $"of={device}", "bs=4096", "count=10", "seek=1", "status=none", "conv=fsync");
        var staging = driver.NewPath("staging");
        (await driver.StageAsync(volume, staging).ShouldBeRefusedAsync(StatusCode.FailedPrecondition)).ShouldContain("unknown kind");
        Directory.CreateDirectory(driver.FormatIntents);
        await File.WriteAllTextAsync(Path.Combine(driver.FormatIntents, volume), "", Ct);
        await driver.StageAsync(volume, staging);
        File.Exists(Path.Combine(driver.FormatIntents, volume)).ShouldBeFalse();
        MountTable.Read().At(staging).ShouldNotBeNull();
        await driver.UnstageAsync(volume, staging);
    }

    [Fact]
    public async Task A_mount_left_over_of_a_device_that_is_gone_is_replaced()
    {
        var volume = (await driver.CreateAsync()).VolumeId;
        var (staging, target) = (driver.NewPath("staging"), driver.NewPath("target"));
        await driver.StageAsync(volume, staging);
        await driver.PublishAsync(volume, staging, target);
        await File.WriteAllTextAsync(Path.Combine(target, "greeting"), "hello", Ct);
        var device = (await driver.Pool.Attachments.FindAsync(new VolumeId(volume), Ct))!.DevicePath;
        Shell.Run("umount", target);
        Shell.Run("umount", staging);
        Shell.Run("losetup", "-d", device);
        await driver.StageAsync(volume, staging);
        await driver.PublishAsync(volume, staging, target);
        (await File.ReadAllTextAsync(Path.Combine(target, "greeting"), Ct)).ShouldBe("hello");
        await driver.UnpublishAsync(volume, target);
        await driver.UnstageAsync(volume, staging);
    }

    [Fact]
    public async Task Two_calls_for_one_volume_do_not_meet()
    {
        var volume = (await driver.CreateAsync(320 * MiB, CsiDriver.Mount(type: "xfs"))).VolumeId;
        var staging = driver.NewPath("staging");
        var calls = Enumerable.Range(0, 8).Select(_ => driver.StageAsync(volume, staging, CsiDriver.Mount(type: "xfs"))).ToArray();
        try
        {
            await Task.WhenAll(calls);
        }
        catch (RpcException)
        {
            calls.Where(call => call.IsFaulted).ShouldAllBe(call => ((RpcException)call.Exception!.InnerException!).StatusCode == StatusCode.Aborted);
        }

        calls.ShouldContain(call => call.IsCompletedSuccessfully);
        MountTable.Read().Count(entry => entry.MountPoint == staging).ShouldBe(1);
        await driver.UnstageAsync(volume, staging);
    }

    [Fact]
    public async Task Another_filesystem_than_the_one_there_is_not_made()
    {
        var volume = (await driver.CreateAsync(320 * MiB)).VolumeId;
        var staging = driver.NewPath("staging");
        await driver.StageAsync(volume, staging);
        await driver.StageAsync(volume, staging, CsiDriver.Mount(type: "xfs")).ShouldBeRefusedAsync(StatusCode.AlreadyExists);
        await driver.UnstageAsync(volume, staging);
        (await driver.StageAsync(volume, staging, CsiDriver.Mount(type: "xfs")).ShouldBeRefusedAsync(StatusCode.FailedPrecondition)).ShouldContain("holds ext4");
    }

    private static bool HasResourceCapability()
    {
        const int CapSysResource = 24;
        var line = File.ReadLines("/proc/self/status").Single(text => text.StartsWith("CapEff:", StringComparison.Ordinal));
        return ((Convert.ToInt64(line[7..].Trim(), 16) >> CapSysResource) & 1) != 0;
    }
}
