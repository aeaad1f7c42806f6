using Tonari.Lab.Running;

namespace Tonari.Lab;

/// <summary>Damages what lies in a pool behind Tonari's back, as a disk that forgets would.</summary>
public static class PoolDamage
{
    private const int Block = 4096;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    /// <summary>Changes one byte of the data in a snapshot's image.</summary>
    /// <param name="cluster">Whose pool.</param>
    /// <param name="volume">Engine id of the volume.</param>
    /// <param name="snapshot">Name of the snapshot.</param>
    /// <param name="behind">The first block with data at or behind this offset is damaged.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>The offset of the byte.</returns>
    public static async Task<long> FlipAsync(LabCluster cluster, string volume, string snapshot, long behind, CancellationToken ct)
    {
        var folder = Path.Combine(cluster.PoolPath, "volumes", volume, "images", "s-" + snapshot);
        var kind = (await ProgramRun.OfAsync("stat", ["-f", "-c", "%T", folder], Limit, ct)).Succeeded().Output.Trim();
        if (kind == "btrfs") await SealAsync(folder, false, ct);
        try
        {
            return Flip(Path.Combine(folder, "image"), behind);
        }
        finally
        {
            if (kind == "btrfs") await SealAsync(folder, true, CancellationToken.None);
        }
    }

    private static long Flip(string image, long behind)
    {
        using var file = File.OpenHandle(image, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        var block = new byte[Block];
        for (var at = behind / Block * Block; at < RandomAccess.GetLength(file); at += Block)
        {
            RandomAccess.Read(file, block, at);
            var found = Array.FindIndex(block, value => value != 0);
            if (found < 0) continue;
            RandomAccess.Write(file, [(byte)~block[found]], at + found);
            RandomAccess.FlushToDisk(file);
            return at + found;
        }

        throw new InvalidOperationException($"{image} holds no data behind {behind}.");
    }

    private static async Task SealAsync(string subvolume, bool readOnly, CancellationToken ct) =>
        (await ProgramRun.OfAsync("btrfs", ["property", "set", subvolume, "ro", readOnly ? "true" : "false"], Limit, ct)).Succeeded();
}
