using System.Text;
using System.Text.Json.Nodes;
using Tonari.Testing.Fuzzing;

namespace Tonari.Engine.Tests;

/// <summary>Whatever becomes of one of a pool's small files: it is refused as documented or can be done without, and every complete image is kept.</summary>
public sealed class DocumentFuzzTests(TestPools pools, ITestOutputHelper output)
{
    private const string PoolFile = "tonari-pool.json";
    private const long Size = 64 * TestPool.Block;

    [Fact]
    public async Task ADamagedFileNeverCostsAnImage()
    {
        await using var made = await MakeAsync();
        var documents = Documents(made.Paths.Root);
        var images = Images(made.Paths.Root);
        await made.Pool.DisposeAsync();
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            var (path, content) = documents.ElementAt(random.Next(documents.Count));
            await Fuzz.OnAsync(Mutation.Bytes(content, random), async damaged =>
            {
                File.WriteAllBytes(path, damaged);
                await UseAsync(made.Paths.Root, path);
                Images(made.Paths.Root).ShouldBe(images, $"after damage to {Path.GetFileName(path)}");
            });
            Restore(documents);
        });
    }

    [Fact]
    public async Task AFileWithOtherFactsIsRefusedAsDocumentedOrTaken()
    {
        var outside = Directory.CreateDirectory(pools.NewFolder(TestPools.Btrfs)).FullName;
        await File.WriteAllTextAsync(Path.Combine(outside, "image"), "precious", TestPool.Ct);
        var documents = new Dictionary<string, byte[]>();
        var folder = "";
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            if (folder.Length == 0 || random.Next(50) == 0)
            {
                // What a document says may be the end of what it describes: a new pool now and then.
                await using var made = await MakeAsync();
                folder = made.Paths.Root;
                documents = Documents(folder);
            }
            var (path, content) = documents.ElementAt(random.Next(documents.Count));
            var json = JsonNode.Parse(content)!;
            json.AsObject().Remove("seal");
            await Fuzz.OnAsync(Encoding.UTF8.GetBytes(Mutation.Json(json, random).ToJsonString()), async changed =>
            {
                File.WriteAllBytes(path, changed);
                await UseAsync(folder, path);
            });
            Restore(documents);
        });
        (await File.ReadAllTextAsync(Path.Combine(outside, "image"), TestPool.Ct)).ShouldBe("precious");
        Directory.EnumerateFileSystemEntries(outside).Count().ShouldBe(1);
    }

    public static TheoryData<string> Findings => [.. Fuzz.Corpus("documents").Select(f => f.Name)];

    /// <param name="finding">File of a pool, and what is wrong with it.</param>
    [Theory]
    [MemberData(nameof(Findings))]
    public async Task AFileThatCannotBeIsNamedAndNothingIsRemoved(string finding)
    {
        var file = Path.GetDirectoryName(finding)!;
        await using var made = await MakeAsync();
        var images = Images(made.Paths.Root);
        await made.Pool.DisposeAsync();
        File.WriteAllBytes(Path.Combine(made.Paths.Root, file), Fuzz.Finding("documents", finding));

        if (file == PoolFile)
        {
            var refused = await Should.ThrowAsync<PoolUnusableException>(() => VolumePool.OpenAsync(made.Paths.Root, TestPool.Options(), TestPool.Ct));
            refused.Message.ShouldContain(file);
        }
        else
        {
            await using var pool = await VolumePool.OpenAsync(made.Paths.Root, TestPool.Options(), TestPool.Ct);
            (await pool.FindDamageAsync(TestPool.Ct)).ShouldHaveSingleItem().ShouldContain(file);
        }
        Images(made.Paths.Root).ShouldBe(images);
    }

    [Fact]
    public async Task AFileOfAnEarlierReleaseHasNoSealAndIsRead()
    {
        await using var made = await MakeAsync();
        await made.Pool.DisposeAsync();
        foreach (var (path, content) in Documents(made.Paths.Root))
        {
            var json = JsonNode.Parse(content)!;
            json.AsObject().Remove("seal").ShouldBeTrue(path);
            File.WriteAllText(path, json.ToJsonString());
        }
        await using var pool = await VolumePool.OpenAsync(made.Paths.Root, TestPool.Options(), TestPool.Ct);
        (await pool.Volumes.FindAsync(TestPool.Id("v"), TestPool.Ct))!.Snapshots.Count.ShouldBe(2);
    }

    private static async Task UseAsync(string folder, string spoilt)
    {
        try
        {
            await using var pool = await VolumePool.OpenAsync(folder, TestPool.Options(), CancellationToken.None);
            await pool.FindDamageAsync(CancellationToken.None);
            if (!spoilt.Contains("/volumes/w/", StringComparison.Ordinal))
                (await pool.Volumes.FindAsync(TestPool.Id("w"), CancellationToken.None))!.Snapshots.ShouldHaveSingleItem("what is beside goes on");
            foreach (var volume in await pool.Volumes.ListAsync(CancellationToken.None))
            {
                foreach (var snapshot in volume.Snapshots)
                    await pool.Source.GetDigestAsync(volume.Id, snapshot.Name, CancellationToken.None);
            }
            foreach (var group in await pool.Groups.ListAsync("", CancellationToken.None))
                await pool.Groups.GetResourcesAsync(group.Name, CancellationToken.None);
        }
        catch (EngineException e)
        {
            Path.GetFileName(spoilt).ShouldBe(PoolFile, e.Message);
            // A sentence with the file's name; nothing else may come out.
            e.Message.ShouldEndWith(".");
        }
    }

    /// <summary>A volume with a snapshot, beside one with a group snapshot and a diverged one, and a replica that is being received.</summary>
    private async Task<TestPool> MakeAsync()
    {
        var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateAsync("v", Size);
        pool.Write("v", 0, [.. Enumerable.Repeat((byte)3, TestPool.Block)]);
        await pool.TakeAsync("s1", "v");
        await pool.Pool.Groups.PutResourcesAsync(TestPool.Name("s1"), "captured"u8.ToArray(), TestPool.Ct);
        await pool.SnapshotAsync("v", "aside");
        await pool.Pool.Source.GetDigestAsync(TestPool.Id("v"), TestPool.Name("s1"), TestPool.Ct);
        await pool.CreateAsync("w", Size);
        await pool.SnapshotAsync("w", "alone");
        await pool.CreateReplicaAsync("r", Size);
        await pool.PrepareAsync("r", null, "s1");
        return pool;
    }

    private static Dictionary<string, byte[]> Documents(string root) => Directory
        .EnumerateFiles(root, "*", SearchOption.AllDirectories)
        .Where(f => Path.GetExtension(f) is ".json" or ".digest")
        .Order(StringComparer.Ordinal)
        .ToDictionary(f => f, File.ReadAllBytes);

    /// <summary>Every image that somebody may want back, and its bytes; what is being received can be received again.</summary>
    private static Dictionary<string, string> Images(string root) => Directory
        .EnumerateFiles(root, "image", SearchOption.AllDirectories)
        .Where(f => !f.Contains("/volumes/r/", StringComparison.Ordinal))
        .Order(StringComparer.Ordinal)
        .ToDictionary(f => f, f => Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(f))));

    private static void Restore(Dictionary<string, byte[]> documents)
    {
        foreach (var (path, content) in documents)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            File.WriteAllBytes(path, content);
        }
    }
}
