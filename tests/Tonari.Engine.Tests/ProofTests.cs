using Tonari.Engine.Layout;

namespace Tonari.Engine.Tests;

/// <summary>A replica is compared with its source region by region, and damage to it is found, fetched again and mended wherever it was shared.</summary>
public sealed class ProofTests(TestPools pools)
{
    private const int Region = EngineLimits.RegionSize;
    private const long Size = 8L * Region;
    private const long Damage = (5L * Region) + 123_456;

    private static readonly ReadPace Pace = new(new ByteCount(1L << 40), TimeProvider.System);

    [Theory]
    [MemberData(nameof(MirrorTests.Pairs), MemberType = typeof(MirrorTests))]
    public async Task AFlippedByteIsFoundInItsRegionAndMended(string from, string to)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(from));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(to));
        await ReplicateAsync(source, target, "g1", "g2", "g3");
        (await DifferingAsync(source, target, "g2")).ShouldBeEmpty();

        await target.FlipAsync("v", "g2", Damage);
        (await DifferingAsync(source, target, "g2")).ShouldBe([5]);
        var (summary, _) = await DigestsAsync(target, "g2");
        summary.Actual.ShouldNotBe(summary.Recorded);

        var healed = await HealAsync(source, target, "g2");
        healed.Healed.ShouldBe([TestPool.Name("g2")]);
        healed.Unhealed.ShouldBeEmpty();
        healed.WireBytes.Value.ShouldBeLessThan(2 * Region);
        await EqualAsync(source, target, "g1", "g2", "g3");
        await NothingIsLeftAsync(target);
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task WhatWasStagedFromADamagedSnapshotIsMendedWithIt(string substrate)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await ReplicateAsync(source, target, "g1");
        await target.FlipAsync("v", "g1", Damage);
        // Part of the damaged region changes afterwards; the damaged block does not travel again.
        source.Write("v", Damage + (64 << 10), Noise(7, 8192));
        await NextAsync(source, target, "g1", "g2");
        await NextAsync(source, target, "g2", "g3");
        foreach (var name in (string[])["g1", "g2", "g3"])
            (await DifferingAsync(source, target, name)).ShouldBe([5], $"{name} has the damage");

        var healed = await HealAsync(source, target, "g2");
        healed.Healed.ShouldBe([TestPool.Name("g3"), TestPool.Name("g1"), TestPool.Name("g2")]);
        await EqualAsync(source, target, "g1", "g2", "g3");
        await NextAsync(source, target, "g3", "g4");
        await EqualAsync(source, target, "g4");
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task WhatTheDiskForgetsIsMendedInAllThatShareIt(string substrate)
    {
        await using var disk = await pools.NewFileSystemAsync(substrate, 512L << 20);
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await using var target = await TestPool.OpenAsync(Directory.CreateDirectory(Path.Combine(disk.MountPoint, "pool")).FullName);
        await ReplicateAsync(source, target, "g1", "g2");
        var block = source.ReadSnapshot("v", "g1").AsSpan((int)(Damage / TestPool.Block * TestPool.Block), TestPool.Block).ToArray();
        await TestPools.RunAsync("sync");
        Forget(disk.Image, block);
        foreach (var name in (string[])["g1", "g2"])
            (await DifferingAsync(source, target, name)).ShouldBe([5]);

        var healed = await HealAsync(source, target, "g2");
        healed.Healed.ShouldBe([TestPool.Name("g1"), TestPool.Name("g2")]);
        await EqualAsync(source, target, "g1", "g2");
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task DyingAnywhereWhileHealingLeavesOldOrNewAndTheNextAttemptEnds(string substrate)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await using var made = await TestPool.OpenAsync(pools.NewFolder(TestPools.Xfs));
        await ReplicateAsync(source, made, "g1");
        for (var n = 1; ; n++)
        {
            var steps = 0;
            var dead = false;
            var folder = pools.NewFolder(substrate);
            await using (var first = await TestPool.OpenAsync(folder))
            {
                await first.CreateReplicaAsync("v", Size);
                await first.MirrorAsync(source, "v", null, "g1");
                await first.FlipAsync("v", "g1", Damage);
                await NextAsync(source, first, "g1", $"n{n}");
            }
            await using var target = await TestPool.OpenAsync(folder, _ =>
            {
                dead |= Interlocked.Increment(ref steps) >= n;
                if (dead)
                    throw new InvalidOperationException("died");
            });
            try
            {
                await HealAsync(source, target, $"n{n}");
            }
            catch (InvalidOperationException) when (dead)
            {
                // As if the process had ended here.
            }
            await target.ReopenAsync();
            foreach (var name in (string[])["g1", $"n{n}"])
                DamagedBlocks(source, target, name).ShouldBeOneOf([0, 1], $"{name} is as before or healed after dying at step {n}");
            if (DamagedBlocks(source, target, $"n{n}") == 0)
                DamagedBlocks(source, target, "g1").ShouldBe(0, "what was mended from a snapshot goes before it");
            await HealAsync(source, target, $"n{n}");
            await EqualAsync(source, target, "g1", $"n{n}");
            await NothingIsLeftAsync(target);
            if (!dead)
                return;
        }
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task AWrongSourceIsNotSpread(string substrate)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await ReplicateAsync(source, target, "g1");
        var good = target.ReadSnapshot("v", "g1");
        await source.FlipAsync("v", "g1", Damage);
        var (there, _) = await DigestsAsync(source, "g1");
        there.Actual.ShouldNotBe(there.Recorded, "the source finds out by itself that its copy is the wrong one");

        await Should.ThrowAsync<StreamRefusedException>(() => HealAsync(source, target, "g1"));
        target.ReadSnapshot("v", "g1").ShouldBeSameImageAs(good);
        await NothingIsLeftAsync(target);
    }

    [Fact]
    public async Task WhatAnApplicationMayWriteIsNeverReplaced()
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await ReplicateAsync(source, target, "g1");
        await target.Pool.Volumes.MakeLiveAsync(TestPool.Id("v"), TestPool.Name("g1"), TestPool.Ct);
        await Should.ThrowAsync<VolumeConflictException>(() => HealAsync(source, target, "g1"));
    }

    [Fact]
    public async Task OnlyWhatWasAskedForIsTakenFromTheStream()
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await ReplicateAsync(source, target, "g1");
        await target.FlipAsync("v", "g1", Damage);
        var asked = ByteRange.Between(5L * Region, 6L * Region);
        var refused = await Should.ThrowAsync<StreamRefusedException>(() => target.Pool.Proof.HealAsync(
            TestPool.Id("v"), TestPool.Name("g1"), [asked], (_, ct) => OpenAsync(source, "g1", [ByteRange.Between(4L * Region, 6L * Region)], ct), Pace, TestPool.Ct));
        refused.Message.ShouldContain("was not asked for");
    }

    private static async Task ReplicateAsync(TestPool source, TestPool target, params string[] names)
    {
        await source.CreateAsync("v", Size);
        // Most is a hole; the rest does not repeat itself anywhere.
        source.Write("v", 0, Noise(1, 1 << 20));
        source.Write("v", 5L * Region, Noise(2, 1 << 20));
        await target.CreateReplicaAsync("v", Size);
        string? previous = null;
        foreach (var name in names)
        {
            await NextAsync(source, target, previous, name);
            previous = name;
        }
    }

    private static async Task NextAsync(TestPool source, TestPool target, string? previous, string name)
    {
        source.Write("v", 4096, Noise(name.GetHashCode(StringComparison.Ordinal), 4096));
        await source.TakeAsync(name, "v");
        await target.MirrorAsync(source, "v", previous, name);
    }

    private static byte[] Noise(int seed, int length)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static async Task<(RegionSummary Summary, Dictionary<long, RegionDigest> Regions)> DigestsAsync(TestPool pool, string name)
    {
        var regions = new Dictionary<long, RegionDigest>();
        var summary = await pool.Pool.Proof.DigestAsync(
            TestPool.Id("v"), TestPool.Name(name), new ByteCount(Region),
            region =>
            {
                regions.Add(region.Index, region);
                return ValueTask.CompletedTask;
            },
            Pace, TestPool.Ct);
        return (summary, regions);
    }

    private static async Task<long[]> DifferingAsync(TestPool source, TestPool target, string name)
    {
        var (_, there) = await DigestsAsync(source, name);
        var (_, here) = await DigestsAsync(target, name);
        return
        [
            .. there.Keys.Union(here.Keys).Order()
                .Where(i => there.GetValueOrDefault(i).Sum != here.GetValueOrDefault(i).Sum || here.TryGetValue(i, out var own) && !own.Readable),
        ];
    }

    private static async Task<HealedVolume> HealAsync(TestPool source, TestPool target, string name) => await target.Pool.Proof.HealAsync(
        TestPool.Id("v"), TestPool.Name(name), [ByteRange.Between(5L * Region, 6L * Region)], (ranges, ct) => OpenAsync(source, name, ranges, ct), Pace, TestPool.Ct);

    private static async Task<Stream> OpenAsync(TestPool source, string name, IReadOnlyList<ByteRange> ranges, CancellationToken ct)
    {
        var memory = new MemoryStream();
        await source.Pool.Source.WriteAsync(
            new DeltaRequest(TestPool.Id("v"), null, TestPool.Name(name), ByteOffset.Zero) { Only = ranges }, memory, ct);
        memory.Position = 0;
        return memory;
    }

    private static async Task EqualAsync(TestPool source, TestPool target, params string[] names)
    {
        foreach (var name in names)
        {
            (await DifferingAsync(source, target, name)).ShouldBeEmpty($"{name} is the same on both sides");
            target.ReadSnapshot("v", name).ShouldBeSameImageAs(source.ReadSnapshot("v", name));
            var (summary, _) = await DigestsAsync(target, name);
            summary.Actual.ShouldBe(summary.Recorded);
        }
    }

    private static int DamagedBlocks(TestPool source, TestPool target, string name)
    {
        var (there, here) = (source.ReadSnapshot("v", name), target.ReadSnapshot("v", name));
        return Enumerable.Range(0, there.Length / TestPool.Block)
            .Count(i => !there.AsSpan(i * TestPool.Block, TestPool.Block).SequenceEqual(here.AsSpan(i * TestPool.Block, TestPool.Block)));
    }

    private static async Task NothingIsLeftAsync(TestPool pool)
    {
        Directory.EnumerateDirectories(pool.Paths.Images(TestPool.Id("v"))).Select(Path.GetFileName)
            .ShouldAllBe(name => !name!.StartsWith(PoolPaths.UnfinishedPrefix));
        await pool.ReopenAsync();
        pool.Pool.Recovered.ShouldBeEmpty();
    }

    /// <summary>Changes one byte below the filesystem, wherever it has put this block.</summary>
    private static void Forget(string disk, byte[] block)
    {
        using var file = File.OpenHandle(disk, FileMode.Open, FileAccess.ReadWrite);
        var found = 0;
        var buffer = new byte[TestPool.Block];
        for (long at = 0; at < RandomAccess.GetLength(file); at += buffer.Length)
        {
            RandomAccess.Read(file, buffer, at);
            if (!buffer.AsSpan().SequenceEqual(block))
                continue;
            RandomAccess.Write(file, [(byte)~block[0]], at);
            found++;
        }
        found.ShouldBe(1, "the replica's snapshots share this block");
    }
}
