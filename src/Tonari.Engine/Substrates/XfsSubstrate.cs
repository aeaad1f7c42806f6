using Microsoft.Win32.SafeHandles;
using Tonari.Engine.Interop;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Substrates;

/// <summary>XFS with reflink: a snapshot shares the image's blocks (FICLONE), changes are differences of extent maps (FIEMAP).</summary>
internal sealed class XfsSubstrate(PoolFiles files) : IPoolSubstrate
{
    private const int OwnerOnly = 0x180;
    private const UnixFileMode Sealed = UnixFileMode.UserRead;

    public string Name => "xfs";

    public void Create(string image, long size)
    {
        files.CreateDirectory(image);
        files.Step($"create {image}");
        using var file = CreateFile(image);
        PoolFiles.Guard($"create '{image}'", () => RandomAccess.SetLength(file, size));
        MakeDurable(file, image);
    }

    public void Snapshot(string source, string target)
    {
        files.Step($"snapshot {source}");
        Directory.CreateDirectory(target);
        using var from = PoolFiles.OpenImage(source, writable: false);
        using var to = CreateFile(target);
        Kernel.Check(FileCalls.TryClone(from, to), $"snapshot '{source}' as '{target}'");
        File.SetUnixFileMode(PoolPaths.FileIn(target), Sealed);
    }

    public void Harden(string image)
    {
        using var file = PoolFiles.OpenImage(image, writable: false);
        MakeDurable(file, image);
    }

    public void Clone(string source, string target)
    {
        files.CreateDirectory(target);
        files.Step($"clone {source}");
        using var from = PoolFiles.OpenImage(source, writable: false);
        using var to = CreateFile(target);
        Kernel.Check(FileCalls.TryClone(from, to), $"clone '{source}' as '{target}'");
        MakeDurable(to, target);
    }

    public void Seal(string image)
    {
        var path = PoolPaths.FileIn(image);
        if (File.GetUnixFileMode(path) == Sealed)
            return;
        files.Step($"seal {image}");
        File.SetUnixFileMode(path, Sealed);
        Harden(image);
    }

    public bool IsSealed(string image) => File.Exists(PoolPaths.FileIn(image)) && File.GetUnixFileMode(PoolPaths.FileIn(image)) == Sealed;

    public void Delete(string image)
    {
        if (Directory.Exists(image))
            files.DeleteDirectory(image);
    }

    public IReadOnlyList<ChangedRange> GetChanges(string from, string to, CancellationToken ct)
    {
        using var older = PoolFiles.OpenImage(from, writable: false);
        using var newer = PoolFiles.OpenImage(to, writable: false);
        var list = new ChangeList(RandomAccess.GetLength(newer));
        ExtentComparison.Compare(ExtentMap.Read(older, from), ExtentMap.Read(newer, to), list, ct);
        return list.Build();
    }

    public TimeSpan EstimateSnapshot(string image)
    {
        using var file = PoolFiles.OpenImage(image, writable: false);
        return EngineLimits.CloneTimePerExtent * ExtentMap.Count(file, image);
    }

    private static SafeFileHandle CreateFile(string image) => Kernel.Open(
        PoolPaths.FileIn(image), Kernel.ReadWrite | Kernel.CreateFlag | Kernel.Exclusive, OwnerOnly);

    private static void MakeDurable(SafeFileHandle file, string image)
    {
        FileCalls.Sync(file, image);
        FileCalls.SyncDirectory(image);
        FileCalls.SyncDirectory(Path.GetDirectoryName(image)!);
    }
}
