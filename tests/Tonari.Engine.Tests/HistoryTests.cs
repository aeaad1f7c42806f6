namespace Tonari.Engine.Tests;

/// <summary>Differences between snapshots with an unusual past: other sizes, exchanged roles, no common history, very large holes.</summary>
public sealed class HistoryTests(TestPools pools)
{
    private const long Size = 1 << 20;

    public static TheoryData<string, string> Pairs => MirrorTests.Pairs;

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task AfterExchangingRolesOnlyTheDifferenceTravelsBack(string first, string second)
    {
        await using var blue = await TestPool.OpenAsync(pools.NewFolder(first));
        await using var green = await TestPool.OpenAsync(pools.NewFolder(second));
        await blue.CreateAsync("v", 8 * Size);
        await green.CreateReplicaAsync("v", 8 * Size);
        blue.Write("v", 0, Noise(1, (int)(6 * Size)));
        await blue.TakeAsync("s1", "v");
        await green.MirrorAsync(blue, "v", null, "s1");

        blue.Write("v", 4096, [66]);
        await blue.Pool.Volumes.SetLiveAsideAsync(TestPool.Id("v"), TestPool.Name("diverged"), TestPool.Ct);
        await green.Pool.Volumes.MakeLiveAsync(TestPool.Id("v"), TestPool.Name("s1"), TestPool.Ct);
        green.Write("v", 8192, Noise(2, 3 * TestPool.Block));
        green.Punch("v", Size, 4 * TestPool.Block);
        await green.TakeAsync("s2", "v");
        (await green.StreamAsync("v", "s1", "s2")).Length.ShouldBeLessThan(64 << 10);
        await blue.MirrorAsync(green, "v", "s1", "s2");
        blue.ReadSnapshot("v", "s2").ShouldBeSameImageAs(green.ReadLive("v"));
        (await blue.SnapshotsAsync("v")).ShouldBe(["s1", "diverged", "s2"], ignoreOrder: true);

        await blue.Pool.Volumes.MakeLiveAsync(TestPool.Id("v"), TestPool.Name("s2"), TestPool.Ct);
        blue.Write("v", 0, [9]);
        await blue.TakeAsync("s3", "v");
        await green.MirrorAsync(blue, "v", "s2", "s3");
        green.ReadSnapshot("v", "s3").ShouldBeSameImageAs(blue.ReadLive("v"));
    }

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task ImagesGrowAndShrinkFromOneSnapshotToTheNext(string first, string second)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(first));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(second));
        await source.CreateAsync("v", Size);
        await target.CreateReplicaAsync("v", Size);
        source.Write("v", 0, Noise(1, (int)Size));
        await source.TakeAsync("small", "v");
        await target.MirrorAsync(source, "v", null, "small");
        await source.Pool.Volumes.ResizeAsync(TestPool.Id("v"), new ByteCount(3 * Size), TestPool.Ct);
        source.Write("v", 2 * Size, Noise(2, 8192));
        await source.TakeAsync("large", "v");
        await target.MirrorAsync(source, "v", "small", "large");
        await source.Pool.Volumes.RollBackAsync(TestPool.Id("v"), TestPool.Name("small"), TestPool.Name("kept"), TestPool.Ct);
        source.Write("v", 4096, [1]);
        await source.TakeAsync("back", "v");
        await target.MirrorAsync(source, "v", "large", "back");
        foreach (var name in (string[])["small", "large", "back"])
            target.ReadSnapshot("v", name).ShouldBeSameImageAs(source.ReadSnapshot("v", name));
        foreach (var pool in (TestPool[])[source, target])
            await TheDigestIsThatOfTheWholeImageAsync(pool, "back");
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task SnapshotsWithoutCommonHistoryAreComparedSafely(string substrate)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using var middle = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using var last = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await source.CreateAsync("v", Size);
        source.Write("v", 0, Noise(1, (int)Size / 2));
        await source.TakeAsync("s1", "v");
        source.Write("v", 0, Noise(2, 4096));
        source.Punch("v", 8192, 8192);
        await source.TakeAsync("s2", "v");
        await middle.CreateReplicaAsync("v", Size);
        await last.CreateReplicaAsync("v", Size);
        // Both received in full, so that in the middle they share nothing.
        await middle.MirrorAsync(source, "v", null, "s1");
        await middle.MirrorAsync(source, "v", null, "s2");
        await last.MirrorAsync(middle, "v", null, "s1");
        await last.MirrorAsync(middle, "v", "s1", "s2");
        last.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task AHoleOfMoreThanFourGibibytesIsSeenWhole(string substrate)
    {
        const long gibibyte = 1L << 30;
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("v", 12 * gibibyte);
        foreach (var at in (long[])[0, gibibyte, 5 * gibibyte, 10 * gibibyte])
            pool.Write("v", at, Noise(1, TestPool.Block));
        await pool.SnapshotAsync("v", "s1");
        pool.Punch("v", gibibyte, 8 * gibibyte);
        await pool.SnapshotAsync("v", "s2");
        var changes = await pool.Pool.Source.GetChangesAsync(TestPool.Id("v"), TestPool.Name("s1"), TestPool.Name("s2"), TestPool.Ct);
        foreach (var at in (long[])[gibibyte, 5 * gibibyte])
        {
            changes.ShouldContain(c => c.Kind == RangeKind.Hole && c.Range.Offset.Value <= at && c.Range.End.Value >= at + TestPool.Block);
        }
        changes.ShouldNotContain(c => c.Kind == RangeKind.Data);
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task ASmallWriteIntoALargeExtentIsASmallChange(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("v", 32 * Size);
        pool.Write("v", 0, Noise(1, 32 << 20));
        await pool.SnapshotAsync("v", "s1");
        foreach (var block in (long[])[1000, 3000, 7000])
            pool.Write("v", block * TestPool.Block, [1]);
        await pool.SnapshotAsync("v", "s2");
        var changes = await pool.Pool.Source.GetChangesAsync(TestPool.Id("v"), TestPool.Name("s1"), TestPool.Name("s2"), TestPool.Ct);
        changes.Select(c => c.Range.Offset.Value / TestPool.Block).ShouldBe([1000, 3000, 7000]);
        changes.Sum(c => c.Range.Length.Value).ShouldBe(3 * TestPool.Block);
    }

    private static async Task TheDigestIsThatOfTheWholeImageAsync(TestPool pool, string name)
    {
        var stored = await pool.Pool.Source.GetDigestAsync(TestPool.Id("v"), TestPool.Name(name), TestPool.Ct);
        File.Delete(pool.Paths.DigestDocument(TestPool.Id("v"), TestPool.Name(name)));
        (await pool.Pool.Source.GetDigestAsync(TestPool.Id("v"), TestPool.Name(name), TestPool.Ct)).ShouldBe(stored);
    }

    private static byte[] Noise(int seed, int size)
    {
        var noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return noise;
    }
}
