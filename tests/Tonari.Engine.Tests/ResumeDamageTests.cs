using System.Text.RegularExpressions;
using Tonari.Engine.Interop;

namespace Tonari.Engine.Tests;

/// <summary>What a transfer left behind is damaged before it goes on: it is found out, and the transfer starts over by itself.</summary>
public sealed class ResumeDamageTests(TestPools pools)
{
    private const long Size = 64 << 20;
    private const int Early = 1 << 20;

    [Theory]
    [InlineData(TestPools.Btrfs, null)]
    [InlineData(TestPools.Btrfs, "s1")]
    [InlineData(TestPools.Xfs, null)]
    [InlineData(TestPools.Xfs, "s1")]
    public async Task AByteThatFlipsInAStagedImageIsFoundBeforeItCanBeCommitted(string substrate, string? from)
    {
        await using var source = await SourceAsync();
        await using var target = await StagedAsync(source, substrate, from);
        await target.Pool.DisposeAsync();
        using (var file = Kernel.Open(Path.Combine(target.Paths.SnapshotImage(TestPool.Id("v"), TestPool.Name("s2")), "image"), Kernel.ReadWrite))
            RandomAccess.Write(file, [0x5a], Early);
        await target.ReopenAsync();

        var point = await target.PrepareAsync("v", from, "s2");
        point.Offset.Value.ShouldBeGreaterThan(Early);
        var refusal = await Should.ThrowAsync<StreamRefusedException>(
            async () => await target.ReceiveAsync("v", from, "s2", await source.StreamAsync("v", from, "s2", point.Offset.Value)));
        refusal.Message.ShouldContain("not what the source has");

        await EndsAsync(source, target, from);
    }

    [Theory]
    [InlineData("{", "}")]
    [InlineData("\"to\": \"s2\"", "\"to\": \"S 2\"")]
    [InlineData("\"sum\": \"", "\"sum\": \"g")]
    [InlineData("\"formatVersion\": 1", "\"formatVersion\": 9")]
    public async Task ATransferWhoseNoteIsDamagedStartsOverAndLeavesNothing(string old, string damaged)
    {
        await using var source = await SourceAsync();
        await using var target = await StagedAsync(source, TestPools.Btrfs, "s1");
        var note = target.Paths.StagingDocument(TestPool.Id("v"));
        var text = await File.ReadAllTextAsync(note, TestPool.Ct);
        text.ShouldContain(old);
        await File.WriteAllTextAsync(note, text.Replace(old, damaged, StringComparison.Ordinal), TestPool.Ct);

        (await target.Pool.Volumes.FindAsync(TestPool.Id("v"), TestPool.Ct))!.Staging.ShouldBeNull();
        (await target.PrepareAsync("v", "s1", "s3")).Offset.ShouldBe(ByteOffset.Zero);
        Directory.Exists(target.Paths.SnapshotImage(TestPool.Id("v"), TestPool.Name("s2"))).ShouldBeFalse("what was received for the lost note is gone");
        Directory.Exists(target.Paths.SnapshotImage(TestPool.Id("v"), TestPool.Name("s1"))).ShouldBeTrue();

        await EndsAsync(source, target, "s1");
    }

