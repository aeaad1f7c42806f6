using Tonari.Rpc.Csi;

namespace Tonari.Node.Tests.Csi;

/// <summary>The ground rules of the conformance suite (csi-sanity) for one check: it makes the mount and the staging directory, and after the check
/// cleans up whatever was made, last first, with the calls of a caller who knows little; then nothing may be left in either directory or in the pool.</summary>
internal sealed class SanityBench : IAsyncDisposable
{
    /// <summary>The suite's defaults: -csi.testvolumesize and what it grows to.</summary>
    public const long VolumeBytes = 10L << 30;
    public const long GrownBytes = 11L << 30;

    private readonly CsiDriver _driver;
    private readonly Stack<(string Id, bool IsSnapshot)> _made = new();

    public SanityBench(CsiDriver driver)
    {
        _driver = driver;
        MountDirectory = driver.NewPath("sanity");
        Staging = driver.NewPath("sanity");
        Directory.CreateDirectory(MountDirectory);
        Directory.CreateDirectory(Staging);
    }

    public string MountDirectory { get; }

    public string Staging { get; }

    public string Target => MountDirectory + "/target";

    public async Task<Rpc.Csi.Volume> CreateAsync(CreateVolumeRequest request)
    {
        var volume = (await _driver.Controller.CreateVolumeAsync(request)).Volume;
        _made.Push((volume.VolumeId, false));
        return volume;
    }

    public Task<Rpc.Csi.Volume> CreateAsync(VolumeCapability capability, string? name = null) => CreateAsync(Order(capability, name));

    public async Task<Snapshot> SnapshotAsync(string volume, string? name = null)
    {
        var request = new CreateSnapshotRequest { SourceVolumeId = volume, Name = name ?? CsiDriver.UniqueName("sanity-snapshot") };
        var snapshot = (await _driver.Controller.CreateSnapshotAsync(request)).Snapshot;
        snapshot.SnapshotId.ShouldNotBeEmpty();
        snapshot.SourceVolumeId.ShouldBe(volume);
        snapshot.CreationTime.Seconds.ShouldBeGreaterThan(0);
        snapshot.ReadyToUse.ShouldBeTrue();
        snapshot.GroupSnapshotId.ShouldBeEmpty("it can be deleted on its own");
        _made.Push((snapshot.SnapshotId, true));
        return snapshot;
    }

    /// <summary>Exactly the size asked for, neither more nor less.</summary>
    public static CreateVolumeRequest Order(VolumeCapability capability, string? name = null) => new()
    {
        Name = name ?? CsiDriver.UniqueName("sanity-volume"),
        CapacityRange = new CapacityRange { RequiredBytes = VolumeBytes, LimitBytes = VolumeBytes },
        VolumeCapabilities = { capability },
        Secrets = { ["not"] = "needed" },
    };

    public async ValueTask DisposeAsync()
    {
        foreach (var (id, isSnapshot) in _made)
        {
            if (isSnapshot)
            {
                await _driver.Controller.DeleteSnapshotAsync(new DeleteSnapshotRequest { SnapshotId = id });
                continue;
            }

            await _driver.UnpublishAsync(id, Target);
            await _driver.UnstageAsync(id, Staging);
            await _driver.DeleteAsync(id);
        }

        Directory.Delete(MountDirectory);
        Directory.Delete(Staging);
        (await _driver.Controller.ListVolumesAsync(new ListVolumesRequest())).Entries.ShouldBeEmpty();
        (await _driver.Controller.ListSnapshotsAsync(new ListSnapshotsRequest())).Entries.ShouldBeEmpty();
    }
}
