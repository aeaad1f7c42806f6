namespace Tonari.Engine.Tests;

/// <summary>One damaged file costs what it describes and nothing else: the rest of the pool goes on, nothing is removed, and all is back with the file.</summary>
public sealed class DamageTests(TestPools pools)
{
    private const long Size = 64 * TestPool.Block;

    private static readonly string[] s_files =
    [
        "volumes/a/volume.json", "volumes/a/live.json", "volumes/a/snapshots/g1.json", "volumes/a/snapshots/alone.json", "groups/g1/group.json",
        "volumes/r/volume.json", "volumes/r/snapshots/s1.json", "groups/s1/group.json", "volumes/r/staging.json", "volumes/r/snapshots/s1.digest",
    ];

    public static TheoryData<string, string> Cases
    {
        get
        {
            var cases = new TheoryData<string, string>();
            foreach (var file in s_files)
            {
                foreach (var damage in (string[])["truncated", "flipped", "emptied", "swapped", "deleted"])
                    cases.Add(file, damage);
            }
            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task TheRestOfThePoolGoesOnAndNothingIsRemoved(string file, string damage)
    {
        await using var source = await SourceAsync(pools.NewFolder(TestPools.Btrfs));
        await using var pool = await MakeAsync(source, TestPools.Btrfs);
        var (images, before) = (Images(pool), await ShowAsync(pool));
        var path = Path.Combine(pool.Paths.Root, file);
        var content = await File.ReadAllBytesAsync(path, TestPool.Ct);
        await pool.Pool.DisposeAsync();
        Spoil(path, damage);
        var spoilt = File.Exists(path) ? await File.ReadAllBytesAsync(path, TestPool.Ct) : null;

        await pool.ReopenAsync();

        var replaceable = file.EndsWith(".digest", StringComparison.Ordinal) || file.EndsWith("staging.json", StringComparison.Ordinal)
            || (file.EndsWith("live.json", StringComparison.Ordinal) && damage == "deleted");
        if (replaceable)
            (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldBeEmpty();
        else
            (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldHaveSingleItem().ShouldContain(path);
        await TheRestIsUsedAsync(pool, source);
        // A note of a transfer that is lost takes along what it stood for; it is received again.
        var kept = file.EndsWith("staging.json", StringComparison.Ordinal) ? images.Where(i => !i.Key.EndsWith("/s-s3/image", StringComparison.Ordinal)) : images;
        foreach (var (image, bytes) in kept)
            Images(pool).ShouldContainKeyAndValue(image, bytes);
        if (replaceable)
            return;
        if (spoilt is not null)
            (await File.ReadAllBytesAsync(path, TestPool.Ct)).ShouldBe(spoilt, "a damaged file is not overwritten");

        await pool.Pool.DisposeAsync();
        await File.WriteAllBytesAsync(path, content, TestPool.Ct);
        await pool.ReopenAsync();
        (await ShowAsync(pool)).ShouldBe(before);
        (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldBeEmpty();
    }

    [Fact]
    public async Task AVolumeWhoseDocumentIsDamagedIsRefusedByEveryMethod()
    {
        await using var source = await SourceAsync(pools.NewFolder(TestPools.Btrfs));
        await using var pool = await MakeAsync(source, TestPools.Btrfs);
        Spoil(pool.Paths.VolumeDocument(TestPool.Id("a")), "flipped");
        await pool.ReopenAsync();
        var (id, volumes, ct) = (TestPool.Id("a"), pool.Pool.Volumes, TestPool.Ct);

        foreach (var attempt in (Func<Task>[])
        [
            () => volumes.FindAsync(id, ct),
            () => pool.CreateAsync("a", Size),
            () => pool.CreateReplicaAsync("a", Size),
            () => volumes.CloneAsync(id, TestPool.Id("b"), null, ByteCount.Zero, ct),
            () => volumes.CloneAsync(TestPool.Id("new"), id, null, ByteCount.Zero, ct),
            () => volumes.ResizeAsync(id, new ByteCount(2 * Size), ct),
            () => pool.SnapshotAsync("a", "new"),
            () => pool.TakeAsync("new", "a", "b"),
            () => pool.TakeAsync("g1", "a", "b"),
            () => volumes.DeleteSnapshotAsync(id, TestPool.Name("alone"), ct),
            () => volumes.MakeLiveAsync(id, TestPool.Name("g1"), ct),
            () => volumes.SetLiveAsideAsync(id, TestPool.Name("aside"), ct),
            () => volumes.DeleteAsync(id, ct),
            () => pool.Pool.Attachments.AttachAsync(id, readOnly: false, ct),
            () => pool.StreamAsync("a", null, "g1"),
            () => pool.PrepareAsync("a", null, "new"),
            () => pool.Pool.Groups.FindAsync(TestPool.Name("g1"), ct),
        ])
        {
            var refused = await Should.ThrowAsync<FileDamagedException>(attempt);
            refused.Message.ShouldContain(pool.Paths.VolumeDocument(id));
            refused.Message.ShouldContain("'a' cannot be used");
        }
        (await volumes.ListAsync(ct)).Select(v => v.Id.Value).ShouldBe(["b", "r"]);
        (await volumes.SurveyAsync(ct)).Damaged.ShouldHaveSingleItem().Name.ShouldBe("a");
        (await pool.Pool.Groups.SurveyAsync("", ct)).Damaged.Select(d => d.Name).ShouldBe(["g1", "g2"]);
    }

    [Fact]
    public async Task AVolumeThatIsGivenUpIsMovedToTheTrash()
    {
        await using var source = await SourceAsync(pools.NewFolder(TestPools.Btrfs));
        await using var pool = await MakeAsync(source, TestPools.Btrfs);
        Spoil(pool.Paths.VolumeDocument(TestPool.Id("a")), "truncated");
        Directory.Move(pool.Paths.Volume(TestPool.Id("a")), Path.Combine(pool.Paths.Trash, "a"));
        await pool.ReopenAsync();

        (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldBeEmpty();
        (await pool.CreateAsync("a", Size)).Snapshots.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("volumes/a/snapshots/alone.json", "alone", "flipped")]
    [InlineData("volumes/a/snapshots/alone.json", "alone", "deleted")]
    [InlineData("volumes/a/snapshots/g1.json", "g1", "emptied")]
    [InlineData("volumes/a/snapshots/g1.json", "g1", "deleted")]
    [InlineData("groups/g1/group.json", "g1", "truncated")]
    [InlineData("groups/g1/group.json", "g1", "deleted")]
    public async Task ADamagedSnapshotIsNeitherUsedNorReplaced(string file, string name, string damage)
    {
        await using var source = await SourceAsync(pools.NewFolder(TestPools.Xfs));
        await using var pool = await MakeAsync(source, TestPools.Xfs);
        Spoil(Path.Combine(pool.Paths.Root, file), damage);
        await pool.ReopenAsync();
        var (id, snapshot, volumes, ct) = (TestPool.Id("a"), TestPool.Name(name), pool.Pool.Volumes, TestPool.Ct);

        var volume = (await volumes.FindAsync(id, ct))!;
        volume.Snapshots.ShouldNotContain(s => s.Name == snapshot);
        volume.Damaged.ShouldContain(d => d.Name == name);
        foreach (var attempt in (Func<Task>[])
        [
            () => pool.SnapshotAsync("a", name),
            () => pool.TakeAsync(name, "a", "b"),
            () => volumes.CloneAsync(TestPool.Id("new"), id, snapshot, ByteCount.Zero, ct),
            () => volumes.SetLiveAsideAsync(id, snapshot, ct),
            () => volumes.RollBackAsync(id, snapshot, TestPool.Name("kept"), ct),
            () => pool.StreamAsync("a", name, "g2"),
            () => pool.PrepareAsync("a", name, "new"),
            () => pool.PrepareAsync("a", null, name),
        ])
            (await Should.ThrowAsync<FileDamagedException>(attempt)).Message.ShouldContain(file);
        (await pool.Pool.Groups.ListAsync("", ct)).ShouldNotContain(g => g.Name == snapshot);

        // Who asks for its end by name gets it: nothing is guessed then.
        if (name == "g1")
            await pool.Pool.Groups.DeleteAsync(snapshot, ct);
        await volumes.DeleteSnapshotAsync(id, snapshot, ct);
        (await pool.Pool.FindDamageAsync(ct)).ShouldBeEmpty();
        await pool.ReopenAsync();
        pool.Pool.Recovered.ShouldBeEmpty();
    }

    [Fact]
    public async Task WhatWasReceivedAndNotCommittedIsReceivedAgainWhereItsDocumentIsDamaged()
    {
        await using var source = await SourceAsync(pools.NewFolder(TestPools.Btrfs));
        await using var pool = await MakeAsync(source, TestPools.Btrfs);
        var point = await pool.PrepareAsync("r", "s2", "s3");
        await pool.ReceiveAsync("r", "s2", "s3", await source.StreamAsync("r", "s2", "s3", point.Offset.Value));
        Spoil(pool.Paths.SnapshotDocument(TestPool.Id("r"), TestPool.Name("s3")), "flipped");
        await pool.ReopenAsync();

        (await pool.Pool.FindDamageAsync(TestPool.Ct)).ShouldBeEmpty();
        await Should.ThrowAsync<VolumeConflictException>(() => pool.CommitAsync("s3", "r"));
        await pool.MirrorAsync(source, "r", "s2", "s3");

        pool.ReadSnapshot("r", "s3").ShouldBeSameImageAs(source.ReadSnapshot("r", "s3"));
    }

    private static async Task TheRestIsUsedAsync(TestPool pool, TestPool source)
    {
        var ct = TestPool.Ct;
        await pool.Pool.Attachments.AttachAsync(TestPool.Id("b"), readOnly: false, ct);
        await pool.Pool.Attachments.DetachAsync(TestPool.Id("b"), ct);
        await pool.SnapshotAsync("b", "later");
        await pool.TakeAsync("later-group", "b");
        (await pool.StreamAsync("b", "g2", "later-group")).ShouldNotBeEmpty();
        await pool.CreateReplicaAsync("fresh", Size);
        await pool.MirrorAsync(source, "fresh", null, "f1");
        pool.ReadSnapshot("fresh", "f1").ShouldBeSameImageAs(source.ReadSnapshot("fresh", "f1"));
        await pool.Pool.Groups.DeleteAsync(TestPool.Name("later-group"), ct);
        await pool.Pool.Volumes.DeleteSnapshotAsync(TestPool.Id("b"), TestPool.Name("later"), ct);
        await pool.Pool.Volumes.DeleteAsync(TestPool.Id("fresh"), ct);
    }

    private static async Task<TestPool> SourceAsync(string folder)
    {
        var source = await TestPool.OpenAsync(folder);
        foreach (var id in (string[])["r", "fresh"])
        {
            await source.CreateAsync(id, Size);
            source.Write(id, 0, [1, 2, 3]);
        }
        await source.TakeAsync("f1", "fresh");
        foreach (var name in (string[])["s1", "s2", "s3"])
        {
            source.Write("r", TestPool.Block, [(byte)name[1]]);
            await source.TakeAsync(name, "r");
        }
        return source;
    }

    /// <summary>Two volumes with two groups, one of them made live from a snapshot of its own; and a replica with two groups that receives a third.</summary>
    private async Task<TestPool> MakeAsync(TestPool source, string substrate)
    {
        var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        foreach (var id in (string[])["a", "b"])
        {
            await pool.CreateAsync(id, Size);
            pool.Write(id, 0, [7]);
        }
        await pool.TakeAsync("g1", "a", "b");
        await pool.Pool.Groups.PutResourcesAsync(TestPool.Name("g1"), "captured"u8.ToArray(), TestPool.Ct);
        await pool.SnapshotAsync("a", "alone");
        await pool.Pool.Volumes.RollBackAsync(TestPool.Id("a"), TestPool.Name("alone"), TestPool.Name("diverged"), TestPool.Ct);
        await pool.TakeAsync("g2", "a", "b");
        await pool.CreateReplicaAsync("r", Size);
        await pool.MirrorAsync(source, "r", null, "s1");
        await pool.MirrorAsync(source, "r", "s1", "s2");
        await pool.PrepareAsync("r", "s2", "s3");
        return pool;
    }

    private static void Spoil(string path, string damage)
    {
        var content = File.ReadAllBytes(path);
        switch (damage)
        {
            case "truncated":
                File.WriteAllBytes(path, content[..(content.Length / 2)]);
                break;
            case "flipped":
                content[content.Length / 2] ^= 1;
                File.WriteAllBytes(path, content);
                break;
            case "emptied":
                File.WriteAllBytes(path, []);
                break;
            case "swapped":
                File.Copy(Another(path), path, overwrite: true);
                break;
            default:
                File.Delete(path);
                break;
        }
    }

    /// <summary>A document of the same kind where there is one that could be taken for it, else of another.</summary>
    private static string Another(string path)
    {
        var root = path[..(Math.Max(path.IndexOf("/volumes/", StringComparison.Ordinal), path.IndexOf("/groups/", StringComparison.Ordinal)) + 1)];
        var other = path[root.Length..] switch
        {
            "volumes/a/volume.json" or "volumes/r/volume.json" => "volumes/b/volume.json",
            "volumes/a/snapshots/g1.json" or "volumes/a/snapshots/alone.json" => "volumes/a/snapshots/g2.json",
            "volumes/r/snapshots/s1.json" => "volumes/r/snapshots/s2.json",
            "groups/g1/group.json" or "groups/s1/group.json" => "groups/g2/group.json",
            "volumes/r/snapshots/s1.digest" => "volumes/r/snapshots/s2.digest",
            _ => "tonari-pool.json",
        };
        return Path.Combine(root, other);
    }

    private static Dictionary<string, string> Images(TestPool pool) => Directory
        .EnumerateFiles(pool.Paths.Root, "image", SearchOption.AllDirectories)
        .ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));

    /// <summary>All that users see of the pool.</summary>
    private static async Task<string> ShowAsync(TestPool pool)
    {
        var volumes = (await pool.Pool.Volumes.ListAsync(TestPool.Ct)).Select(v =>
            $"{v.Id} {v.Size} {v.HasLive} {v.LiveOrigin} {v.Staging} {string.Join(' ', v.Snapshots.Select(s => $"{s.Name}:{s.Group}:{s.TakenAt:O}"))}");
        var groups = (await pool.Pool.Groups.ListAsync("", TestPool.Ct)).Select(g => $"{g.Name} {string.Join(' ', g.Members.Select(m => m.Volume))}");
        var resources = await pool.Pool.Groups.GetResourcesAsync(TestPool.Name("g1"), TestPool.Ct);
        return string.Join('\n', [.. volumes, .. groups, $"{resources?.Length}"]);
    }
}
