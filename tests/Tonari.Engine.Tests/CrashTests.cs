namespace Tonari.Engine.Tests;

/// <summary>The process dies at the n-th change of the disk, for every n: the pool opens again, and doing the same once more ends as if nothing had
/// happened.</summary>
public sealed class CrashTests(TestPools pools)
{
    private const long Size = 256 << 10;

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task TheSourceSurvivesDyingAnywhere(string substrate)
    {
        await SweepAsync(substrate, async pool =>
        {
            var volumes = pool.Pool.Volumes;
            await pool.CreateAsync("a", Size);
            await pool.CreateAsync("b", Size);
            await pool.TakeAsync("g1", "a", "b");
            await pool.Pool.Groups.PutResourcesAsync(TestPool.Name("g1"), new byte[] { 1 }, TestPool.Ct);
            await volumes.SnapshotAsync(TestPool.Id("a"), TestPool.Name("single"), TestPool.Ct);
            await volumes.CloneAsync(TestPool.Id("c"), TestPool.Id("a"), TestPool.Name("single"), ByteCount.Zero, TestPool.Ct);
            await volumes.ResizeAsync(TestPool.Id("c"), new ByteCount(2 * Size), TestPool.Ct);
            await volumes.RollBackAsync(TestPool.Id("a"), TestPool.Name("g1"), TestPool.Name("before"), TestPool.Ct);
            await volumes.DeleteSnapshotAsync(TestPool.Id("a"), TestPool.Name("single"), TestPool.Ct);
        }, async pool =>
        {
            (await pool.SnapshotsAsync("a")).ShouldBe(["g1", "before"], ignoreOrder: true);
            (await pool.Pool.Groups.FindAsync(TestPool.Name("g1"), TestPool.Ct))!.Members.Count.ShouldBe(2);
            (await pool.Pool.Groups.GetResourcesAsync(TestPool.Name("g1"), TestPool.Ct)).ShouldBe([1]);
            pool.ReadLive("c").Length.ShouldBe((int)(2 * Size));
        });
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task TheTargetSurvivesDyingAnywhere(string substrate)
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        foreach (var id in (string[])["a", "b"])
        {
            await source.CreateAsync(id, Size);
            source.Write(id, 0, [1, 2, 3]);
        }
        await source.TakeAsync("g1", "a", "b");
        source.Write("a", 64 << 10, [4]);
        source.Punch("b", 0, TestPool.Block);
        await source.TakeAsync("g2", "a", "b");
        await SweepAsync(substrate, async pool =>
        {
            string? from = null;
            foreach (var name in (string[])["g1", "g2"])
            {
                foreach (var id in (string[])["a", "b"])
                {
                    await pool.CreateReplicaAsync(id, Size);
                    var point = await pool.PrepareAsync(id, from, name);
                    if (!point.Complete)
                        await pool.ReceiveAsync(id, from, name, await source.StreamAsync(id, from, name, point.Offset.Value));
                }
                await pool.Pool.Groups.PutResourcesAsync(TestPool.Name(name), new byte[] { 2 }, TestPool.Ct);
                var shown = (await pool.SnapshotsAsync("a")).Contains(name);
                (await pool.SnapshotsAsync("b")).Contains(name).ShouldBe(shown, "a group is visible on all volumes or on none");
                await pool.CommitAsync(name, "a", "b");
                from = name;
            }
            await pool.Pool.Volumes.MakeLiveAsync(TestPool.Id("a"), TestPool.Name("g2"), TestPool.Ct);
        }, async pool =>
        {
            foreach (var id in (string[])["a", "b"])
            {
                (await pool.SnapshotsAsync(id)).ShouldBe(["g1", "g2"]);
                pool.ReadSnapshot(id, "g1").ShouldBeSameImageAs(source.ReadSnapshot(id, "g1"));
                pool.ReadSnapshot(id, "g2").ShouldBeSameImageAs(source.ReadSnapshot(id, "g2"));
            }
            (await pool.Pool.Groups.GetResourcesAsync(TestPool.Name("g2"), TestPool.Ct)).ShouldBe([2]);
            pool.ReadLive("a").ShouldBeSameImageAs(source.ReadSnapshot("a", "g2"));
        });
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task DeletingSurvivesDyingAnywhere(string substrate)
    {
        await SweepAsync(substrate, async pool =>
        {
            if (!File.Exists(pool.Paths.Root + "/made"))
            {
                await pool.CreateAsync("a", Size);
                await pool.CreateAsync("b", Size);
                await pool.TakeAsync("g1", "a", "b");
                await pool.TakeAsync("g2", "a", "b");
                await File.WriteAllTextAsync(pool.Paths.Root + "/made", "1", TestPool.Ct);
            }
            await pool.Pool.Groups.DeleteAsync(TestPool.Name("g1"), TestPool.Ct);
            await pool.Pool.Volumes.DeleteAsync(TestPool.Id("a"), TestPool.Ct);
            await pool.Pool.Volumes.DeleteAsync(TestPool.Id("b"), TestPool.Ct);
        }, pool =>
        {
            foreach (var folder in (string[])[pool.Paths.Volumes, pool.Paths.Groups, pool.Paths.Trash])
                Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
            return Task.CompletedTask;
        });
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task WhatDamagedFilesDescribeSurvivesDyingAnywhere(string substrate)
    {
        await SweepAsync(substrate, async pool =>
        {
            string[] damaged = ["volumes/a/snapshots/alone.json", "groups/g1/group.json", "volumes/c/volume.json"];
            var kept = pool.Paths.Root + "/kept";
            if (!Directory.Exists(kept))
            {
                foreach (var id in (string[])["a", "b", "c"])
                    await pool.CreateAsync(id, Size);
                await pool.TakeAsync("g1", "a", "b");
                await pool.Pool.Groups.PutResourcesAsync(TestPool.Name("g1"), new byte[] { 1 }, TestPool.Ct);
                await pool.SnapshotAsync("a", "alone");
                Directory.CreateDirectory(kept + ".new");
                foreach (var (file, i) in damaged.Select((f, i) => (f, i)))
                    File.Copy(Path.Combine(pool.Paths.Root, file), $"{kept}.new/{i}", overwrite: true);
                Directory.Move(kept + ".new", kept);
            }
            File.Delete(Path.Combine(pool.Paths.Root, damaged[0]));
            await File.WriteAllTextAsync(Path.Combine(pool.Paths.Root, damaged[1]), "{", TestPool.Ct);
            await File.WriteAllTextAsync(Path.Combine(pool.Paths.Root, damaged[2]), "", TestPool.Ct);
            await pool.TakeAsync("g2", "a", "b");
            await pool.SnapshotAsync("a", "later");
            await pool.Pool.Groups.DeleteAsync(TestPool.Name("g2"), TestPool.Ct);
            await pool.Pool.Volumes.DeleteSnapshotAsync(TestPool.Id("a"), TestPool.Name("later"), TestPool.Ct);
            await pool.CreateReplicaAsync("r", Size);
            await pool.PrepareAsync("r", null, "s1");
            await pool.Pool.Volumes.DeleteAsync(TestPool.Id("r"), TestPool.Ct);
        }, async pool =>
        {
            (await pool.SnapshotsAsync("a")).ShouldBeEmpty();
            (await pool.Pool.FindDamageAsync(TestPool.Ct)).Count.ShouldBe(3);
            string[] damaged = ["volumes/a/snapshots/alone.json", "groups/g1/group.json", "volumes/c/volume.json"];
            for (var i = 0; i < damaged.Length; i++)
                File.Copy($"{pool.Paths.Root}/kept/{i}", Path.Combine(pool.Paths.Root, damaged[i]), overwrite: true);
            (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldBeEmpty();
            (await pool.SnapshotsAsync("a")).ShouldBe(["g1", "alone"]);
            (await pool.SnapshotsAsync("b")).ShouldBe(["g1"]);
            (await pool.SnapshotsAsync("c")).ShouldBeEmpty();
            (await pool.Pool.Groups.GetResourcesAsync(TestPool.Name("g1"), TestPool.Ct)).ShouldBe([1]);
        });
    }

    private async Task SweepAsync(string substrate, Func<TestPool, Task> scenario, Func<TestPool, Task> check)
    {
        for (var n = 1; ; n++)
        {
            var folder = pools.NewFolder(substrate);
            var died = await RunUntilDeathAsync(folder, n, scenario);
            await using var pool = await TestPool.OpenAsync(folder);
            try
            {
                await scenario(pool);
                await check(pool);
                await NothingUnknownIsLeftAsync(pool);
            }
            catch (Exception e) when (died is not null)
            {
                throw new InvalidOperationException($"After dying before step {n} ({died}): {e.Message}", e);
            }
            if (died is null)
                return;
        }
    }

    /// <summary>From the n-th step on nothing changes the disk any more: clean-up code cannot run in a dead process.</summary>
    private static async Task<string?> RunUntilDeathAsync(string folder, int n, Func<TestPool, Task> scenario)
    {
        var steps = 0;
        string? died = null;
        try
        {
            await using var pool = await TestPool.OpenAsync(folder, step =>
            {
                if (Interlocked.Increment(ref steps) < n)
                    return;
                Interlocked.CompareExchange(ref died, step, null);
                throw new ProcessDiedException();
            });
            await scenario(pool);
        }
        catch (ProcessDiedException)
        {
            died.ShouldNotBeNull();
        }
        return died;
    }

    /// <summary>Opening once more finds nothing to clean.</summary>
    private static async Task NothingUnknownIsLeftAsync(TestPool pool)
    {
        await pool.ReopenAsync();
        pool.Pool.Recovered.ShouldBeEmpty();
    }

    private sealed class ProcessDiedException : Exception;
}
