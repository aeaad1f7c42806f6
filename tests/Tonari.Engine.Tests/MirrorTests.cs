using CsCheck;

namespace Tonari.Engine.Tests;

/// <summary>What is received is what was sent, bit for bit, between any two kinds of pool.</summary>
public sealed class MirrorTests(TestPools pools)
{
    private const int Blocks = 256;
    private const long Size = Blocks * (long)TestPool.Block;

    public static TheoryData<string, string> Pairs => new()
    {
        { TestPools.Btrfs, TestPools.Btrfs },
        { TestPools.Xfs, TestPools.Xfs },
        { TestPools.Btrfs, TestPools.Xfs },
        { TestPools.Xfs, TestPools.Btrfs },
    };

    private static Gen<(int Start, int Count, int Kind, int Seed)> Edit =>
        Gen.Select(Gen.Int[0, Blocks - 1], Gen.Int[1, 40], Gen.Int[0, 3], Gen.Int);

    [Theory]
    [MemberData(nameof(Pairs))]
    public async Task RandomWritesAndHolesArriveBitForBit(string from, string to)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(from));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(to));
        var run = 0;
        await Edit.Array[0, 12].Array[1, 4].SampleAsync(
            async rounds =>
            {
                var id = $"v{Interlocked.Increment(ref run)}";
                await source.CreateAsync(id, Size);
                await target.CreateReplicaAsync(id, Size);
                string? previous = null;
                for (var round = 0; round < rounds.Length; round++)
                {
                    foreach (var edit in rounds[round])
                        Apply(source, id, edit);
                    var name = $"{id}.s{round}";
                    await source.TakeAsync(name, id);
                    await target.MirrorAsync(source, id, previous, name);
                    target.ReadSnapshot(id, name).ShouldBeSameImageAs(source.ReadLive(id));
                    await DigestsAreTrueAsync(source, target, id, name);
                    previous = name;
                }
            },
            iter: 8,
            threads: 1);
    }

    private static async Task DigestsAreTrueAsync(TestPool source, TestPool target, string id, string name)
    {
        var followed = await source.Pool.Source.GetDigestAsync(TestPool.Id(id), TestPool.Name(name), TestPool.Ct);
        var received = await target.Pool.Source.GetDigestAsync(TestPool.Id(id), TestPool.Name(name), TestPool.Ct);
        File.Delete(source.Paths.DigestDocument(TestPool.Id(id), TestPool.Name(name)));
        var whole = await source.Pool.Source.GetDigestAsync(TestPool.Id(id), TestPool.Name(name), TestPool.Ct);
        followed.ShouldBe(whole);
        received.ShouldBe(whole);
    }

    private static void Apply(TestPool pool, string id, (int Start, int Count, int Kind, int Seed) edit)
    {
        var count = Math.Min(edit.Count, Blocks - edit.Start);
        var offset = edit.Start * (long)TestPool.Block;
        var data = new byte[count * TestPool.Block];
        switch (edit.Kind)
        {
            case 0:
                pool.Punch(id, offset, data.Length);
                return;
            case 1:
                break;
            default:
                new Random(edit.Seed).NextBytes(data);
                break;
        }
        pool.Write(id, offset, data);
    }
}
