namespace Tonari.Engine.Tests;

/// <summary>A volume attached, formatted with ext4 and mounted, as a node does it.</summary>
internal sealed class ExtVolume : IAsyncDisposable
{
    private readonly TestPool _pool;
    private readonly string _id;

    private ExtVolume(TestPool pool, string id, string mountPoint, string device)
    {
        _pool = pool;
        _id = id;
        MountPoint = mountPoint;
        Device = device;
    }

    public string MountPoint { get; }

    public string Device { get; }

    public static async Task<ExtVolume> MakeAsync(TestPool pool, string id, long size = 32 << 20)
    {
        await pool.CreateAsync(id, size);
        var attachment = await pool.Pool.Attachments.AttachAsync(TestPool.Id(id), readOnly: false, TestPool.Ct);
        await TestPools.RunAsync("mkfs.ext4", "-q", attachment.DevicePath);
        return await MountAsync(pool, id);
    }

    public static async Task<ExtVolume> MountAsync(TestPool pool, string id)
    {
        var attachment = await pool.Pool.Attachments.AttachAsync(TestPool.Id(id), readOnly: false, TestPool.Ct);
        // A space in the path: mountinfo escapes it.
        var mountPoint = Directory.CreateTempSubdirectory("tonari mount ").FullName;
        await TestPools.RunAsync("mount", attachment.DevicePath, mountPoint);
        return new ExtVolume(pool, id, mountPoint, attachment.DevicePath);
    }

    public string File(string name) => Path.Combine(MountPoint, name);

    /// <summary>Writes and syncs; hangs while the filesystem is frozen.</summary>
    public void Append(string name, byte value)
    {
        using var file = new FileStream(File(name), FileMode.Append);
        file.WriteByte(value);
        file.Flush(flushToDisk: true);
    }

    /// <summary>Whether a write comes through, which it does not while frozen.</summary>
    public async Task<bool> IsWritableAsync()
    {
        var write = Task.Factory.StartNew(
            () => Append("probe", 1), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        return await Task.WhenAny(write, Task.Delay(TimeSpan.FromSeconds(3))) == write;
    }

    public async ValueTask DisposeAsync()
    {
        await TestPools.RunAsync("umount", MountPoint);
        Directory.Delete(MountPoint);
        await _pool.Pool.Attachments.DetachAsync(TestPool.Id(_id), CancellationToken.None);
    }
}
