using System.Buffers.Binary;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Tonari.Node.Mounting;

/// <summary>What a block device holds.</summary>
/// <param name="Kind">Whether it may be formatted.</param>
/// <param name="Name">The filesystem's type as mount(2) names it, or words for what was found; empty where blank.</param>
/// <param name="FileSystemBytes">How much of the device the filesystem uses; 0 where unknown.</param>
internal sealed record DeviceContent(DeviceContentKind Kind, string Name, long FileSystemBytes);

internal enum DeviceContentKind
{
    /// <summary>Zeros wherever a filesystem, volume manager or partition table keeps its marks.</summary>
    Blank,

    /// <summary>A filesystem this program can mount.</summary>
    FileSystem,

    /// <summary>Something else, known or not. Never to be overwritten.</summary>
    Foreign,
}

/// <summary>Looks at the marks on a device, as blkid does, but trusts only zeros to be blank: what it does not know it calls foreign.</summary>
internal static class DeviceProbe
{
    /// <summary>All marks of filesystems, partition tables, LVM, LUKS, md, ZFS and swap lie within this distance from the start or the end.</summary>
    private const int MarkedBytes = 2 << 20;

    private const int BlockBytes = 4096;

    public static async Task<DeviceContent> ReadAsync(string device, CancellationToken ct)
    {
        // .NET takes a block device's length from fstat, which says 0; sysfs knows.
        var length = BlockDevice.SizeBytes(device);
        using var file = File.OpenHandle(device, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, FileOptions.Asynchronous);
        var head = await ReadAsync(file, 0, (int)Math.Min(MarkedBytes, length), ct);
        if (Recognise(head) is { } known)
            return known;
        var tailStart = Math.Max(head.Length, length - MarkedBytes);
        var tail = await ReadAsync(file, tailStart, (int)(length - tailStart), ct);
        return IsZero(head) && IsZero(tail)
            ? new DeviceContent(DeviceContentKind.Blank, "", 0)
            : new DeviceContent(DeviceContentKind.Foreign, "data of an unknown kind", 0);
    }

    internal static DeviceContent? Recognise(ReadOnlySpan<byte> head) => ReadXfs(head) ?? ReadExt(head) ?? ReadForeign(head);

    /// <summary>fs/xfs/libxfs/xfs_format.h, struct xfs_dsb; big-endian. mkfs clears sb_inprogress last, and the kernel mounts nothing that has it set.</summary>
    private static DeviceContent? ReadXfs(ReadOnlySpan<byte> head)
    {
        const int InProgressAt = 126;
        if (head.Length < 512 || !head[..4].SequenceEqual("XFSB"u8))
            return null;
        if (head[InProgressAt] != 0)
            return new DeviceContent(DeviceContentKind.Foreign, "an XFS filesystem whose making was interrupted", 0);
        var block = BinaryPrimitives.ReadUInt32BigEndian(head[4..]);
        var blocks = BinaryPrimitives.ReadUInt64BigEndian(head[8..]);
        return new DeviceContent(DeviceContentKind.FileSystem, FileSystemTypes.Xfs, checked((long)blocks * block));
    }

    /// <summary>fs/ext4/ext4.h, struct ext4_super_block at 1024; little-endian. Has-extents tells ext4 from its elders, which we did not make.</summary>
    private static DeviceContent? ReadExt(ReadOnlySpan<byte> head)
    {
        const int Start = 1024;
        const uint Extents = 0x40;
        const uint SixtyFourBit = 0x80;
        if (head.Length < Start + 1024 || BinaryPrimitives.ReadUInt16LittleEndian(head[(Start + 0x38)..]) != 0xEF53)
            return null;
        var super = head[Start..];
        var features = BinaryPrimitives.ReadUInt32LittleEndian(super[0x60..]);
        if ((features & Extents) == 0)
            return new DeviceContent(DeviceContentKind.Foreign, "an ext2 or ext3 filesystem", 0);
        ulong blocks = BinaryPrimitives.ReadUInt32LittleEndian(super[0x4..]);
        if ((features & SixtyFourBit) != 0)
            blocks |= (ulong)BinaryPrimitives.ReadUInt32LittleEndian(super[0x150..]) << 32;
        var block = 1024L << (int)Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(super[0x18..]), 6);
        return new DeviceContent(DeviceContentKind.FileSystem, FileSystemTypes.Ext4, checked((long)blocks * block));
    }

    /// <summary>Only so that the refusal can name what is there; anything else that is not zero is refused as well.</summary>
    private static DeviceContent? ReadForeign(ReadOnlySpan<byte> head)
    {
        (int Offset, string Mark, string Name)[] marks =
        [
            (0x10040, "_BHRfS_M", "a btrfs filesystem"),
            (0, "LUKS\u00ba\u00be", "a LUKS container"),
            (536, "LVM2 001", "an LVM physical volume"),
            (BlockBytes - 10, "SWAPSPACE2", "swap space"),
            (512, "EFI PART", "a partition table (GPT)"),
            (510, "\u0055\u00aa", "a partition table or boot sector"),
        ];
        foreach (var (offset, mark, name) in marks)
        {
            if (head.Length >= offset + mark.Length && head.Slice(offset, mark.Length).SequenceEqual(Encoding.Latin1.GetBytes(mark)))
                return new DeviceContent(DeviceContentKind.Foreign, name, 0);
        }

        return null;
    }

    private static bool IsZero(ReadOnlySpan<byte> bytes) => !bytes.ContainsAnyExcept((byte)0);

    private static async Task<byte[]> ReadAsync(SafeFileHandle file, long offset, int length, CancellationToken ct)
    {
        var buffer = new byte[length];
        for (var done = 0; done < length;)
        {
            var read = await RandomAccess.ReadAsync(file, buffer.AsMemory(done), offset + done, ct);
            if (read == 0)
                throw new EndOfStreamException($"The device ends at {offset + done} bytes, before its stated size.");
            done += read;
        }

        return buffer;
    }
}
