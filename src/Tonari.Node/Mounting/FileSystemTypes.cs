namespace Tonari.Node.Mounting;

/// <summary>The filesystems a volume can have.</summary>
internal static class FileSystemTypes
{
    public const string Ext4 = "ext4";
    public const string Xfs = "xfs";
    public const string Default = Ext4;

    /// <summary>mkfs.xfs refuses anything smaller ("Filesystem must be larger than 300MB", xfsprogs 5.19 and later).</summary>
    public const long SmallestXfsBytes = 300L << 20;

    public static bool IsKnown(string type) => type is Ext4 or Xfs;

    /// <summary>An empty type means the default.</summary>
    public static string OrDefault(string? type) => string.IsNullOrEmpty(type) ? Default : type;
}
