using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.EndToEnd.Tests;

/// <summary>A byte is changed in a pool behind Tonari's back: it is found, said, and mended from the side that is right.</summary>
public sealed class ProofTests(LabFixture fixture) : LabTest(fixture, Name)
{
    private const string Name = "proof";
    private const long Behind = 64 << 20;

    // One region has 4 MiB and does not compress: about 8 seconds, in which both sides can be looked at.
    private const string Slow = "4mbit";

    private readonly FilesWorkload files = new(Name, 1, "256Mi");

    private LabMirror Mirror => new(Lab, Name, Name);

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await Task.WhenAll(Lab.Clusters.Select(cluster => Crash.FreshAsync(cluster, CancellationToken.None)));
        GC.SuppressFinalize(this);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("node")]
    [InlineData("controller")]
    public async Task A_damaged_replica_is_critical_until_just_that_region_has_been_fetched_again(string? dies)
    {
        var digests = await EstablishAsync();
        (await Lab.OnGreen.RunAsync(Ct, "mirror", "verify", Name, "-n", Name)).Output.ShouldContain("is the same on green and blue");
        var snapshot = await ProvenAsync();
        await PoolDamage.FlipAsync(Green, await VolumeAsync(), snapshot, Behind, Ct);

        await LabLink.RateAsync(Slow, Ct);
        var verify = Lab.OnBlue.TryAsync(Ct, "mirror", "verify", Name, "-n", Name);
        foreach (var cluster in Lab.Clusters)
        {
            await Mirror.UntilAsync(cluster, "Critical for the damage", Soon, s => s is { Health: "Critical", Cause: "ReplicaDamaged" }, Ct);
        }

        if (dies is not null) (await Crash.KillAsync(Green, dies, Ct)).ShouldBeGreaterThan(0);
        await LabLink.ClearAsync(Ct);
        var run = await verify;
        run.ExitCode.ShouldBe(1, run.Output + run.Error);
        run.Output.ShouldContain("1 region differed and was fetched again");
        foreach (var cluster in Lab.Clusters)
        {
            await Mirror.UntilAsync(cluster, "Normal again", Later, s => s.Health == "Normal", Ct);
        }

        var healed = await Mirror.ExpectedSideAsync(Green, Ct);
        (healed.Proven, healed.HealedRegions).ShouldBe((snapshot, 1));
        healed.History[^1].WireBytes!.Value.ShouldBeLessThan(12 << 20, "a region, or two attempts at it, and never the volume");
        (await Lab.OnGreen.RunAsync(Ct, "mirror", "verify", Name, "-n", Name)).Output.ShouldContain("is the same on green and blue");
        await RunsOnGreenAsync(digests);
    }

    [Fact]
    public async Task A_damaged_copy_of_the_primary_is_said_and_not_spread()
    {
        var digests = await EstablishAsync();
        var snapshot = (await Mirror.ExpectedSideAsync(Green, Ct)).Snapshots[^1].Name;
        await PoolDamage.FlipAsync(Blue, await VolumeAsync(), snapshot, Behind, Ct);

        var run = await Lab.OnGreen.TryAsync(Ct, "mirror", "verify", Name, "-n", Name);
        run.ExitCode.ShouldBe(1, run.Output + run.Error);
        run.Error.ShouldContain($"The copy of {snapshot} on blue is not what it was");
        foreach (var cluster in Lab.Clusters)
        {
            await Mirror.UntilAsync(cluster, "Critical for the source", Soon, s => s is { Health: "Critical", Cause: "SourceDamaged" }, Ct);
        }

        await RunsOnGreenAsync(digests);
    }

    private async Task<string> EstablishAsync()
    {
        await files.DeployAsync(Blue, Ct);
        await files.WriteRandomAsync(Blue, "/data/v1/file", 128, Ct);
        var digests = await files.DigestsAsync(Blue, Ct);
        await Lab.OnBlue.RunAsync(Ct, "mirror", "configure", Name, "--to", "green", "--schedule", "1h", "-n", Name);
        await Mirror.UntilEstablishedAsync(Blue, Later, Ct);
        return digests;
    }

    private async Task<string> ProvenAsync() => (await Mirror.ExpectedSideAsync(Green, Ct)).Proven.ShouldNotBeNull();

    private async Task<string> VolumeAsync() => (await Mirror.ExpectedSideAsync(Green, Ct)).VolumeIds.ShouldHaveSingleItem();

    private async Task RunsOnGreenAsync(string digests)
    {
        await Lab.OnGreen.RunAsync(Ct, "mirror", "failover", Name, "-n", Name, "--yes");
        await files.UntilReadyAsync(Green, Ct);
        (await files.DigestsAsync(Green, Ct)).ShouldBe(digests);
    }
}
