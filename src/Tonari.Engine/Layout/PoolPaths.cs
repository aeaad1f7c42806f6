namespace Tonari.Engine.Layout;

/// <summary>Where things lie in a pool (docs/format.md, "Pool").</summary>
internal sealed class PoolPaths(string root)
{
    public const string ImageFile = "image";
    public const string SnapshotPrefix = "s-";
    public const string UnfinishedPrefix = ".new-";

    public string Root { get; } = root;
    public string PoolDocument => Path.Combine(Root, "tonari-pool.json");
    public string LockFile => Path.Combine(Root, "tonari.lock");
    public string Volumes => Path.Combine(Root, "volumes");
    public string Groups => Path.Combine(Root, "groups");
    public string Trash => Path.Combine(Root, "trash");

    public string Volume(VolumeId id) => Path.Combine(Volumes, id.Value);
    public string UnfinishedVolume(VolumeId id) => Path.Combine(Volumes, UnfinishedPrefix + id.Value);
    public string VolumeDocument(VolumeId id) => VolumeDocumentIn(Volume(id));
    public string LiveDocument(VolumeId id) => Path.Combine(Volume(id), "live.json");
    public string StagingDocument(VolumeId id) => Path.Combine(Volume(id), "staging.json");
    public string Images(VolumeId id) => ImagesIn(Volume(id));
    public string Snapshots(VolumeId id) => SnapshotsIn(Volume(id));

    public string Live(VolumeId id) => LiveIn(Volume(id));
    public string UnfinishedLive(VolumeId id) => Path.Combine(Images(id), UnfinishedPrefix + "live");
    public string SnapshotImage(VolumeId id, SnapshotName name) => Path.Combine(Images(id), SnapshotPrefix + name.Value);
    /// <summary>A snapshot's image while it is made, mended or on its way out: nobody looks at it, and opening the pool removes it.</summary>
    public string UnfinishedImage(VolumeId id, SnapshotName name) => Path.Combine(Images(id), UnfinishedPrefix + SnapshotPrefix + name.Value);
    public string SnapshotDocument(VolumeId id, SnapshotName name) => Path.Combine(Snapshots(id), name.Value + ".json");
    public string DigestDocument(VolumeId id, SnapshotName name) => Path.Combine(Snapshots(id), name.Value + ".digest");

    public string Group(SnapshotName name) => Path.Combine(Groups, name.Value);
    public string GroupDocument(SnapshotName name) => Path.Combine(Group(name), "group.json");
    /// <summary>There while the group is taken or deleted: its members' snapshots are leftovers as long as there is no document.</summary>
    public string GroupMark(SnapshotName name) => Path.Combine(Group(name), "unfinished");
    public string GroupResources(SnapshotName name) => Path.Combine(Group(name), "resources");

    public static string ImagesIn(string volume) => Path.Combine(volume, "images");
    public static string SnapshotsIn(string volume) => Path.Combine(volume, "snapshots");
    public static string LiveIn(string volume) => Path.Combine(ImagesIn(volume), "live");
    public static string VolumeDocumentIn(string volume) => Path.Combine(volume, "volume.json");
    public static string FileIn(string imageDirectory) => Path.Combine(imageDirectory, ImageFile);
}
