using Tonari.Engine.Interop;
using Tonari.Engine.Substrates;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Tests;

/// <summary>What docs/format.md promises, and the pure pieces below it.</summary>
public sealed class FormatTests(TestPools pools)
{
    [Fact]
    public async Task AStreamOfVersionOneStaysReadable()
    {
        var stream = Convert.FromHexString(string.Concat(
            await File.ReadAllLinesAsync(Path.Combine(AppContext.BaseDirectory, "Golden", "mirror-stream-v1.hex"), TestPool.Ct)));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Xfs));
        await target.CreateReplicaAsync("golden", 512 << 10);
        var staged = await target.ReceiveAsync("golden", null, "s1", stream);
        await target.CommitAsync("s1", "golden");
        target.ReadSnapshot("golden", "s1").ShouldBeSameImageAs(GoldenImage());
        staged.Digest.Value.ShouldBe("tb1:23cada937e20e1ab432359364829fb03");
    }

    [Fact]
    public void ChangesAreSortedDisjointWholeBlocksWithinTheImage()
    {
        var list = new ChangeList(10 * 4096);
        list.Add(5 * 4096, 6 * 4096, RangeKind.Data);
        list.Add(100, 200, RangeKind.Data);
        list.Add(4096, 2 * 4096, RangeKind.Hole);
        list.Add(6 * 4096, 8 * 4096, RangeKind.Data);
        list.Add(7 * 4096, 99 * 4096, RangeKind.Hole);
        Show(list).ShouldBe("Data 0-1, Hole 1-2, Data 5-10");
    }

    [Fact]
    public void ALongChangeListIsBoundedAndStillCoversEverything()
    {
        var list = new ChangeList(1L << 40, maxRanges: 64);
        for (var i = 0; i < 5000; i++)
            list.Add(i * 3L * 4096, ((i * 3L) + 1) * 4096, RangeKind.Data);
        var built = list.Build();
        built.Count.ShouldBeLessThanOrEqualTo(65);
        for (var i = 0; i < 5000; i++)
            built.ShouldContain(c => c.Range.Offset.Value <= i * 3L * 4096 && c.Range.End.Value >= ((i * 3L) + 1) * 4096);
    }

    [Fact]
    public void ExtentsAtTheSamePlaceAreTheSameAndAllElseMayDiffer()
    {
        const long block = 4096;
        Extent[] older = [new(0, 8 * block, 0, true), new(10 * block, 2 * block, 500 * block, true), new(20 * block, block, 900 * block, false)];
        Extent[] newer =
        [
            new(0, 2 * block, 0, true), new(2 * block, block, 700 * block, true), new(3 * block, 5 * block, 3 * block, true),
            new(15 * block, block, 800 * block, true), new(20 * block, block, 900 * block, false),
        ];
        var list = new ChangeList(100 * block);
        ExtentComparison.Compare(older, newer, list, TestPool.Ct);
        Show(list).ShouldBe("Data 2-3, Hole 10-12, Data 15-16, Data 20-21");
    }

    [Theory]
    [InlineData("ddd", "D0-3")]
    [InlineData("zzz", "Z0-3")]
    [InlineData("dzd", "D0-3")]
    [InlineData("zzzzzzzzzzzzzzzzd", "Z0-16 D16-17")]
    [InlineData("dzzzzzzzzzzzzzzzzzdz", "D0-1 Z1-18 D18-20")]
    public void LongRunsOfZeroBlocksAreFound(string blocks, string expected)
    {
        var data = blocks.SelectMany(b => Enumerable.Repeat(b == 'z' ? (byte)0 : (byte)1, 4096)).ToArray();
        string.Join(' ', ZeroRuns.Split(data).Select(p => $"{(p.IsZero ? 'Z' : 'D')}{p.Start / 4096}-{p.End / 4096}")).ShouldBe(expected);
    }

    [Fact]
    public void MountPointsAreReadWithTheirEscapes()
    {
        var mounts = MountTable.Parse(
        [
            "36 35 7:3 / /mnt/a\\040b rw,noatime shared:1 master:2 - ext4 /dev/loop3 rw",
            "37 35 0:44 /sub /mnt/c rw - btrfs /dev/loop4 rw",
            "38 35 7:3 /deep /mnt/bind rw - ext4 /dev/loop3 rw",
        ]);
        MountTable.OnDevice(mounts, "/dev/loop3", "7:3").Select(m => m.MountPoint).ShouldBe(["/mnt/a b", "/mnt/bind"]);
        MountTable.OnDevice(mounts, "/dev/loop4", "7:4").ShouldHaveSingleItem().MountPoint.ShouldBe("/mnt/c");
    }

    [Fact]
    public async Task ARateLimitIsKeptOnAverage()
    {
        var limited = new RateLimitedStream(new MemoryStream(new byte[200_000]), new ByteCount(1_000_000), TimeProvider.System);
        var started = TimeProvider.System.GetTimestamp();
        await limited.CopyToAsync(Stream.Null, TestPool.Ct);
        TimeProvider.System.GetElapsedTime(started).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(190));
    }

    /// <summary>A pattern any implementation can make: noise-like blocks, repeating blocks, zero blocks, and nothing in the second half but one.</summary>
    private static byte[] GoldenImage()
    {
        var image = new byte[512 << 10];
        uint state = 1;
        for (var i = 0; i < 8192; i++)
        {
            state = (state * 1664525) + 1013904223;
            image[i] = (byte)(state >> 24);
        }
        image.AsSpan(32 << 10, 32 << 10).Fill(0x5A);
        image[^1] = 1;
        return image;
    }

    private static string Show(ChangeList list) => string.Join(
        ", ", list.Build().Select(c => $"{c.Kind} {c.Range.Offset.Value / 4096}-{c.Range.End.Value / 4096}"));
}
