using Tonari.Engine.Transfer;

namespace Tonari.Engine.Tests;

/// <summary>A stream that is not exactly what was sent is refused, and nothing of it becomes visible.</summary>
public sealed class StreamDamageTests(TestPools pools)
{
    private const long Size = 1 << 20;

    [Fact]
    public async Task EveryFlippedByteIsFound()
    {
        await using var pool = await SourceAsync("v");
        var stream = await pool.StreamAsync("v", "s1", "s2");
        for (var i = 0; i < stream.Length; i++)
        {
            stream[i] ^= 0x41;
            await RefusedAsync(stream, $"byte {i}");
            stream[i] ^= 0x41;
        }
        await ReadAllAsync(stream);
    }

    [Fact]
    public async Task EveryCutIsFoundAndSoIsAnythingAdded()
    {
        await using var pool = await SourceAsync("v");
        var stream = await pool.StreamAsync("v", "s1", "s2");
        for (var length = 0; length < stream.Length; length++)
            await RefusedAsync(stream[..length], $"cut after {length}");
        await RefusedAsync([.. stream, 0], "a byte added");
        await RefusedAsync([.. stream, .. stream], "twice");
    }

    [Fact]
    public async Task FramesLeftOutRepeatedOrSwappedAreFound()
    {
        await using var pool = await SourceAsync("v");
        var stream = await pool.StreamAsync("v", "s1", "s2");
        var frames = Frames(stream);
        frames.Count.ShouldBeGreaterThan(4);
        for (var i = 0; i < frames.Count; i++)
        {
            await RefusedAsync(Join(stream, [.. frames.Take(i), .. frames.Skip(i + 1)]), $"frame {i} left out");
            await RefusedAsync(Join(stream, [.. frames.Take(i + 1), .. frames.Skip(i)]), $"frame {i} twice");
        }
        for (var i = 0; i + 1 < frames.Count; i++)
            await RefusedAsync(Join(stream, [.. frames.Take(i), frames[i + 1], frames[i], .. frames.Skip(i + 2)]), $"frame {i} after the next");
    }

    [Theory]
    [MemberData(nameof(TestPools.Substrates), MemberType = typeof(TestPools))]
    public async Task NothingOfADamagedStreamIsVisibleAndTheNextAttemptSucceeds(string substrate)
    {
        await using var source = await SourceAsync("v");
        await using var target = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(source, "v", null, "s1");
        var good = await source.StreamAsync("v", "s1", "s2");
        for (var i = 9; i < good.Length; i += good.Length / 12)
        {
            var bad = good.ToArray();
            bad[i] ^= 1;
            await target.Pool.Target.DiscardAsync(TestPool.Id("v"), TestPool.Ct);
            await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", "s1", "s2", bad), $"byte {i}");
            (await target.SnapshotsAsync("v")).ShouldBe(["s1"]);
            await Should.ThrowAsync<VolumeConflictException>(() => target.CommitAsync("s2", "v"));
        }
        await target.MirrorAsync(source, "v", "s1", "s2");
        target.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
    }

    [Fact]
    public async Task AStreamThatDoesNotGiveTheSourcesImageIsDroppedByItsDigest()
    {
        await using var source = await SourceAsync("v");
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        // A frame replaced by a valid one with other bytes: every checksum is right, only the digest tells.
        var stream = await source.StreamAsync("v", null, "s1");
        var frames = Frames(stream);
        var victim = frames.FindIndex(f => f[4] == (byte)FrameType.Data && f[5] == (byte)FrameEncoding.Raw);
        var forged = frames[victim].ToArray();
        forged[^1] ^= 1;
        FrameHeader.TryRead(forged, out var header).ShouldBeNull();
        FrameHeader.Write(forged, header, forged.AsSpan(FrameHeader.Size));
        frames[victim] = forged;
        var refusal = await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", null, "s1", Join(stream, frames)));
        refusal.Message.ShouldContain("not what the source has");
        (await target.PrepareAsync("v", null, "s1")).ShouldBe(new ResumePoint(ByteOffset.Zero, Complete: false, ByteCount.Zero), "it starts over");
    }

    [Fact]
    public async Task StreamsOfSomethingElseAreRefused()
    {
        await using var source = await SourceAsync("v");
        await using var stranger = await SourceAsync("w");
        await using var namesake = await SourceAsync("v");
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(source, "v", null, "s1");

        await RefusesAsync(await stranger.StreamAsync("w", "s1", "s2"), "of the volume 'w'");
        await RefusesAsync(await source.StreamAsync("v", null, "s2"), "from 'nothing'");
        await RefusesAsync(await source.StreamAsync("v", "s1", "s2", resumeAt: 8192), "resumes at 8192");
        await RefusesAsync(await namesake.StreamAsync("v", "s1", "s2"), "different snapshots by the name 's1'");
        await RefusesAsync("<html>502 Bad Gateway</html>"u8.ToArray(), "not a Tonari mirror stream");

        async Task RefusesAsync(byte[] stream, string because) =>
            (await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", "s1", "s2", stream))).Message.ShouldContain(because);
    }

    private static async Task RefusedAsync(byte[] stream, string what)
    {
        try
        {
            await ReadAllAsync(stream);
        }
        catch (StreamRefusedException)
        {
            return;
        }
        Assert.Fail($"Accepted in spite of: {what}.");
    }

    private static async Task ReadAllAsync(byte[] stream)
    {
        var buffers = new TransferBuffers();
        try
        {
            using var reader = new FrameReader(new MemoryStream(stream), buffers);
            await reader.ReadHeaderAsync(TestPool.Ct);
            while (true)
            {
                var (frame, end) = await reader.ReadAsync(TestPool.Ct);
                frame?.Dispose();
                if (end is not null)
                    return;
            }
        }
        finally
        {
            buffers.Outstanding.ShouldBe(0, "every buffer goes back, whatever the stream holds");
        }
    }

    private static List<byte[]> Frames(byte[] stream)
    {
        var frames = new List<byte[]>();
        var position = StreamPreamble.Bytes.Length;
        while (position < stream.Length)
        {
            FrameHeader.TryRead(stream.AsSpan(position), out var header).ShouldBeNull();
            frames.Add(stream[position..(position + FrameHeader.Size + header.PayloadLength)]);
            position += frames[^1].Length;
        }
        return frames;
    }

    private static byte[] Join(byte[] stream, IEnumerable<byte[]> frames) =>
        [.. stream.AsSpan(0, StreamPreamble.Bytes.Length), .. frames.SelectMany(f => f)];

    /// <summary>Two snapshots whose difference has every kind of frame.</summary>
    private async Task<TestPool> SourceAsync(string id)
    {
        var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateAsync(id, Size);
        var noise = new byte[2 * TestPool.Block];
        new Random(7).NextBytes(noise);
        pool.Write(id, 0, noise);
        pool.Write(id, Size / 2, noise);
        await pool.TakeAsync("s1", id);
        new Random(8).NextBytes(noise);
        pool.Write(id, 4 * TestPool.Block, noise);
        pool.Write(id, 64 * TestPool.Block, [.. Enumerable.Repeat((byte)5, 4 * TestPool.Block)]);
        pool.Write(id, 80 * TestPool.Block, new byte[20 * TestPool.Block]);
        pool.Punch(id, Size / 2, noise.Length);
        await pool.TakeAsync("s2", id);
        return pool;
    }
}
