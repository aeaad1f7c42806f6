namespace Tonari.Engine.Tests;

/// <summary>Replication does not take the last of a pool: the applications that run in it would stop.</summary>
public sealed class ReserveTests(TestPools pools)
{
    private const int Size = 32 << 20;

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task WhatWouldTakeOfTheReserveIsNotReceivedAndNothingIsLost(string substrate)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await source.CreateAsync("v", Size);
        var noise = new byte[Size];
        new Random(11).NextBytes(noise);
        source.Write("v", 0, noise);
        await source.TakeAsync("s1", "v");
        await using var small = await pools.NewFileSystemAsync(substrate, 512L << 20);
        await using var target = await TestPool.OpenAsync(small.MountPoint);
        await target.CreateReplicaAsync("v", Size);
        var filler = Path.Combine(small.MountPoint, "filler");
        // Room for the image, but not beside the reserve, a twentieth of 512 MiB.
        Leave(Size + (10 << 20), filler);

        var refusal = await Should.ThrowAsync<PoolFullException>(async () => await target.MirrorAsync(source, "v", null, "s1"));

        refusal.Message.ShouldContain("left for replicas");
        (await target.SnapshotsAsync("v")).ShouldBeEmpty();
        Directory.Delete(filler, recursive: true);
        await target.MirrorAsync(source, "v", null, "s1");
        target.ReadSnapshot("v", "s1").ShouldBeSameImageAs(source.ReadSnapshot("v", "s1"));
    }

    /// <summary>Many small files: what a file system sets aside for one that grows is free again once it is closed.</summary>
    private static void Leave(long bytes, string folder)
    {
        Directory.CreateDirectory(folder);
        var noise = new byte[1 << 20];
        new Random(12).NextBytes(noise);
        for (var i = 0; new DriveInfo(folder).AvailableFreeSpace > bytes; i++)
        {
            using var file = File.OpenHandle(Path.Combine(folder, $"f{i}"), FileMode.Create, FileAccess.Write);
            RandomAccess.Write(file, noise, 0);
            RandomAccess.FlushToDisk(file);
        }
    }
}
