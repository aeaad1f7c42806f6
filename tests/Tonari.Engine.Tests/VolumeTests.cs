using System.Globalization;

namespace Tonari.Engine.Tests;

/// <summary>Volumes and single snapshots, the same on both substrates.</summary>
public sealed class VolumeTests(TestPools pools)
{
    private const long Size = 1 << 20;

    public static TheoryData<string> Substrates => TestPools.Substrates;

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task CreatingTwiceGivesTheSameVolumeAndOtherFactsAreRefused(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        var made = await pool.CreateAsync("v", Size - 100);
        made.Size.Value.ShouldBe(Size, "sizes are whole blocks");
        made.HasLive.ShouldBeTrue();
        (await pool.CreateAsync("v", Size - 100)).Size.ShouldBe(made.Size);
        var refusal = await Should.ThrowAsync<VolumeConflictException>(() => pool.CreateAsync("v", Size * 2));
        refusal.Message.ShouldContain("in use");
        (await pool.Pool.Volumes.ListAsync(TestPool.Ct)).Select(v => v.Id.Value).ShouldBe(["v"]);
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task SnapshotsKeepTheirBytesWhateverIsWrittenLater(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("v", Size);
        pool.Write("v", 8192, [1, 2, 3]);
        await pool.SnapshotAsync("v", "first");
        var kept = pool.ReadLive("v");
        pool.Write("v", 8192, [9, 9, 9]);
        await pool.SnapshotAsync("v", "second");
        await pool.SnapshotAsync("v", "first");
        pool.ReadSnapshot("v", "first").ShouldBeSameImageAs(kept);
        (await pool.SnapshotsAsync("v")).ShouldBe(["first", "second"]);
        await pool.Pool.Volumes.DeleteSnapshotAsync(TestPool.Id("v"), TestPool.Name("first"), TestPool.Ct);
        await pool.Pool.Volumes.DeleteSnapshotAsync(TestPool.Id("v"), TestPool.Name("first"), TestPool.Ct);
        (await pool.SnapshotsAsync("v")).ShouldBe(["second"]);
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task ManyVolumesMayBeDeletedAtOnce(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        var names = Enumerable.Range(0, 24).Select(n => string.Create(CultureInfo.InvariantCulture, $"v{n}")).ToList();
        foreach (var name in names)
        {
            await pool.CreateAsync(name, Size);
            await pool.SnapshotAsync(name, "kept");
        }

        await Task.WhenAll(names.Select(name => pool.Pool.Volumes.DeleteAsync(TestPool.Id(name), TestPool.Ct)));

        (await pool.Pool.Volumes.ListAsync(TestPool.Ct)).ShouldBeEmpty();
        Directory.EnumerateFileSystemEntries(pool.Paths.Trash).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task PromotingAndDemotingMovesTheLiveImageWithoutLosingIt(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        var volumes = pool.Pool.Volumes;
        await pool.CreateAsync("v", Size);
        pool.Write("v", 0, [1]);
        await pool.SnapshotAsync("v", "common");
        pool.Write("v", 0, [2]);

        await volumes.SetLiveAsideAsync(TestPool.Id("v"), TestPool.Name("diverged"), TestPool.Ct);
        await volumes.SetLiveAsideAsync(TestPool.Id("v"), TestPool.Name("diverged"), TestPool.Ct);
        (await volumes.FindAsync(TestPool.Id("v"), TestPool.Ct))!.HasLive.ShouldBeFalse();
        pool.ReadSnapshot("v", "diverged")[0].ShouldBe((byte)2);

        await volumes.MakeLiveAsync(TestPool.Id("v"), TestPool.Name("common"), TestPool.Ct);
        pool.Write("v", 1, [7]);
        await volumes.MakeLiveAsync(TestPool.Id("v"), TestPool.Name("common"), TestPool.Ct);
        pool.ReadLive("v")[..2].ShouldBe([1, 7], "making the same snapshot live again does not throw away what was written since");
        (await volumes.FindAsync(TestPool.Id("v"), TestPool.Ct))!.LiveOrigin.ShouldBe("common");
        await Should.ThrowAsync<VolumeConflictException>(() => volumes.MakeLiveAsync(TestPool.Id("v"), TestPool.Name("diverged"), TestPool.Ct));

        await volumes.RollBackAsync(TestPool.Id("v"), TestPool.Name("diverged"), TestPool.Name("before"), TestPool.Ct);
        await volumes.RollBackAsync(TestPool.Id("v"), TestPool.Name("diverged"), TestPool.Name("before"), TestPool.Ct);
        pool.ReadLive("v")[0].ShouldBe((byte)2);
        pool.ReadSnapshot("v", "before")[..2].ShouldBe([1, 7]);
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task ClonesAreIndependentAndMayBeLarger(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("v", Size);
        pool.Write("v", 0, [1]);
        await pool.SnapshotAsync("v", "s");
        pool.Write("v", 0, [2]);
        var volumes = pool.Pool.Volumes;
        var old = await volumes.CloneAsync(TestPool.Id("old"), TestPool.Id("v"), TestPool.Name("s"), new ByteCount(Size * 2), TestPool.Ct);
        var current = await volumes.CloneAsync(TestPool.Id("current"), TestPool.Id("v"), null, ByteCount.Zero, TestPool.Ct);
        (await volumes.CloneAsync(TestPool.Id("old"), TestPool.Id("v"), TestPool.Name("s"), new ByteCount(Size * 2), TestPool.Ct)).Size.ShouldBe(old.Size);
        old.Size.Value.ShouldBe(Size * 2);
        current.Size.Value.ShouldBe(Size);
        pool.Write("old", 0, [3]);
        pool.ReadLive("old")[0].ShouldBe((byte)3);
        pool.ReadLive("current")[0].ShouldBe((byte)2);
        pool.ReadLive("v")[0].ShouldBe((byte)2);
        await Should.ThrowAsync<VolumeConflictException>(
            () => volumes.CloneAsync(TestPool.Id("small"), TestPool.Id("v"), TestPool.Name("s"), new ByteCount(Size / 2), TestPool.Ct));
        await volumes.DeleteAsync(TestPool.Id("v"), TestPool.Ct);
        pool.ReadLive("current")[0].ShouldBe((byte)2);
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task DeletingLeavesNothing(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("a", Size);
        await pool.CreateAsync("b", Size);
        await pool.TakeAsync("g", "a", "b");
        await pool.Pool.Groups.PutResourcesAsync(TestPool.Name("g"), new byte[] { 1 }, TestPool.Ct);
        await pool.Pool.Volumes.DeleteAsync(TestPool.Id("a"), TestPool.Ct);
        (await pool.Pool.Groups.FindAsync(TestPool.Name("g"), TestPool.Ct))!.Members.Select(m => m.Volume.Value).ShouldBe(["b"]);
        await pool.Pool.Volumes.DeleteAsync(TestPool.Id("b"), TestPool.Ct);
        await pool.Pool.Volumes.DeleteAsync(TestPool.Id("b"), TestPool.Ct);
        foreach (var folder in (string[])[pool.Paths.Volumes, pool.Paths.Groups, pool.Paths.Trash])
            Directory.EnumerateFileSystemEntries(folder).ShouldBeEmpty();
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task OneProcessAtATimeHasThePoolOpen(string substrate)
    {
        var folder = pools.NewFolder(substrate);
        await using var pool = await TestPool.OpenAsync(folder);
        var refusal = await Should.ThrowAsync<PoolUnusableException>(() => TestPool.OpenAsync(folder));
        refusal.Message.ShouldContain("another process");
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task APoolDescribesItself(string substrate)
    {
        var folder = pools.NewFolder(substrate);
        var probe = await VolumePool.ProbeAsync(folder, TestPool.Ct);
        probe.Usable.ShouldBeTrue(probe.Problem);
        probe.Substrate.ShouldBe(substrate);
        await using var pool = await TestPool.OpenAsync(folder);
        var before = await pool.Pool.DescribeAsync(TestPool.Ct);
        await pool.ReopenAsync();
        (await pool.Pool.DescribeAsync(TestPool.Ct)).Id.ShouldBe(before.Id);
        before.Warning.ShouldBeNull();
        Directory.EnumerateFiles(folder, ".tonari-probe*").ShouldBeEmpty();
    }

    [Fact]
    public async Task ADirectoryOnAnotherFileSystemIsRefusedWithTheWayOut()
    {
        var folder = Directory.CreateTempSubdirectory("tonari-not-a-pool").FullName;
        var refusal = await Should.ThrowAsync<PoolUnusableException>(() => TestPool.OpenAsync(folder));
        refusal.Message.ShouldContain("mkfs.btrfs");
        (await VolumePool.ProbeAsync(folder + "/missing", TestPool.Ct)).Problem!.ShouldContain("not a directory");
        Directory.Delete(folder);
    }

    [Fact]
    public async Task ADamagedDocumentIsNamedNotGuessed()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Xfs));
        await pool.CreateAsync("v", Size);
        var path = pool.Paths.VolumeDocument(TestPool.Id("v"));
        await File.WriteAllTextAsync(path, "{ \"formatVersion\": 1, ", TestPool.Ct);
        (await Should.ThrowAsync<FileDamagedException>(() => pool.CreateAsync("v", Size))).Message.ShouldContain(path);
        await File.WriteAllTextAsync(path, "{ \"formatVersion\": 2, \"id\": \"v\", \"size\": 1 }", TestPool.Ct);
        (await Should.ThrowAsync<FileDamagedException>(() => pool.CreateAsync("v", Size))).Message.ShouldContain("newer program");
    }

    [Fact]
    public async Task AVolumeWhoseDocumentIsLostKeepsItsData()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateAsync("v", Size);
        pool.Write("v", 0, [7]);
        var document = pool.Paths.VolumeDocument(TestPool.Id("v"));
        File.Move(document, document + ".away");
        await pool.ReopenAsync();
        pool.Pool.Recovered.ShouldBeEmpty("it is left alone");
        (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldHaveSingleItem().ShouldContain(document);
        await Should.ThrowAsync<FileDamagedException>(() => pool.CreateAsync("v", Size));
        File.Move(document + ".away", document);
        pool.ReadLive("v")[0].ShouldBe((byte)7);
        (await pool.CreateAsync("v", Size)).HasLive.ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData("A")]
    [InlineData("-a")]
    [InlineData("a/b")]
    public void NamesThatCouldLeaveThePoolAreRefused(string name)
    {
        Should.Throw<ArgumentException>(() => new VolumeId(name));
        SnapshotName.TryParse(name, out _).ShouldBeFalse();
    }
}
