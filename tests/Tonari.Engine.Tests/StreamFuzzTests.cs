using System.Text.Json.Nodes;
using Tonari.Engine.Transfer;
using Tonari.Testing.Fuzzing;

namespace Tonari.Engine.Tests;

/// <summary>Whatever a stream holds: it is refused as documented or it is what it says, in bounded memory, and nothing of it is visible.</summary>
public sealed class StreamFuzzTests(TestPools pools, ITestOutputHelper output)
{
    private const long Size = 1 << 20;

    /// <summary>A frame, its decompressed form and the reader's own buffer, with room for what the pool of buffers hands out.</summary>
    private const long MostAllocated = 16 << 20;

    public static TheoryData<string> Findings => [.. Fuzz.Corpus("streams").Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Findings))]
    public async Task WhatWasFoundOnceIsRefusedAsDocumented(string name) => await ReadAsync(Fuzz.Finding("streams", name));

    [Fact]
    public async Task AnySpoiltStreamIsRefusedAsDocumentedInBoundedMemory()
    {
        var valid = await ValidAsync();
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            var stream = valid[random.Next(valid.Count)];
            await Fuzz.OnAsync(random.Next(3) == 0 ? Mutation.Bytes(stream, random) : Frames.Spoil(stream, random), ReadAsync);
        });
    }

    [Fact]
    public async Task NothingOfASpoiltStreamIsVisibleInThePoolOrBeyondTheImage()
    {
        await using var source = await SourceAsync();
        var full = await source.StreamAsync("v", null, "s1");
        var delta = await source.StreamAsync("v", "s1", "s2");
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(source, "v", null, "s1");
        var before = target.ReadSnapshot("v", "s1");
        await Fuzz.RunAsync(output.WriteLine, async random =>
        {
            var stream = Frames.Spoil(random.Next(4) == 0 ? full : delta, random);
            await target.Pool.Target.DiscardAsync(TestPool.Id("v"), TestPool.Ct);
            try
            {
                await target.Pool.Target.ReceiveAsync(TestPool.Id("v"), TestPool.Name("s1"), TestPool.Name("s2"), new MemoryStream(stream), new ByteCount(Size), null, TestPool.Ct);
                var staged = File.ReadAllBytes(Layout.PoolPaths.FileIn(target.Paths.SnapshotImage(TestPool.Id("v"), TestPool.Name("s2"))));
                staged.ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
            }
            catch (EngineException e) when (e is StreamRefusedException or BaseDiffersException)
            {
                e.Message.Length.ShouldBeLessThan(1000);
            }
            (await target.SnapshotsAsync("v")).ShouldBe(["s1"]);
        });
        target.ReadSnapshot("v", "s1").ShouldBeSameImageAs(before);
        Directory.EnumerateFileSystemEntries(Path.GetDirectoryName(target.Paths.Root)!).ShouldContain(target.Paths.Root);
    }

    [Fact]
    public async Task AStreamOfAnotherSizeThanAnnouncedOrWithMoreDataThanItAnnouncesIsRefused()
    {
        await using var source = await SourceAsync();
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        var stream = await source.StreamAsync("v", null, "s1");

        var refusal = await Should.ThrowAsync<StreamRefusedException>(() => target.Pool.Target.ReceiveAsync(
            TestPool.Id("v"), null, TestPool.Name("s1"), new MemoryStream(stream), new ByteCount(Size / 2), null, TestPool.Ct));
        refusal.Message.ShouldContain($"announced were {Size / 2}");

        var less = Frames.Rewrite(stream, 0, json => json["totalBytes"] = 4096);
        (await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", null, "s1", less))).Message.ShouldContain("more data than the 4096 bytes");
        (await target.SnapshotsAsync("v")).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("toInstance", "")]
    [InlineData("toInstance", "../x")]
    [InlineData("imageSize", "9223372036854771712")]
    [InlineData("totalBytes", "9223372036854775807")]
    [InlineData("skippedBytes", "-4096")]
    [InlineData("resumeAt", "-4096")]
    public async Task AHeaderWithAFieldThatCannotBeIsRefused(string field, string value)
    {
        await using var source = await SourceAsync();
        var spoilt = Frames.Rewrite(await source.StreamAsync("v", null, "s1"), 0, json => json[field] = long.TryParse(value, out var number) ? number : value);
        using var reader = new FrameReader(new MemoryStream(spoilt), new TransferBuffers());
        await Should.ThrowAsync<StreamRefusedException>(() => reader.ReadHeaderAsync(TestPool.Ct));
    }

    private static async Task ReadAsync(byte[] stream)
    {
        var buffers = new TransferBuffers();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var thread = Environment.CurrentManagedThreadId;
        try
        {
            using var reader = new FrameReader(new MemoryStream(stream), buffers);
            await reader.ReadHeaderAsync(CancellationToken.None);
            while (true)
            {
                var (frame, end) = await reader.ReadAsync(CancellationToken.None);
                frame?.Dispose();
                if (end is not null)
                    break;
            }
        }
        catch (StreamRefusedException e)
        {
            e.Message.Length.ShouldBeLessThan(1000);
        }
        buffers.Outstanding.ShouldBe(0);
        // Everything is in memory, so nothing has changed threads, and what was allocated can be told.
        if (thread == Environment.CurrentManagedThreadId)
            (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(MostAllocated + (4 * stream.Length));
    }

    private async Task<IReadOnlyList<byte[]>> ValidAsync()
    {
        await using var source = await SourceAsync();
        return
        [
            await source.StreamAsync("v", null, "s1"), await source.StreamAsync("v", "s1", "s2"), await source.StreamAsync("v", "s1", "s2", resumeAt: 20 * TestPool.Block),
            .. Fuzz.Corpus("streams").Select(f => f.Content),
        ];
    }

    private async Task<TestPool> SourceAsync()
    {
        var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateAsync("v", Size);
        var noise = new byte[2 * TestPool.Block];
        new Random(7).NextBytes(noise);
        pool.Write("v", 0, noise);
        pool.Write("v", Size / 2, noise);
        await pool.TakeAsync("s1", "v");
        pool.Write("v", 4 * TestPool.Block, noise);
        pool.Write("v", 64 * TestPool.Block, [.. Enumerable.Repeat((byte)5, 4 * TestPool.Block)]);
        pool.Write("v", 80 * TestPool.Block, new byte[20 * TestPool.Block]);
        pool.Punch("v", Size / 2, noise.Length);
        await pool.TakeAsync("s2", "v");
        return pool;
    }

    /// <summary>Spoils frames and makes their checksums right again, so that what lies behind the checksum is reached.</summary>
    private static class Frames
    {
        public static byte[] Spoil(byte[] stream, Random random)
        {
            var frames = Split(stream);
            if (frames.Count == 0)
                return Mutation.Bytes(stream, random);
            var at = random.Next(frames.Count);
            var (header, payload) = frames[at];
            switch (random.Next(7))
            {
                case 0:
                    header = header with { Offset = Mutation.Number(random) };
                    break;
                case 1:
                    header = header with { Length = Mutation.Number(random) };
                    break;
                case 2:
                    header = header with { Type = (FrameType)random.Next(7), Encoding = (FrameEncoding)random.Next(3) };
                    break;
                case 3 when header.Type is FrameType.Header or FrameType.End && TryParse(payload) is { } json:
                    payload = System.Text.Encoding.UTF8.GetBytes(Mutation.Json(json, random).ToJsonString());
                    break;
                case 4:
                    frames.RemoveAt(at);
                    return Join(frames);
                case 5:
                    frames.Insert(random.Next(frames.Count + 1), frames[at]);
                    return Join(frames);
                default:
                    payload = Mutation.Bytes(payload, random);
                    break;
            }
            frames[at] = (header with { PayloadLength = random.Next(10) == 0 ? (int)Mutation.Number(random) : payload.Length }, payload);
            return Join(frames);
        }

        public static byte[] Rewrite(byte[] stream, int frame, Action<JsonNode> change)
        {
            var frames = Split(stream);
            var json = JsonNode.Parse(frames[frame].Payload)!;
            change(json);
            var payload = System.Text.Encoding.UTF8.GetBytes(json.ToJsonString());
            frames[frame] = (frames[frame].Header with { PayloadLength = payload.Length }, payload);
            return Join(frames);
        }

        private static JsonNode? TryParse(byte[] payload)
        {
            try
            {
                return JsonNode.Parse(payload);
            }
            catch (System.Text.Json.JsonException)
            {
                return null;
            }
        }

        private static List<(FrameHeader Header, byte[] Payload)> Split(byte[] stream)
        {
            var frames = new List<(FrameHeader, byte[])>();
            var position = StreamPreamble.Bytes.Length;
            while (position + FrameHeader.Size <= stream.Length && FrameHeader.TryRead(stream.AsSpan(position), out var header) is null
                && position + FrameHeader.Size + header.PayloadLength <= stream.Length)
            {
                frames.Add((header, stream[(position + FrameHeader.Size)..(position + FrameHeader.Size + header.PayloadLength)]));
                position += FrameHeader.Size + header.PayloadLength;
            }
            return frames;
        }

        private static byte[] Join(List<(FrameHeader Header, byte[] Payload)> frames)
        {
            var all = new MemoryStream();
            all.Write(StreamPreamble.Bytes);
            var bytes = new byte[FrameHeader.Size];
            foreach (var (header, payload) in frames)
            {
                FrameHeader.Write(bytes, header, payload);
                all.Write(bytes);
                all.Write(payload);
            }
            return all.ToArray();
        }
    }
}
