namespace Tonari.Engine.Tests;

[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a transfer costs, measured with nothing else running.</summary>
[Collection(nameof(Alone))]
public sealed class ResourceTests(TestPools pools)
{
    private const long Size = 64L << 30;
    private const long Data = 384L << 20;
    private const long MemoryBound = 64L << 20;

    [Fact]
    public async Task ATransferOfAnySizeNeedsLittleMemory()
    {
        await using var source = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await source.CreateAsync("v", Size);
        await target.CreateReplicaAsync("v", Size);
        var noise = new byte[4 << 20];
        new Random(1).NextBytes(noise);
        for (long i = 0; i < Data / noise.Length; i++)
            source.Write("v", i * (Size * noise.Length / Data) / 4096 * 4096, noise);
        await source.TakeAsync("warm", "v");
        await RunAsync(source, target, null, "warm");
        for (long i = 0; i < Data / noise.Length; i++)
            source.Write("v", i * (Size * noise.Length / Data) / 4096 * 4096, noise.AsSpan(1, noise.Length - 4096).ToArray());
        await source.TakeAsync("big", "v");

        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        var before = Environment.WorkingSet;
        var peak = await RunAsync(source, target, "warm", "big");
        (peak - before).ShouldBeLessThan(MemoryBound);
    }

    private static async Task<long> RunAsync(TestPool source, TestPool target, string? from, string to)
    {
        var peak = 0L;
        var pipe = new System.IO.Pipelines.Pipe(new System.IO.Pipelines.PipeOptions(pauseWriterThreshold: 1 << 20, resumeWriterThreshold: 1 << 19));
        await target.PrepareAsync("v", from, to);
        var sending = Task.Run(
            async () =>
            {
                await using var output = pipe.Writer.AsStream();
                await source.Pool.Source.WriteAsync(
                    new DeltaRequest(TestPool.Id("v"), from is null ? null : TestPool.Name(from), TestPool.Name(to), ByteOffset.Zero), output, TestPool.Ct);
            },
            TestPool.Ct);
        await target.ReceiveAsync("v", from, to, pipe.Reader.AsStream(), new Sampler(() => peak = Math.Max(peak, Environment.WorkingSet)));
        await sending;
        await target.CommitAsync(to, "v");
        return peak;
    }

    private sealed class Sampler(Action sample) : IProgress<TransferProgress>
    {
        public void Report(TransferProgress value) => sample();
    }
}
