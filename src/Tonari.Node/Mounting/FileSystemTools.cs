namespace Tonari.Node.Mounting;

/// <summary>Makes, checks and grows filesystems with the distribution's own tools.</summary>
internal static class FileSystemTools
{
    /// <summary>e2fsck(8): 1 corrected, 2 corrected and (for a root filesystem) reboot; 4 and more: not corrected.</summary>
    private const int CorrectedMask = 1 | 2;

    /// <summary>Formats a device whose content has been found blank. Force is for going on after an interrupted attempt.</summary>
    public static async Task MakeAsync(string type, string device, bool force)
    {
        // Blocks and log records of 4 KiB, also in small volumes: each is then a block of the pool, which is written or refused as a whole when the pool runs full.
        var result = type == FileSystemTypes.Xfs
            ? await ExternalProgram.RunAsync("mkfs.xfs", ["-q", "-s", "size=4096", .. force ? (string[])["-f"] : [], device])
            // -F: a whole device without partition table; no blocks reserved for root, who has no use for them in a volume.
            : await ExternalProgram.RunAsync("mkfs.ext4", "-q", "-F", "-b", "4096", "-m", "0", device);
        if (result.ExitCode != 0)
            throw new FileSystemToolException($"A {type} filesystem could not be made on {device}: {result.Output}");
    }

    /// <summary>Replays and, where that is safe without a person, repairs an ext4 filesystem before it is mounted (e2fsck -p). XFS replays its log when it is mounted.</summary>
    /// <exception cref="FileSystemToolException">There is damage only a person can decide about.</exception>
    public static async Task CheckAsync(string type, string device)
    {
        if (type != FileSystemTypes.Ext4)
            return;
        var result = await ExternalProgram.RunAsync("e2fsck", "-p", device);
        if ((result.ExitCode & ~CorrectedMask) != 0)
        {
            throw new FileSystemToolException(
                $"The ext4 filesystem on {device} is damaged and was not repaired without asking; restore a snapshot, or run e2fsck by hand: {result.Output}");
        }
    }

    /// <summary>Grows a mounted filesystem to its device; large enough already: succeeds.</summary>
    /// <exception cref="OnlineGrowthRefusedException">The kernel grows ext4 only for holders of CAP_SYS_RESOURCE while it is mounted.</exception>
    public static async Task GrowAsync(string type, string device, string mountPoint)
    {
        var result = type == FileSystemTypes.Xfs
            ? await ExternalProgram.RunAsync("xfs_growfs", mountPoint)
            : await ExternalProgram.RunAsync("resize2fs", device);
        if (result.ExitCode == 0)
            return;
        if (result.Output.Contains("Permission denied to resize filesystem", StringComparison.Ordinal))
        {
            throw new OnlineGrowthRefusedException(
                $"The filesystem at '{mountPoint}' cannot be grown while it is mounted, because this program lacks CAP_SYS_RESOURCE; it grows when the pod is started anew.");
        }

        throw new FileSystemToolException($"The {type} filesystem at '{mountPoint}' could not be grown: {result.Output}");
    }

    /// <summary>Grows an ext4 filesystem that is not mounted. It is checked in full first, which resize2fs insists on and which takes time in proportion to it.</summary>
    public static async Task GrowUnmountedExt4Async(string device)
    {
        var check = await ExternalProgram.RunAsync("e2fsck", "-f", "-p", device);
        if ((check.ExitCode & ~CorrectedMask) != 0)
            throw new FileSystemToolException($"The ext4 filesystem on {device} is damaged and was not grown: {check.Output}");
        var result = await ExternalProgram.RunAsync("resize2fs", device);
        if (result.ExitCode != 0)
            throw new FileSystemToolException($"The ext4 filesystem on {device} could not be grown: {result.Output}");
    }
}

/// <summary>The filesystem cannot be grown while it is mounted.</summary>
internal sealed class OnlineGrowthRefusedException(string message) : Exception(message);
