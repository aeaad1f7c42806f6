using Tonari.Engine.Interop;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Tests;

/// <summary>An open pool and short words for what tests do with it.</summary>
internal sealed class TestPool : IAsyncDisposable
{
    public const int Block = 4096;

    private TestPool(VolumePool pool, string folder)
    {
        Pool = pool;
        Paths = new PoolPaths(folder);
    }

    public VolumePool Pool { get; private set; }

    public PoolPaths Paths { get; }

    public static CancellationToken Ct => TestContext.Current.CancellationToken;

    public static PoolOptions Options(Action<string>? beforeStep = null, IFreezeGuard? guard = null, TimeProvider? time = null) =>
        new() { FreezeGuard = guard ?? new NoFreezeGuard(), BeforeStep = beforeStep, Time = time ?? TimeProvider.System };

    public static async Task<TestPool> OpenAsync(
        string folder, Action<string>? beforeStep = null, IFreezeGuard? guard = null, TimeProvider? time = null) =>
        new(await VolumePool.OpenAsync(folder, Options(beforeStep, guard, time), Ct), folder);

    public static VolumeId Id(string text) => new(text);

    public static SnapshotName Name(string text) => new(text);

    public async Task ReopenAsync(Action<string>? beforeStep = null)
    {
        await Pool.DisposeAsync();
        Pool = await VolumePool.OpenAsync(Paths.Root, Options(beforeStep), Ct);
    }

    public Task<Volume> CreateAsync(string id, long size) => Pool.Volumes.CreateAsync(Id(id), new ByteCount(size), Ct);

    public Task<Volume> CreateReplicaAsync(string id, long size) => Pool.Volumes.CreateReplicaAsync(Id(id), new ByteCount(size), Ct);

    public Task SnapshotAsync(string id, string name) => Pool.Volumes.SnapshotAsync(Id(id), Name(name), Ct);

    public Task<GroupSnapshot> TakeAsync(string name, params string[] ids) =>
        Pool.Groups.TakeAsync(Name(name), [.. ids.Select(Id)], new GroupSnapshotOptions(), Ct);

    public async Task<string[]> SnapshotsAsync(string id) =>
        [.. (await Pool.Volumes.FindAsync(Id(id), Ct))!.Snapshots.Select(s => s.Name.Value)];

    public void Write(string id, long offset, byte[] data)
    {
        using var file = PoolFiles.OpenImage(Paths.Live(Id(id)), writable: true);
        RandomAccess.Write(file, data, offset);
        FileCalls.SyncData(file, id);
    }

    public void Punch(string id, long offset, long length)
    {
        using var file = PoolFiles.OpenImage(Paths.Live(Id(id)), writable: true);
        FileCalls.PunchHole(file, offset, length, id);
        FileCalls.SyncData(file, id);
    }

    public byte[] ReadLive(string id) => File.ReadAllBytes(PoolPaths.FileIn(Paths.Live(Id(id))));

    public byte[] ReadSnapshot(string id, string name) => File.ReadAllBytes(PoolPaths.FileIn(Paths.SnapshotImage(Id(id), Name(name))));

    public async Task<byte[]> StreamAsync(string id, string? from, string to, long resumeAt = 0)
    {
        using var memory = new MemoryStream();
        await Pool.Source.WriteAsync(
            new DeltaRequest(Id(id), from is null ? null : Name(from), Name(to), new ByteOffset(resumeAt)), memory, Ct);
        return memory.ToArray();
    }

    public Task<ResumePoint> PrepareAsync(string id, string? from, string to) =>
        Pool.Target.PrepareAsync(Id(id), from is null ? null : Name(from), Name(to), Ct);

    public Task<StagedImage> ReceiveAsync(string id, string? from, string to, Stream input, IProgress<TransferProgress>? progress = null) =>
        Pool.Target.ReceiveAsync(Id(id), from is null ? null : Name(from), Name(to), input, announced: null, progress, Ct);

    public Task<StagedImage> ReceiveAsync(string id, string? from, string to, byte[] stream) =>
        ReceiveAsync(id, from, to, new MemoryStream(stream));

    public Task<GroupSnapshot> CommitAsync(string name, params string[] ids) =>
        Pool.Groups.CommitStagedAsync(Name(name), [.. ids.Select(Id)], Ct);

    /// <summary>One volume, one snapshot, from another pool, all the way.</summary>
    public async Task MirrorAsync(TestPool source, string id, string? from, string to)
    {
        var point = await PrepareAsync(id, from, to);
        if (!point.Complete)
            await ReceiveAsync(id, from, to, await source.StreamAsync(id, from, to, point.Offset.Value));
        await CommitAsync(to, id);
    }

    /// <summary>Damages one byte of a snapshot's image behind the engine's back.</summary>
    public async Task FlipAsync(string id, string name, long offset)
    {
        var image = Paths.SnapshotImage(Id(id), Name(name));
        var sealedSubvolume = (await Pool.DescribeAsync(Ct)).Substrate == TestPools.Btrfs;
        if (sealedSubvolume)
            await TestPools.RunAsync("btrfs", "property", "set", image, "ro", "false");
        using (var file = PoolFiles.OpenImage(image, writable: true))
        {
            var one = new byte[1];
            RandomAccess.Read(file, one, offset);
            RandomAccess.Write(file, [(byte)~one[0]], offset);
            FileCalls.Sync(file, image);
        }
        if (sealedSubvolume)
            await TestPools.RunAsync("btrfs", "property", "set", image, "ro", "true");
    }

    public ValueTask DisposeAsync() => Pool.DisposeAsync();
}

internal static class ImageAssertions
{
    /// <summary>Says where two images begin to differ instead of printing them.</summary>
    public static void ShouldBeSameImageAs(this byte[] actual, byte[] expected)
    {
        actual.Length.ShouldBe(expected.Length);
        var same = actual.AsSpan().CommonPrefixLength(expected);
        same.ShouldBe(expected.Length, $"block {same / TestPool.Block} differs");
    }
}
