using Tonari.Engine.Interop;

namespace Tonari.Engine.Tests;

/// <summary>A transfer goes on where it was, whatever ended it, and never mixes two.</summary>
public sealed class ResumeTests(TestPools pools)
{
    private const long Size = 64 << 20;

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task ATransferCutAnywhereGoesOnWhereItWas(string substrate)
    {
        await using var source = await SourceAsync(TestPools.Btrfs);
        await using var target = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(source, "v", null, "s1");
        var whole = (await source.StreamAsync("v", "s1", "s2")).Length;
        var random = new Random(3);
        for (var round = 0; round < 6; round++)
        {
            var travelled = 0L;
            var attempts = 0;
            while (true)
            {
                var point = await target.PrepareAsync("v", "s1", "s2");
                var stream = await source.StreamAsync("v", "s1", "s2", point.Offset.Value);
                var cut = attempts++ < 3 ? random.Next(stream.Length) : stream.Length;
                travelled += cut;
                try
                {
                    await target.ReceiveAsync("v", "s1", "s2", stream[..cut]);
                    break;
                }
                catch (StreamRefusedException e)
                {
                    e.Message.ShouldContain("cut off");
                }
                if (attempts == 2)
                    await target.ReopenAsync();
            }
            travelled.ShouldBeLessThan(whole + (4L << 20), "what arrived before a clean cut is not sent again");
            (await target.PrepareAsync("v", "s1", "s2")).Complete.ShouldBeTrue();
            if (round < 5)
                await target.Pool.Target.DiscardAsync(TestPool.Id("v"), TestPool.Ct);
        }
        await target.CommitAsync("s2", "v");
        target.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
    }

    [Fact]
    public async Task AtMostSixteenMebibytesAreSentAgainAfterACrash()
    {
        await using var source = await SourceAsync(TestPools.Btrfs);
        var writes = 0;
        var folder = pools.NewFolder(TestPools.Btrfs);
        await using var target = await TestPool.OpenAsync(folder, step =>
        {
            if (step.StartsWith("write", StringComparison.Ordinal) && step.EndsWith("/s-s2", StringComparison.Ordinal) && ++writes >= 24)
                throw new IOException("power cut");
            if (writes >= 24)
                throw new IOException("still dark");
        });
        await target.CreateReplicaAsync("v", Size);
        var whole = await source.StreamAsync("v", null, "s2");
        using var first = new MemoryStream(whole);
        await Should.ThrowAsync<IOException>(() => target.ReceiveAsync("v", null, "s2", first));
        await target.ReopenAsync();
        var point = await target.PrepareAsync("v", null, "s2");
        // Counted where it is received: what waits to be written is lost as well.
        var rest = (await source.StreamAsync("v", null, "s2", point.Offset.Value)).Length;
        first.Position.ShouldBeGreaterThan(20 << 20);
        (first.Position + rest - whole.Length).ShouldBeInRange(1, 16 << 20);
        await target.ReceiveAsync("v", null, "s2", await source.StreamAsync("v", null, "s2", point.Offset.Value));
        await target.CommitAsync("s2", "v");
        target.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
    }

