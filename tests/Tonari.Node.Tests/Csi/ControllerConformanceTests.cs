using Grpc.Core;
using Tonari.Engine;
using Tonari.Rpc.Csi;
using Mode = Tonari.Rpc.Csi.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Tonari.Node.Tests.Csi;

/// <summary>What the CSI specification and its sanity suite demand of Identity and Controller.</summary>
public sealed class ControllerConformanceTests(CsiDriver driver)
{
    private const long MiB = CsiDriver.MiB;

    [Fact]
    public async Task Introduces_itself()
    {
        (await driver.Identity.GetPluginInfoAsync(new GetPluginInfoRequest())).Name.ShouldBe("tonari.dev");
        (await driver.Identity.ProbeAsync(new ProbeRequest())).Ready.ShouldBe(true);
        var capabilities = (await driver.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest())).Capabilities;
        capabilities.Select(c => c.Service?.Type).ShouldContain(PluginCapability.Types.Service.Types.Type.ControllerService);
        capabilities.Select(c => c.Service?.Type).ShouldContain(PluginCapability.Types.Service.Types.Type.VolumeAccessibilityConstraints);
        var info = await driver.Registration.GetInfoAsync(new Rpc.PluginRegistration.InfoRequest());
        info.Type.ShouldBe("CSIPlugin");
        File.Exists(info.Endpoint).ShouldBeTrue();
    }

    [Fact]
    public async Task Refuses_to_create_what_is_not_said_completely()
    {
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { VolumeCapabilities = { CsiDriver.Mount() } }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = "x" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = "x", VolumeCapabilities = { new VolumeCapability() } }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = "a\u0007b", VolumeCapabilities = { CsiDriver.Mount() } }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        var shared = CsiDriver.Mount(Mode.MultiNodeMultiWriter);
        (await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = "x", VolumeCapabilities = { shared } }).ShouldBeRefusedAsync(StatusCode.InvalidArgument))
            .ShouldContain("one node");
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = "x", VolumeCapabilities = { CsiDriver.Mount(type: "ntfs") } }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
    }

    [Theory]
    [InlineData("../../etc/passwd")]
    [InlineData("隣の家のボリューム")]
    [InlineData("with spaces, a / slash and a\ttab")]
    [InlineData("-leading")]
    public async Task Takes_names_that_would_be_hostile_as_paths(string name)
    {
        foreach (var full in (string[])[name, name.PadRight(128, 'x')])
        {
            var first = await driver.CreateAsync(name: full);
            var second = await driver.CreateAsync(name: full);
            second.VolumeId.ShouldBe(first.VolumeId);
            VolumeId.TryParse(first.VolumeId, out _).ShouldBeTrue();
            await driver.DeleteAsync(first.VolumeId);
        }
    }

    [Fact]
    public async Task A_claims_volume_has_the_claims_id()
    {
        var name = $"pvc-{Guid.NewGuid()}";
        var volume = await driver.CreateAsync(name: name);
        volume.VolumeId.ShouldBe(name);
        volume.AccessibleTopology.ShouldHaveSingleItem().Segments["tonari.dev/node"].ShouldBe(CsiDriver.NodeName);
        volume.VolumeContext["pool"].ShouldBe("testnode-main");
        await driver.DeleteAsync(name);
    }

    [Fact]
    public async Task Sizes_are_honoured()
    {
        var none = (await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = CsiDriver.UniqueName("size"), VolumeCapabilities = { CsiDriver.Mount() } })).Volume;
        none.CapacityBytes.ShouldBe(1L << 30);
        (await driver.CreateAsync(1)).CapacityBytes.ShouldBe(16 * MiB);
        (await driver.CreateAsync((20 * MiB) + 1)).CapacityBytes.ShouldBe(21 * MiB);
        await driver.CreateAsync(1L << 50).ShouldBeRefusedAsync(StatusCode.OutOfRange);
        await driver.CreateAsync(long.MaxValue).ShouldBeRefusedAsync(StatusCode.OutOfRange);
        await driver.CreateAsync(-1).ShouldBeRefusedAsync(StatusCode.OutOfRange);
        (await driver.CreateAsync(100 * MiB, CsiDriver.Mount(type: "xfs")).ShouldBeRefusedAsync(StatusCode.OutOfRange)).ShouldContain("300 MiB");
        var range = new CapacityRange { RequiredBytes = 20 * MiB, LimitBytes = 10 * MiB };
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest { Name = "x", CapacityRange = range, VolumeCapabilities = { CsiDriver.Mount() } })
            .ShouldBeRefusedAsync(StatusCode.OutOfRange);
    }

    [Fact]
    public async Task The_same_name_with_other_facts_is_refused()
    {
        var name = CsiDriver.UniqueName("twice");
        await driver.CreateAsync(64 * MiB, name: name);
        await driver.CreateAsync(128 * MiB, name: name).ShouldBeRefusedAsync(StatusCode.AlreadyExists);
        var other = await driver.CreateAsync();
        await driver.CreateAsync(64 * MiB, name: name, source: Of(other)).ShouldBeRefusedAsync(StatusCode.AlreadyExists);
    }

    [Fact]
    public async Task Deleting_twice_or_nothing_succeeds()
    {
        await driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest()).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.DeleteAsync("fake-vol-id");
        await driver.DeleteAsync("../..");
        var volume = await driver.CreateAsync();
        await driver.DeleteAsync(volume.VolumeId);
        await driver.DeleteAsync(volume.VolumeId);
        (await driver.Pool.Volumes.FindAsync(new VolumeId(volume.VolumeId), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    [Fact]
    public async Task Volumes_are_listed_in_pages()
    {
        await driver.Controller.ListVolumesAsync(new ListVolumesRequest { StartingToken = "invalid-token" }).ShouldBeRefusedAsync(StatusCode.Aborted);
        await driver.Controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = -1 }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        string[] made = [(await driver.CreateAsync()).VolumeId, (await driver.CreateAsync()).VolumeId, (await driver.CreateAsync()).VolumeId];
        var seen = new List<string>();
        var token = "";
        do
        {
            var page = await driver.Controller.ListVolumesAsync(new ListVolumesRequest { MaxEntries = 2, StartingToken = token });
            page.Entries.Count.ShouldBeLessThanOrEqualTo(2);
            seen.AddRange(page.Entries.Select(entry => entry.Volume.VolumeId));
            token = page.NextToken;
        }
        while (token.Length > 0);
        made.ShouldBeSubsetOf(seen);
        seen.ShouldBeUnique();
    }

    [Fact]
    public async Task Capacity_is_this_nodes()
    {
        var here = await driver.Controller.GetCapacityAsync(new GetCapacityRequest());
        here.AvailableCapacity.ShouldBeInRange(1L << 30, CsiDriver.PoolBytes);
        here.MaximumVolumeSize.ShouldBe(CsiDriver.PoolBytes);
        var elsewhere = new Topology { Segments = { ["tonari.dev/node"] = "another" } };
        (await driver.Controller.GetCapacityAsync(new GetCapacityRequest { AccessibleTopology = elsewhere })).AvailableCapacity.ShouldBe(0);
        await driver.Controller.CreateVolumeAsync(new CreateVolumeRequest
        {
            Name = "x",
            VolumeCapabilities = { CsiDriver.Mount() },
            AccessibilityRequirements = new TopologyRequirement { Requisite = { elsewhere } },
        }).ShouldBeRefusedAsync(StatusCode.ResourceExhausted);
    }

    [Fact]
    public async Task Capabilities_are_validated()
    {
        var volume = await driver.CreateAsync();
        await driver.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest()).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeId = volume.VolumeId }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeId = "Missing_Volume", VolumeCapabilities = { CsiDriver.Mount() } })
            .ShouldBeRefusedAsync(StatusCode.NotFound);
        var yes = await driver.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeId = volume.VolumeId, VolumeCapabilities = { CsiDriver.Mount() } });
        yes.Confirmed.VolumeCapabilities.ShouldHaveSingleItem();
        var no = await driver.Controller.ValidateVolumeCapabilitiesAsync(
            new ValidateVolumeCapabilitiesRequest { VolumeId = volume.VolumeId, VolumeCapabilities = { CsiDriver.Mount(Mode.MultiNodeMultiWriter) } });
        no.Confirmed.ShouldBeNull();
        no.Message.ShouldNotBeEmpty();
        (await driver.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = volume.VolumeId })).Volume.CapacityBytes.ShouldBe(64 * MiB);
        await driver.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = "missing" }).ShouldBeRefusedAsync(StatusCode.NotFound);
    }

    [Fact]
    public async Task Snapshots_are_taken_found_and_deleted()
    {
        var volume = await driver.CreateAsync();
        await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { SourceVolumeId = volume.VolumeId }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "x" }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = "x", SourceVolumeId = "missing" }).ShouldBeRefusedAsync(StatusCode.NotFound);
        var name = CsiDriver.UniqueName("snap").PadRight(128, 'y');
        var request = new CreateSnapshotRequest { Name = name, SourceVolumeId = volume.VolumeId };
        var first = (await driver.Controller.CreateSnapshotAsync(request)).Snapshot;
        var second = (await driver.Controller.CreateSnapshotAsync(request)).Snapshot;
        second.ShouldBe(first);
        first.ReadyToUse.ShouldBeTrue();
        first.SizeBytes.ShouldBe(64 * MiB);
        first.CreationTime.ShouldNotBeNull();
        var other = await driver.CreateAsync();
        await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = name, SourceVolumeId = other.VolumeId }).ShouldBeRefusedAsync(StatusCode.AlreadyExists);

        (await Snapshots(new ListSnapshotsRequest { SnapshotId = first.SnapshotId })).ShouldBe([first.SnapshotId]);
        (await Snapshots(new ListSnapshotsRequest { SourceVolumeId = volume.VolumeId })).ShouldBe([first.SnapshotId]);
        (await Snapshots(new ListSnapshotsRequest { SnapshotId = "none-exist-id" })).ShouldBeEmpty();
        (await Snapshots(new ListSnapshotsRequest { SourceVolumeId = "none-exist-id" })).ShouldBeEmpty();

        (await driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume.VolumeId }).ShouldBeRefusedAsync(StatusCode.FailedPrecondition)).ShouldContain("VolumeSnapshots");
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest()).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = "reallyfakesnapshotid" });
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = first.SnapshotId });
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = first.SnapshotId });
        (await Snapshots(new ListSnapshotsRequest { SnapshotId = first.SnapshotId })).ShouldBeEmpty();
        await driver.DeleteAsync(volume.VolumeId);
    }

    [Fact]
    public async Task Snapshots_are_listed_in_pages()
    {
        var volume = await driver.CreateAsync();
        for (var i = 0; i < 5; i++)
            await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = CsiDriver.UniqueName("page"), SourceVolumeId = volume.VolumeId });
        var first = await driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { SourceVolumeId = volume.VolumeId, MaxEntries = 2 });
        first.Entries.Count.ShouldBe(2);
        var rest = await driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { SourceVolumeId = volume.VolumeId, StartingToken = first.NextToken });
        rest.Entries.Count.ShouldBe(3);
        rest.NextToken.ShouldBeEmpty();
        await driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { StartingToken = "nonsense" }).ShouldBeRefusedAsync(StatusCode.Aborted);
    }

    [Fact]
    public async Task Copies_of_missing_sources_are_refused()
    {
        await driver.CreateAsync(source: new VolumeContentSource { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = "fake-vol-id" } }).ShouldBeRefusedAsync(StatusCode.NotFound);
        await driver.CreateAsync(source: OfSnapshot("non-existing-snapshot-id")).ShouldBeRefusedAsync(StatusCode.NotFound);
        var volume = await driver.CreateAsync();
        await driver.CreateAsync(source: OfSnapshot(volume.VolumeId + "/snap-missing")).ShouldBeRefusedAsync(StatusCode.NotFound);
        await driver.CreateAsync(32 * MiB, source: Of(volume)).ShouldBeRefusedAsync(StatusCode.OutOfRange);
        var copy = await driver.CreateAsync(source: Of(volume));
        copy.ContentSource.Volume.VolumeId.ShouldBe(volume.VolumeId);
    }

    [Fact]
    public async Task Volumes_grow_and_never_shrink()
    {
        var volume = await driver.CreateAsync();
        var larger = new CapacityRange { RequiredBytes = 128 * MiB };
        await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { CapacityRange = larger }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = volume.VolumeId }).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = "missing", CapacityRange = larger }).ShouldBeRefusedAsync(StatusCode.NotFound);
        for (var i = 0; i < 2; i++)
        {
            var grown = await driver.Controller.ControllerExpandVolumeAsync(new ControllerExpandVolumeRequest { VolumeId = volume.VolumeId, CapacityRange = larger });
            grown.CapacityBytes.ShouldBe(128 * MiB);
            grown.NodeExpansionRequired.ShouldBeTrue();
        }

        var smaller = await driver.Controller.ControllerExpandVolumeAsync(
            new ControllerExpandVolumeRequest { VolumeId = volume.VolumeId, CapacityRange = new CapacityRange { RequiredBytes = MiB }, VolumeCapability = CsiDriver.Block() });
        smaller.CapacityBytes.ShouldBe(128 * MiB);
        smaller.NodeExpansionRequired.ShouldBeFalse();
    }

    [Fact]
    public async Task Deleting_a_mirrored_volume_keeps_its_data_as_a_snapshot()
    {
        var ct = TestContext.Current.CancellationToken;
        var volume = new VolumeId((await driver.CreateAsync()).VolumeId);
        var common = new SnapshotName($"m-{Guid.NewGuid().ToString("N")[..10]}-e1-s1");
        await driver.Pool.Groups.TakeAsync(common, [volume], new GroupSnapshotOptions(), ct);
        var listed = await driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { SourceVolumeId = volume.Value });
        listed.Entries.ShouldHaveSingleItem().Snapshot.GroupSnapshotId.ShouldBe(common.Value, "so that nobody takes it for one that can be deleted on its own");
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = $"{volume}/{common}" }).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        await driver.DeleteAsync(volume.Value);
        await driver.DeleteAsync(volume.Value);
        var kept = (await driver.Pool.Volumes.FindAsync(volume, ct)).ShouldNotBeNull();
        kept.HasLive.ShouldBeFalse();
        kept.Snapshots.Select(s => s.Name.Value).ShouldContain(name => name.StartsWith("deleted-", StringComparison.Ordinal));
        kept.Snapshots.Select(s => s.Name).ShouldContain(common);
        var refusal = await driver.StageAsync(volume.Value, driver.NewPath("staging")).ShouldBeRefusedAsync(StatusCode.FailedPrecondition);
        refusal.ShouldContain("secondary side of a mirror");
        await driver.Pool.Volumes.DeleteAsync(volume, ct);
    }

    [Fact]
    public async Task A_volume_with_a_snapshot_that_cannot_be_used_is_not_deleted_as_if_it_had_none()
    {
        var ct = TestContext.Current.CancellationToken;
        var volume = (await driver.CreateAsync()).VolumeId;
        var snapshot = await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { SourceVolumeId = volume, Name = CsiDriver.UniqueName("snapshot") });
        var id = snapshot.Snapshot.SnapshotId;
        await File.WriteAllTextAsync(Path.Combine(driver.Pools.Pools[0].Path, "volumes", volume, "snapshots", id[(volume.Length + 1)..] + ".json"), "", ct);

        (await driver.Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume }).ShouldBeRefusedAsync(StatusCode.FailedPrecondition))
            .ShouldContain(id[(volume.Length + 1)..]);
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id });
        await driver.DeleteAsync(volume);
        (await driver.Pool.Volumes.FindAsync(new VolumeId(volume), ct)).ShouldBeNull();
    }

    private static VolumeContentSource Of(Rpc.Csi.Volume volume) => new() { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = volume.VolumeId } };

    private static VolumeContentSource OfSnapshot(string id) => new() { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = id } };

    private async Task<string[]> Snapshots(ListSnapshotsRequest request) =>
        [.. (await driver.Controller.ListSnapshotsAsync(request)).Entries.Select(entry => entry.Snapshot.SnapshotId)];
}
