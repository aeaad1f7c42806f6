namespace Tonari.Engine.Tests;

public sealed class AttachmentTests(TestPools pools)
{
    private const long Size = 32 << 20;

    public static TheoryData<string> Substrates => TestPools.Substrates;

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task AttachmentsAreFoundAgainAfterARestart(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await pool.CreateAsync("a", Size);
        await pool.CreateAsync("b", Size);
        var attachments = pool.Pool.Attachments;
        var a = await attachments.AttachAsync(TestPool.Id("a"), readOnly: false, TestPool.Ct);
        var b = await attachments.AttachAsync(TestPool.Id("b"), readOnly: true, TestPool.Ct);
        a.DevicePath.ShouldNotBe(b.DevicePath);
        (await File.ReadAllTextAsync($"/sys/block/{Path.GetFileName(a.DevicePath)}/loop/dio", TestPool.Ct)).Trim().ShouldBe("1", "direct I/O");

        await pool.ReopenAsync();
        attachments = pool.Pool.Attachments;
        (await attachments.AttachAsync(TestPool.Id("a"), readOnly: false, TestPool.Ct)).ShouldBe(a);
        (await attachments.FindAsync(TestPool.Id("b"), TestPool.Ct)).ShouldBe(b);
        await Should.ThrowAsync<VolumeConflictException>(() => attachments.AttachAsync(TestPool.Id("b"), readOnly: false, TestPool.Ct));

        foreach (var id in (string[])["a", "b", "a"])
            await attachments.DetachAsync(TestPool.Id(id), TestPool.Ct);
        (await attachments.FindAsync(TestPool.Id("a"), TestPool.Ct)).ShouldBeNull();
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task NothingIsTakenAwayFromUnderAMountedVolume(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using (var volume = await ExtVolume.MakeAsync(pool, "v"))
        {
            var id = TestPool.Id("v");
            await Should.ThrowAsync<VolumeBusyException>(() => pool.Pool.Attachments.DetachAsync(id, TestPool.Ct));
            await Should.ThrowAsync<VolumeBusyException>(() => pool.Pool.Volumes.DeleteAsync(id, TestPool.Ct));
            await Should.ThrowAsync<VolumeBusyException>(() => pool.Pool.Volumes.SetLiveAsideAsync(id, TestPool.Name("x"), TestPool.Ct));
            volume.Append("still", 1);
        }
        await pool.Pool.Volumes.DeleteAsync(TestPool.Id("v"), TestPool.Ct);
    }

    [Fact]
    public async Task ADeviceHeldOpenStaysAttached()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateAsync("v", Size);
        var attachment = await pool.Pool.Attachments.AttachAsync(TestPool.Id("v"), readOnly: false, TestPool.Ct);
        using (var raw = File.OpenHandle(attachment.DevicePath, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            var refusal = await Should.ThrowAsync<VolumeBusyException>(() => pool.Pool.Attachments.DetachAsync(TestPool.Id("v"), TestPool.Ct));
            refusal.Message.ShouldContain("held open");
            RandomAccess.Write(raw, new byte[] { 5 }, 0);
        }
        (await pool.Pool.Attachments.FindAsync(TestPool.Id("v"), TestPool.Ct)).ShouldNotBeNull("the refused detach does not happen later");
        await pool.Pool.Attachments.DetachAsync(TestPool.Id("v"), TestPool.Ct);
        pool.ReadLive("v")[0].ShouldBe((byte)5);
    }

    [Theory]
    [MemberData(nameof(Substrates))]
    public async Task AMountedVolumeGrows(string substrate)
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(substrate));
        await using var volume = await ExtVolume.MakeAsync(pool, "v");
        var resized = await pool.Pool.Volumes.ResizeAsync(TestPool.Id("v"), new ByteCount(2 * Size), TestPool.Ct);
        resized.Size.Value.ShouldBe(2 * Size);
        var sectors = await File.ReadAllTextAsync($"/sys/block/{Path.GetFileName(volume.Device)}/size", TestPool.Ct);
        (long.Parse(sectors, System.Globalization.CultureInfo.InvariantCulture) * 512).ShouldBe(2 * Size);
        volume.Append("still", 1);
        await Should.ThrowAsync<VolumeConflictException>(() => pool.Pool.Volumes.ResizeAsync(TestPool.Id("v"), new ByteCount(Size), TestPool.Ct));
    }

    [Fact]
    public async Task AReplicaIsNotAttached()
    {
        await using var pool = await TestPool.OpenAsync(pools.NewFolder(TestPools.Btrfs));
        await pool.CreateReplicaAsync("v", Size);
        await Should.ThrowAsync<VolumeConflictException>(() => pool.Pool.Attachments.AttachAsync(TestPool.Id("v"), readOnly: false, TestPool.Ct));
        await Should.ThrowAsync<VolumeNotFoundException>(() => pool.Pool.Attachments.AttachAsync(TestPool.Id("w"), readOnly: false, TestPool.Ct));
    }
}