    [Fact]
    public async Task ATransferTowardsAnotherSnapshotOrOneTakenAnewStartsOver()
    {
        await using var source = await SourceAsync(TestPools.Btrfs);
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        var stream = await source.StreamAsync("v", null, "s2");
        await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", null, "s2", stream[..(stream.Length / 2)]));
        var point = await target.PrepareAsync("v", null, "s2");
        point.Offset.Value.ShouldBeGreaterThan(0);

        await source.Pool.Groups.DeleteAsync(TestPool.Name("s2"), TestPool.Ct);
        source.Write("v", 0, [42]);
        await source.TakeAsync("s2", "v");
        var anew = await source.StreamAsync("v", null, "s2", point.Offset.Value);
        (await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", null, "s2", anew))).Message.ShouldContain("taken anew");
        (await target.PrepareAsync("v", null, "s2")).Offset.ShouldBe(ByteOffset.Zero);

        (await target.PrepareAsync("v", null, "s1")).Offset.ShouldBe(ByteOffset.Zero);
        (await target.Pool.Volumes.FindAsync(TestPool.Id("v"), TestPool.Ct))!.Staging!.To.Value.ShouldBe("s1");
        Directory.Exists(target.Paths.SnapshotImage(TestPool.Id("v"), TestPool.Name("s2"))).ShouldBeFalse();
    }

    [Fact]
    public async Task WhatCameWithAGroupThatIsGivenUpGoesWithTheLastOfItsVolumes()
    {
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        foreach (var id in new[] { "v", "w" })
        {
            await target.CreateReplicaAsync(id, Size);
            await target.PrepareAsync(id, null, "s1");
        }

        await target.Pool.Groups.PutResourcesAsync(TestPool.Name("s1"), new byte[] { 1 }, TestPool.Ct);
        await target.Pool.Target.DiscardAsync(TestPool.Id("v"), TestPool.Ct);
        (await target.Pool.Groups.GetResourcesAsync(TestPool.Name("s1"), TestPool.Ct)).ShouldBe([1]);
        await target.Pool.Target.DiscardAsync(TestPool.Id("w"), TestPool.Ct);

        Directory.EnumerateFileSystemEntries(target.Paths.Groups).ShouldBeEmpty();
    }

    [Fact]
    public async Task TheBaseOfATransferAndWhatATransferReadsCannotBeDeleted()
    {
        await using var source = await SourceAsync(TestPools.Btrfs);
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(source, "v", null, "s1");
        await target.PrepareAsync("v", "s1", "s2");
        await Should.ThrowAsync<VolumeBusyException>(() => target.Pool.Groups.DeleteAsync(TestPool.Name("s1"), TestPool.Ct));
        await target.Pool.Target.DiscardAsync(TestPool.Id("v"), TestPool.Ct);
        await target.Pool.Groups.DeleteAsync(TestPool.Name("s1"), TestPool.Ct);

        using var pipe = new BlockedStream();
        var sending = source.Pool.Source.WriteAsync(
            new DeltaRequest(TestPool.Id("v"), null, TestPool.Name("s2"), ByteOffset.Zero), pipe, TestPool.Ct);
        await pipe.Reached.Task.WaitAsync(TimeSpan.FromSeconds(10), TestPool.Ct);
        await Should.ThrowAsync<VolumeBusyException>(() => source.Pool.Groups.DeleteAsync(TestPool.Name("s2"), TestPool.Ct));
        pipe.Release.SetResult();
        await sending;
        await source.Pool.Groups.DeleteAsync(TestPool.Name("s2"), TestPool.Ct);
    }

    [Fact]
    public async Task ACancelledTransferStopsAndGoesOnLater()
    {
        await using var source = await SourceAsync(TestPools.Btrfs);
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        var stream = await source.StreamAsync("v", null, "s2");
        using var cancel = new CancellationTokenSource();
        var slow = new RateLimitedStream(new MemoryStream(stream), new ByteCount(40 << 20), TimeProvider.System);
        var progress = new Callback(p =>
        {
            if (p.BytesDone.Value > 20 << 20)
                cancel.Cancel();
        });
        await Should.ThrowAsync<OperationCanceledException>(
            () => target.Pool.Target.ReceiveAsync(TestPool.Id("v"), null, TestPool.Name("s2"), slow, null, progress, cancel.Token));
        var point = await target.PrepareAsync("v", null, "s2");
        point.Offset.Value.ShouldBeGreaterThan(0);
        await target.MirrorAsync(source, "v", null, "s2");
        target.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
    }

    [Fact]
    public async Task AFullPoolLosesNothingAndTheTransferGoesOnWhenThereIsRoom()
    {
        await using var source = await SourceAsync(TestPools.Btrfs);
        await using var small = await pools.NewFileSystemAsync(TestPools.Xfs, 400 << 20);
        var fill = false;
        var filler = Path.Combine(small.MountPoint, "filler");
        await using (var target = await TestPool.OpenAsync(small.MountPoint, step =>
        {
            if (!fill || !step.EndsWith("/s-s2", StringComparison.Ordinal))
                return;
            fill = false;
            FillUp(filler, small.MountPoint);
        }))
        {
            await target.CreateReplicaAsync("v", Size);
            var stream = await source.StreamAsync("v", null, "s2");
            fill = true;
            await Should.ThrowAsync<PoolFullException>(() => target.ReceiveAsync("v", null, "s2", stream));
            (await target.SnapshotsAsync("v")).ShouldBeEmpty();
            await Should.ThrowAsync<PoolFullException>(async () => await target.MirrorAsync(source, "v", null, "s2"));
            File.Delete(filler);
            await target.MirrorAsync(source, "v", null, "s2");
            target.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
        }
    }

    private static void FillUp(string filler, string mountPoint)
    {
        using var file = File.OpenHandle(filler, FileMode.Create, FileAccess.Write);
        var chunk = new byte[1 << 20];
        new Random(1).NextBytes(chunk);
        using var root = Kernel.OpenDirectory(mountPoint);
        // Leaves a few MiB, for the small documents.
        for (long offset = 0; FileCalls.GetFileSystem(root, mountPoint).Available > 6 << 20; offset += chunk.Length)
            RandomAccess.Write(file, chunk, offset);
    }

    private async Task<TestPool> SourceAsync(string substrate)
    {
        var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("v", Size);
        pool.Write("v", Size / 2, Noise(1, 2 << 20));
        await pool.TakeAsync("s1", "v");
        pool.Write("v", 0, Noise(2, 40 << 20));
        pool.Punch("v", Size - (8 << 20), 4 << 20);
        await pool.TakeAsync("s2", "v");
        return pool;
    }

    private static byte[] Noise(int seed, int size)
    {
        var noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return noise;
    }

    private sealed class Callback(Action<TransferProgress> report) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => report(value);
    }

    /// <summary>Takes the first bytes and then waits.</summary>
    private sealed class BlockedStream : MemoryStream
    {
        public TaskCompletionSource Reached { get; } = new();

        public TaskCompletionSource Release { get; } = new();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            Reached.TrySetResult();
            await Release.Task.WaitAsync(cancellationToken);
        }
    }
}
