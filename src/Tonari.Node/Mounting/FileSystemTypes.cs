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

    /// <summary>Mount options that a type always has; a StorageClass may say otherwise, since the last one counts.</summary>
    public static IReadOnlyList<string> OptionsOf(string type) => type switch
    {
        // A clone of a volume has its origin's UUID, and both may be mounted on one node (xfs(5)).
        Xfs => ["nouuid"],
        // By itself it goes on after an error in its own structures, and replication would carry on what that breaks (ext4(5)).
        Ext4 => ["errors=remount-ro"],
        _ => [],
    };
}
