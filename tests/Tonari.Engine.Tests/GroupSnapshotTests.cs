using Microsoft.Extensions.Time.Testing;

namespace Tonari.Engine.Tests;

/// <summary>One point in time on several mounted volumes, and nothing ever left frozen.</summary>
public sealed class GroupSnapshotTests(TestPools pools)
{
    public static TheoryData<string> Substrates => TestPools.Substrates;

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task AGroupIsOnePointInTimeOfAllVolumesUnderLoad(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using var a = await ExtVolume.MakeAsync(pool, "a");
        await using var b = await ExtVolume.MakeAsync(pool, "b");
        using var stop = new CancellationTokenSource();
        var written = 0;
        // Every byte in b has been preceded by one in a.
        var writer = Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                a.Append("log", 1);
                b.Append("log", 1);
                Interlocked.Increment(ref written);
            }
        }, TestPool.Ct);
        var taken = new List<GroupSnapshot>();
        for (var i = 0; i < 4; i++)
        {
            var before = Volatile.Read(ref written);
            SpinWait.SpinUntil(() => Volatile.Read(ref written) >= before + 3, TimeSpan.FromSeconds(10)).ShouldBeTrue("the writer goes on after a snapshot");
            taken.Add(await pool.TakeAsync($"g{i}", "a", "b"));
        }
        await stop.CancelAsync();
        await writer;
        foreach (var group in taken)
        {
            group.FrozenFor.ShouldBeGreaterThan(TimeSpan.Zero);
            group.FrozenFor.ShouldBeLessThan(EngineLimits.DefaultFreezeTimeout);
            var first = await LogLengthAsync(pool, "a", group.Name.Value);
            var second = await LogLengthAsync(pool, "b", group.Name.Value);
            first.ShouldBeInRange(second, second + 1);
            second.ShouldBeGreaterThan(0);
        }
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task TheGuardIsArmedBeforeTheFreezeAndDisarmedAfterTheThaw(string substrate)
    {
        var guard = new RecordingGuard();
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate), guard: guard);
        await using var a = await ExtVolume.MakeAsync(pool, "a");
        await pool.CreateAsync("unattached", 1 << 20);
        await pool.TakeAsync("g", "a", "unattached");
        guard.Events.ShouldBe([$"arm {a.MountPoint} 6", "disarm"]);
        (await pool.TakeAsync("g", "a", "unattached")).Members.Count.ShouldBe(2);
        guard.Events.Count.ShouldBe(2, "a group that exists is not taken again");
        await Should.ThrowAsync<VolumeConflictException>(() => pool.TakeAsync("g", "a"));
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task WhenOneSnapshotFailsAllAreThawedAndNoneIsLeft(string substrate)
    {
        var fail = false;
        var guard = new RecordingGuard();
        await using var pool = await TestPool.OpenAsync(
            pools.NewFolder(substrate),
            step =>
            {
                if (fail && step.StartsWith("snapshot", StringComparison.Ordinal) && step.Contains("/b/", StringComparison.Ordinal))
                    throw new IOException("the disk said no");
            },
            guard);
        await using var a = await ExtVolume.MakeAsync(pool, "a");
        await using var b = await ExtVolume.MakeAsync(pool, "b");
        fail = true;
        await Should.ThrowAsync<IOException>(() => pool.TakeAsync("g", "a", "b"));
        (await a.IsWritableAsync()).ShouldBeTrue();
        (await b.IsWritableAsync()).ShouldBeTrue();
        guard.Events[^1].ShouldBe("disarm");
        await NothingIsLeftOfAsync(pool, "g", "a", "b");
        fail = false;
        (await pool.TakeAsync("g", "a", "b")).Members.Count.ShouldBe(2);
    }

    /// <summary>What ext4 does after a failed write to its journal, as when the pool was full.</summary>
    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task AFilesystemThatGaveUpIsNotTakenAndItsUserIsToldWhatToDo(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using (var a = await ExtVolume.MakeAsync(pool, "a"))
        {
            a.Append("log", 1);
            await TestPools.RunAsync("mount", "-o", "remount,abort", a.MountPoint);

            var refused = await Should.ThrowAsync<FreezeFailedException>(() => pool.TakeAsync("g", "a"));

            refused.Message.ShouldContain("has become read-only");
            refused.Message.ShouldContain("pods that use it have to be deleted");
            await NothingIsLeftOfAsync(pool, "g", "a");
        }

        await using var again = await ExtVolume.MountAsync(pool, "a");
        again.Append("log", 1);
        (await pool.TakeAsync("g", "a")).Members.Count.ShouldBe(1);
    }

    [Fact]
    public async Task AFreezeLongerThanItsBoundIsEndedWhileTheSnapshotStillHangs()
    {
        using var release = new ManualResetEventSlim();
        var frozen = new TaskCompletionSource();
        var hang = false;
        void BeforeStep(string step)
        {
            if (!hang || !step.StartsWith("snapshot", StringComparison.Ordinal))
                return;
            frozen.SetResult();
            release.Wait();
        }

        // On a busy machine the bound would be over before everything is frozen.
        var time = new FakeTimeProvider(DateTimeOffset.UnixEpoch);
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs), BeforeStep, time: time);
        await using var a = await ExtVolume.MakeAsync(pool, "a");
        try
        {
            hang = true;
            var taking = pool.Pool.Groups.TakeAsync(
                TestPool.Name("g"), [TestPool.Id("a")], new GroupSnapshotOptions { FreezeTimeout = TimeSpan.FromMilliseconds(100) }, TestPool.Ct);
            await frozen.Task.WaitAsync(TimeSpan.FromSeconds(10), TestPool.Ct);
            time.Advance(TimeSpan.FromMilliseconds(100));
            (await a.IsWritableAsync()).ShouldBeTrue("thawing does not wait for the snapshot");
            taking.IsCompleted.ShouldBeFalse();
            release.Set();
            var refusal = await Should.ThrowAsync<FreezeFailedException>(() => taking);
            refusal.Message.ShouldContain("0.1 s");
            await NothingIsLeftOfAsync(pool, "g", "a");
        }
        finally
        {
            // With the system's clock: detaching waits for whoever looks at the device just now.
            await pool.ReopenAsync();
        }
    }

    [Fact]
    public async Task AGroupThatSomebodyElseThawedIsNotBelieved()
    {
        var interfere = false;
        var mountPoint = string.Empty;
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs), step =>
        {
            if (interfere && step.StartsWith("snapshot", StringComparison.Ordinal))
                FrozenFileSystem.Thaw(mountPoint).ShouldBeTrue("it is frozen at this moment");
        });
        await using var a = await ExtVolume.MakeAsync(pool, "a");
        mountPoint = a.MountPoint;
        interfere = true;
        await Should.ThrowAsync<FreezeFailedException>(() => pool.TakeAsync("g", "a"));
        await NothingIsLeftOfAsync(pool, "g", "a");
    }

    [Fact]
    public async Task AVolumeSomebodyElseFrozeFailsTheGroupAndOpeningThePoolThawsIt()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Xfs));
        await using var a = await ExtVolume.MakeAsync(pool, "a");
        await using var b = await ExtVolume.MakeAsync(pool, "b");
        await TestPools.RunAsync("fsfreeze", "-f", b.MountPoint);
        var refusal = await Should.ThrowAsync<FreezeFailedException>(() => pool.TakeAsync("g", "a", "b"));
        refusal.Message.ShouldContain(b.MountPoint);
        (await a.IsWritableAsync()).ShouldBeTrue();
        await pool.ReopenAsync();
        pool.Pool.Recovered.ShouldHaveSingleItem().ShouldContain("thawed");
        (await b.IsWritableAsync()).ShouldBeTrue();
    }

    [Fact]
    public async Task OnlyWhatIsAskedForIsListed()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Xfs));
        foreach (var id in (string[])["a", "b", "c"])
            await pool.CreateAsync(id, 1 << 20);
        await pool.TakeAsync("m-one-e1-s1", "a");
        await pool.TakeAsync("m-one-e1-s2", "a");
        await pool.TakeAsync("m-two-e1-s1", "b");
        // What is not asked for is not read: damage in it does not matter.
        await File.WriteAllTextAsync(Path.Combine(pool.Paths.Root, "groups", "m-two-e1-s1", "group.json"), "{", TestPool.Ct);

        (await pool.Pool.Groups.ListAsync("m-one-", TestPool.Ct)).Select(group => group.Name.Value).ShouldBe(["m-one-e1-s1", "m-one-e1-s2"]);
        await Should.ThrowAsync<FileDamagedException>(() => pool.Pool.Groups.FindAsync(TestPool.Name("m-two-e1-s1"), TestPool.Ct));
        (await pool.Pool.Volumes.ListHoldingAsync(["m-one-", "diverged-"], TestPool.Ct)).Select(volume => volume.Id.Value).ShouldBe(["a"]);
        (await pool.Pool.Volumes.CountAsync(TestPool.Ct)).ShouldBe(3);
    }

    [Fact]
    public async Task ResourcesStayWithTheirGroup()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Xfs));
        await pool.CreateAsync("a", 1 << 20);
        var groups = pool.Pool.Groups;
        await pool.TakeAsync("g", "a");
        (await groups.GetResourcesAsync(TestPool.Name("g"), TestPool.Ct)).ShouldBeNull();
        await groups.PutResourcesAsync(TestPool.Name("g"), new byte[] { 1, 2, 3 }, TestPool.Ct);
        await pool.ReopenAsync();
        groups = pool.Pool.Groups;
        (await groups.GetResourcesAsync(TestPool.Name("g"), TestPool.Ct)).ShouldBe([1, 2, 3]);
        (await groups.ListAsync("g", TestPool.Ct)).ShouldHaveSingleItem().Name.Value.ShouldBe("g");
        await groups.DeleteAsync(TestPool.Name("g"), TestPool.Ct);
        await groups.DeleteAsync(TestPool.Name("g"), TestPool.Ct);
        (await groups.GetResourcesAsync(TestPool.Name("g"), TestPool.Ct)).ShouldBeNull();
        await NothingIsLeftOfAsync(pool, "g", "a");
    }

    private static async Task<long> LogLengthAsync(TestPool pool, string id, string snapshot)
    {
        var clone = $"{id}.{snapshot}";
        await pool.Pool.Volumes.CloneAsync(TestPool.Id(clone), TestPool.Id(id), TestPool.Name(snapshot), ByteCount.Zero, TestPool.Ct);
        await using var mounted = await ExtVolume.MountAsync(pool, clone);
        return new FileInfo(mounted.File("log")).Length;
    }

    private static async Task NothingIsLeftOfAsync(TestPool pool, string group, params string[] ids)
    {
        (await pool.Pool.Groups.FindAsync(TestPool.Name(group), TestPool.Ct)).ShouldBeNull();
        foreach (var id in ids)
        {
            (await pool.SnapshotsAsync(id)).ShouldBeEmpty();
            Directory.Exists(pool.Paths.SnapshotImage(TestPool.Id(id), TestPool.Name(group))).ShouldBeFalse();
        }
    }

    private sealed class RecordingGuard : IFreezeGuard
    {
        public List<string> Events { get; } = [];

        public Task<IAsyncDisposable> ArmAsync(IReadOnlyList<string> mountPoints, TimeSpan thawAfter, CancellationToken ct)
        {
            Events.Add($"arm {string.Join(',', mountPoints)} {thawAfter.TotalSeconds:F0}");
            return Task.FromResult<IAsyncDisposable>(new Lease(this));
        }

        private sealed class Lease(RecordingGuard guard) : IAsyncDisposable
        {
            public ValueTask DisposeAsync()
            {
                guard.Events.Add("disarm");
                return ValueTask.CompletedTask;
            }
        }
    }
}