    [Theory]
    [InlineData("\"durableOffset\": ", "\"durableOffset\": 4398046511104")]
    [InlineData("\"sum\": \"", null)]
    public async Task ANoteThatLiesAboutWhatIsThereIsNotBelieved(string member, string? put)
    {
        await using var source = await SourceAsync();
        await using var target = await StagedAsync(source, TestPools.Btrfs, "s1");
        var note = target.Paths.StagingDocument(TestPool.Id("v"));
        // As an earlier release wrote it: without a seal the lie does not show.
        var text = Regex.Replace(await File.ReadAllTextAsync(note, TestPool.Ct), ",\\s*\"seal\": \"[0-9a-f]{16}\"", "");
        text.ShouldNotContain("seal");
        var at = text.IndexOf(member, StringComparison.Ordinal) + member.Length;
        // Digits too many move the offset far beyond; another first digit makes the sum a different one.
        text = put is null ? text[..at] + (text[at] == '0' ? '1' : '0') + text[(at + 1)..] : Regex.Replace(text, member + "[0-9]+", put);
        await File.WriteAllTextAsync(note, text, TestPool.Ct);

        var point = await target.PrepareAsync("v", "s1", "s2");
        if (put is not null)
            await Should.ThrowAsync<StreamRefusedException>(() => source.StreamAsync("v", "s1", "s2", point.Offset.Value));
        else
            await target.ReceiveAsync("v", "s1", "s2", await source.StreamAsync("v", "s1", "s2", point.Offset.Value));
        if (put is not null)
            await target.Pool.Target.DiscardAsync(TestPool.Id("v"), TestPool.Ct);

        await EndsAsync(source, target, "s1");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task AStoredDigestThatIsDamagedIsFoundAgainInsteadOfHavingEveryTransferRefused(bool onTheSource)
    {
        await using var source = await SourceAsync();
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(source, "v", null, "s1");
        var path = (onTheSource ? source : target).Paths.DigestDocument(TestPool.Id("v"), TestPool.Name("s1"));
        var text = await File.ReadAllTextAsync(path, TestPool.Ct);
        var at = text.IndexOf("tb1:", StringComparison.Ordinal) + 4;
        await File.WriteAllTextAsync(path, text[..at] + (text[at] == '0' ? '1' : '0') + text[(at + 1)..], TestPool.Ct);

        await EndsAsync(source, target, "s1");
    }

    [Fact]
    public async Task ABaseThatIsAnotherSnapshotOfThatNameIsToldFromDamage()
    {
        await using var source = await SourceAsync();
        await using var other = await SourceAsync();
        await using var target = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await target.CreateReplicaAsync("v", Size);
        await target.MirrorAsync(other, "v", null, "s1");
        await target.PrepareAsync("v", "s1", "s2");

        await Should.ThrowAsync<BaseDiffersException>(async () => await target.ReceiveAsync("v", "s1", "s2", await source.StreamAsync("v", "s1", "s2")));

        await EndsAsync(source, target, null);
    }

    private static async Task EndsAsync(TestPool source, TestPool target, string? from)
    {
        await target.MirrorAsync(source, "v", from, "s2");
        target.ReadSnapshot("v", "s2").ShouldBeSameImageAs(source.ReadSnapshot("v", "s2"));
        (await target.Pool.Source.GetDigestAsync(TestPool.Id("v"), TestPool.Name("s2"), TestPool.Ct))
            .ShouldBe(await source.Pool.Source.GetDigestAsync(TestPool.Id("v"), TestPool.Name("s2"), TestPool.Ct));
    }

    private async Task<TestPool> SourceAsync()
    {
        var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateAsync("v", Size);
        pool.Write("v", Size / 2, Noise(1, 2 << 20));
        await pool.TakeAsync("s1", "v");
        pool.Write("v", 0, Noise(2, 30 << 20));
        await pool.TakeAsync("s2", "v");
        return pool;
    }

    /// <summary>A pool that has received two thirds of s2.</summary>
    private async Task<TestPool> StagedAsync(TestPool source, string substrate, string? from)
    {
        var target = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await target.CreateReplicaAsync("v", Size);
        if (from is not null)
            await target.MirrorAsync(source, "v", null, from);
        await target.PrepareAsync("v", from, "s2");
        var stream = await source.StreamAsync("v", from, "s2");
        await Should.ThrowAsync<StreamRefusedException>(() => target.ReceiveAsync("v", from, "s2", stream[..(stream.Length * 2 / 3)]));
        return target;
    }

    private static byte[] Noise(int seed, int size)
    {
        var noise = new byte[size];
        new Random(seed).NextBytes(noise);
        return noise;
    }
}
