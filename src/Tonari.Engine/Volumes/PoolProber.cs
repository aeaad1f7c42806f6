using Tonari.Engine.Interop;
using Tonari.Engine.Layout;

namespace Tonari.Engine.Volumes;

/// <summary>Finds out whether a directory can be a pool, by trying.</summary>
internal static class PoolProber
{
    private const string HowTo = "Mount a btrfs filesystem (mkfs.btrfs), or an XFS filesystem with reflink (mkfs.xfs -m reflink=1), and give a directory on it.";
    private const int OwnerOnly = 0x180;

    public static PoolProbe Probe(string path)
    {
        using var directory = Kernel.TryOpen(path, Kernel.ReadOnly, 0, out var errno);
        if (directory is null || !Directory.Exists(path))
        {
            return errno is 0 or Errno.NoEntry
                ? Unusable($"'{path}' is not a directory. {HowTo}")
                : Unusable($"'{path}' cannot be opened (error {errno}).");
        }
        var facts = FileCalls.GetFileSystem(directory, path);
        var substrate = facts.Magic switch
        {
            FileSystemFacts.Btrfs => "btrfs",
            FileSystemFacts.Xfs => "xfs",
            _ => null,
        };
        if (substrate is not null && File.Exists(new PoolPaths(path).PoolDocument))
        {
            // A pool already: it proved itself when it was made, and must open even when it is full.
            return new PoolProbe(Usable: true, substrate, new ByteCount(facts.Capacity), new ByteCount(facts.Capacity - facts.Available), null);
        }
        var problem = substrate is null ? $"The filesystem of '{path}' is neither btrfs nor XFS. {HowTo}" : TryReflink(path);
        return new PoolProbe(
            problem is null, substrate, new ByteCount(facts.Capacity), new ByteCount(facts.Capacity - facts.Available), problem);
    }

    private static PoolProbe Unusable(string problem) => new(Usable: false, null, ByteCount.Zero, ByteCount.Zero, problem);

    private static string? TryReflink(string path)
    {
        var name = Path.Combine(path, $".tonari-probe-{Environment.ProcessId}-{PoolStore.NewInstance()}");
        var copyName = name + "-copy";
        try
        {
            using var file = Kernel.TryOpen(name, Kernel.ReadWrite | Kernel.CreateFlag | Kernel.Exclusive, OwnerOnly, out var errno);
            if (file is null)
            {
                return errno == Errno.ReadOnlyFileSystem
                    ? $"The filesystem of '{path}' is mounted read-only; mount it for writing."
                    : $"A file cannot be created in '{path}' (error {errno}).";
            }
            RandomAccess.Write(file, new byte[EngineLimits.BlockSize], 0);
            using var copy = Kernel.TryOpen(copyName, Kernel.ReadWrite | Kernel.CreateFlag | Kernel.Exclusive, OwnerOnly, out errno);
            if (copy is null)
                return $"A file cannot be created in '{path}' (error {errno}).";
            return FileCalls.TryClone(file, copy) switch
            {
                0 => null,
                Errno.NoSpace or Errno.QuotaExceeded => $"The filesystem of '{path}' is full; free space or make it larger.",
                _ => $"The filesystem of '{path}' cannot share blocks between files (no reflink). {HowTo}",
            };
        }
        catch (IOException e) when (KernelError.IsPoolFull(e))
        {
            return $"The filesystem of '{path}' is full; free space or make it larger.";
        }
        finally
        {
            File.Delete(name);
            File.Delete(copyName);
        }
    }
}
