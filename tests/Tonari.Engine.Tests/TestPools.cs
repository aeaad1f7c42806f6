using System.Diagnostics;
using Tonari.Engine.Tests;

[assembly: AssemblyFixture(typeof(TestPools))]

namespace Tonari.Engine.Tests;

/// <summary>Two real filesystems, btrfs and XFS, on sparse files (in memory where there is a place for it: the many small fsyncs of the crash sweeps
/// then cost nothing). Every test takes a folder of its own as a pool.</summary>
public sealed class TestPools : IAsyncLifetime
{
    public const string Btrfs = "btrfs";
    public const string Xfs = "xfs";

    private readonly string _root = Path.Combine(
        Directory.Exists("/dev/shm") ? "/dev/shm" : Path.GetTempPath(), $"tonari-engine-tests-{Environment.ProcessId}");
    private int _folders;

    public static TheoryData<string> Substrates => [Btrfs, Xfs];

    public string Root => _root;

    public async ValueTask InitializeAsync()
    {
        foreach (var substrate in (string[])[Btrfs, Xfs])
        {
            var image = Path.Combine(_root, substrate + ".img");
            Directory.CreateDirectory(Path.Combine(_root, substrate));
            using (var file = File.OpenHandle(image, FileMode.CreateNew, FileAccess.Write))
                RandomAccess.SetLength(file, 24L << 30);
            await RunAsync(substrate == Btrfs ? "mkfs.btrfs" : "mkfs.xfs", "-q", image);
            await RunAsync("mount", "-o", "loop", image, Path.Combine(_root, substrate));
        }
    }

    public async ValueTask DisposeAsync()
    {
        var left = LoopDevicesOfTests();
        foreach (var substrate in (string[])[Btrfs, Xfs])
            await RunAsync("umount", Path.Combine(_root, substrate));
        Directory.Delete(_root, recursive: true);
        left.ShouldBeEmpty("every test detaches what it attached");
    }

    /// <summary>An empty folder on the substrate.</summary>
    public string NewFolder(string substrate) =>
        Directory.CreateDirectory(Path.Combine(_root, substrate, $"t{Interlocked.Increment(ref _folders)}")).FullName;

    /// <summary>A small filesystem of its own, for filling up.</summary>
    public async Task<SmallFileSystem> NewFileSystemAsync(string substrate, long size) => await SmallFileSystem.MakeAsync(_root, substrate, size);

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        process.ExitCode.ShouldBe(0, $"{program} {string.Join(' ', arguments)}: {await errors}");
        return await output;
    }

    private string[] LoopDevicesOfTests() =>
    [
        .. Directory.EnumerateDirectories("/sys/block", "loop*")
            .Select(d => Path.Combine(d, "loop", "backing_file"))
            .Where(File.Exists)
            .Select(f => File.ReadAllText(f).Trim())
            .Where(f => f.Contains("/volumes/", StringComparison.Ordinal) && f.StartsWith(_root, StringComparison.Ordinal)),
    ];
}

/// <summary>A filesystem of a given size, made for one test.</summary>
public sealed class SmallFileSystem : IAsyncDisposable
{
    private SmallFileSystem(string image, string mountPoint)
    {
        Image = image;
        MountPoint = mountPoint;
    }

    public string MountPoint { get; }

    /// <summary>The file that stands for its disk.</summary>
    public string Image { get; }

    public static async Task<SmallFileSystem> MakeAsync(string root, string kind, long size)
    {
        var name = Path.Combine(root, $"{kind}-{Guid.NewGuid():N}");
        using (var file = File.OpenHandle(name + ".img", FileMode.CreateNew, FileAccess.Write))
            RandomAccess.SetLength(file, size);
        await TestPools.RunAsync($"mkfs.{kind}", "-q", name + ".img");
        Directory.CreateDirectory(name);
        await TestPools.RunAsync("mount", "-o", "loop", name + ".img", name);
        return new SmallFileSystem(name + ".img", name);
    }

    public async ValueTask DisposeAsync()
    {
        await TestPools.RunAsync("umount", MountPoint);
        File.Delete(Image);
        Directory.Delete(MountPoint);
    }
}
