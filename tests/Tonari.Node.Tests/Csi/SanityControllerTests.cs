using Grpc.Core;
using Tonari.Rpc.Csi;

namespace Tonari.Node.Tests.Csi;

/// <summary>What csi-sanity 5.0 to 5.6 asks of Identity and Controller beyond <see cref="ControllerConformanceTests"/>, with its sizes and its order, on a pool of its own.</summary>
public sealed class SanityControllerTests(CsiDriver driver) : IClassFixture<CsiDriver>
{
    public static TheoryData<string> AccessTypes => ["mount", "block"];

    [Fact]
    public async Task Announces_only_what_every_version_of_the_suite_knows()
    {
        var name = (await driver.Identity.GetPluginInfoAsync(new GetPluginInfoRequest())).Name;
        name.ShouldMatch(@"\A[a-zA-Z][A-Za-z0-9._-]{0,61}[a-zA-Z]\z");
        var plugin = (await driver.Identity.GetPluginCapabilitiesAsync(new GetPluginCapabilitiesRequest())).Capabilities;
        plugin.Select(c => (int)(c.Service?.Type ?? 0)).Where(type => type > 0).ShouldBe([1, 2]);
        plugin.Select(c => (int)(c.VolumeExpansion?.Type ?? 0)).Where(type => type > 0).ShouldBe([1]);
        // An unknown one fails the suite. 11 (volume condition) is known up to 5.5, 15 (get snapshot) from 5.5, the health ones from 5.6.
        (await driver.Controller.ControllerGetCapabilitiesAsync(new ControllerGetCapabilitiesRequest())).Capabilities
            .Select(c => (int)c.Rpc.Type).ShouldBe([1, 3, 4, 5, 6, 7, 9, 12, 13], ignoreOrder: true);
        (await driver.Node.NodeGetCapabilitiesAsync(new NodeGetCapabilitiesRequest())).Capabilities.Select(c => (int)c.Rpc.Type).ShouldBe([1, 2, 3, 5], ignoreOrder: true);
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task A_volume_is_listed_while_it_exists(string access)
    {
        await using var bench = new SanityBench(driver);
        var before = await CountVolumesAsync();
        var volume = await bench.CreateAsync(new CreateVolumeRequest { Name = "sanity", VolumeCapabilities = { Capability(access) } });
        (await CountVolumesAsync()).ShouldBe(before + 1);
        await driver.DeleteAsync(volume.VolumeId);
        (await CountVolumesAsync()).ShouldBe(before);
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task A_name_means_one_volume_of_exactly_the_size_asked_for(string access)
    {
        await using var bench = new SanityBench(driver);
        foreach (var name in (string[])[CsiDriver.UniqueName("sanity-twice"), CsiDriver.UniqueName("sanity-maxlen").PadRight(128, 'm')])
        {
            var first = await bench.CreateAsync(Capability(access), name);
            first.CapacityBytes.ShouldBe(SanityBench.VolumeBytes);
            (await bench.CreateAsync(Capability(access), name)).VolumeId.ShouldBe(first.VolumeId);
            foreach (var bytes in (long[])[SanityBench.VolumeBytes * 2, SanityBench.VolumeBytes * 4])
            {
                var other = SanityBench.Order(Capability(access), name);
                // Also where the pool could not hold it: what is wrong is the name.
                other.CapacityRange = new CapacityRange { RequiredBytes = bytes, LimitBytes = bytes };
                await driver.Controller.CreateVolumeAsync(other).ShouldBeRefusedAsync(StatusCode.AlreadyExists);
            }
        }
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task A_volume_made_from_another_says_from_what(string access)
    {
        await using var bench = new SanityBench(driver);
        var source = await bench.CreateAsync(Capability(access));
        var snapshot = await bench.SnapshotAsync(source.VolumeId);
        var restore = SanityBench.Order(Capability(access));
        restore.VolumeContentSource = new VolumeContentSource { Snapshot = new VolumeContentSource.Types.SnapshotSource { SnapshotId = snapshot.SnapshotId } };
        (await bench.CreateAsync(restore)).ContentSource.ShouldBe(restore.VolumeContentSource);
        (await bench.CreateAsync(restore)).ContentSource.ShouldBe(restore.VolumeContentSource, "also when asked again");
        var clone = SanityBench.Order(Capability(access));
        clone.VolumeContentSource = new VolumeContentSource { Volume = new VolumeContentSource.Types.VolumeSource { VolumeId = source.VolumeId } };
        (await bench.CreateAsync(clone)).ContentSource.ShouldBe(clone.VolumeContentSource);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public async Task What_several_nodes_would_share_is_refused(int mode)
    {
        var shared = CsiDriver.Mount((VolumeCapability.Types.AccessMode.Types.Mode)mode);
        await driver.Controller.CreateVolumeAsync(SanityBench.Order(shared)).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
        await using var bench = new SanityBench(driver);
        var volume = await bench.CreateAsync(CsiDriver.Mount());
        var answer = await driver.Controller.ValidateVolumeCapabilitiesAsync(new ValidateVolumeCapabilitiesRequest { VolumeId = volume.VolumeId, VolumeCapabilities = { shared } });
        answer.Confirmed.ShouldBeNull();
        await driver.StageAsync(volume.VolumeId, bench.Staging, shared).ShouldBeRefusedAsync(StatusCode.InvalidArgument);
    }

    [Fact]
    public async Task The_snapshot_looked_for_is_found_among_others()
    {
        await using var bench = new SanityBench(driver);
        var snapshots = new List<Snapshot>();
        for (var i = 0; i < 3; i++)
            snapshots.Add(await bench.SnapshotAsync((await bench.CreateAsync(CsiDriver.Mount())).VolumeId));
        foreach (var wanted in snapshots)
        {
            (await ListAsync(new ListSnapshotsRequest { SnapshotId = wanted.SnapshotId })).ShouldHaveSingleItem().ShouldBe(wanted);
            (await ListAsync(new ListSnapshotsRequest { SourceVolumeId = wanted.SourceVolumeId })).ShouldHaveSingleItem().ShouldBe(wanted);
        }

        (await ListAsync(new ListSnapshotsRequest { SourceVolumeId = "fake-vol-id-0123456789" })).ShouldBeEmpty();
        (await ListAsync(new ListSnapshotsRequest())).Count.ShouldBe(3);
        await driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = snapshots[1].SnapshotId });
        (await ListAsync(new ListSnapshotsRequest())).Count.ShouldBe(2);
    }

    [Fact]
    public async Task The_second_page_holds_all_that_the_first_does_not()
    {
        await using var bench = new SanityBench(driver);
        for (var i = 0; i < 5; i++)
            await bench.SnapshotAsync((await bench.CreateAsync(CsiDriver.Mount())).VolumeId);
        var first = await driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest { MaxEntries = 2 });
        first.Entries.Count.ShouldBe(2);
        (await ListAsync(new ListSnapshotsRequest { StartingToken = first.NextToken })).Select(s => s.SnapshotId)
            .Concat(first.Entries.Select(entry => entry.Snapshot.SnapshotId)).Distinct().Count().ShouldBe(5);
    }

    [Fact]
    public async Task A_snapshot_name_means_one_snapshot_of_one_volume()
    {
        await using var bench = new SanityBench(driver);
        var (one, two) = ((await bench.CreateAsync(CsiDriver.Mount())).VolumeId, (await bench.CreateAsync(CsiDriver.Mount())).VolumeId);
        foreach (var name in (string[])[CsiDriver.UniqueName("sanity-snapshot"), CsiDriver.UniqueName("sanity-maxlen").PadRight(128, 's')])
        {
            (await bench.SnapshotAsync(one, name)).ShouldBe(await bench.SnapshotAsync(one, name));
            await driver.Controller.CreateSnapshotAsync(new CreateSnapshotRequest { Name = name, SourceVolumeId = two }).ShouldBeRefusedAsync(StatusCode.AlreadyExists);
        }
    }

    [Theory]
    [MemberData(nameof(AccessTypes))]
    public async Task A_volume_grows_to_exactly_the_size_asked_for(string access)
    {
        await using var bench = new SanityBench(driver);
        var volume = (await bench.CreateAsync(Capability(access))).VolumeId;
        var grow = new ControllerExpandVolumeRequest { VolumeId = volume, CapacityRange = new CapacityRange { RequiredBytes = SanityBench.GrownBytes }, VolumeCapability = Capability(access) };
        (await driver.Controller.ControllerExpandVolumeAsync(grow)).CapacityBytes.ShouldBe(SanityBench.GrownBytes);
        (await driver.Controller.ControllerGetVolumeAsync(new ControllerGetVolumeRequest { VolumeId = volume })).Volume.CapacityBytes.ShouldBe(SanityBench.GrownBytes);
    }

    [Fact]
    public async Task Volumes_may_promise_more_together_than_the_pool_has_but_none_alone()
    {
        await using var bench = new SanityBench(driver);
        for (var promised = 0L; promised <= CsiDriver.PoolBytes; promised += SanityBench.VolumeBytes)
            await bench.CreateAsync(CsiDriver.Mount());
        var most = (await driver.Controller.GetCapacityAsync(new GetCapacityRequest())).MaximumVolumeSize!.Value;
        await driver.CreateAsync(most + 1).ShouldBeRefusedAsync(StatusCode.OutOfRange);
    }

    internal static VolumeCapability Capability(
        string access, VolumeCapability.Types.AccessMode.Types.Mode mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter) =>
        access == "block" ? CsiDriver.Block(mode) : CsiDriver.Mount(mode);

    private async Task<int> CountVolumesAsync() => (await driver.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries.Count;

    private async Task<IReadOnlyList<Snapshot>> ListAsync(ListSnapshotsRequest request) =>
        [.. (await driver.Controller.ListSnapshotsAsync(request)).Entries.Select(entry => entry.Snapshot)];
}
