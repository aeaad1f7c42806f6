using System.Text.Json.Serialization.Metadata;
using Tonari.Engine.Layout;
using Tonari.Engine.Substrates;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Volumes;

/// <summary>Reads what is in the pool and knows what counts as existing: a volume with its document; a live image that bears its final name; a snapshot
/// with image and document, whose group (if it has one) lists the volume. Everything else is a leftover.</summary>
internal sealed class PoolStore(PoolPaths paths, PoolFiles files, IPoolSubstrate substrate, PoolLocks locks, PoolOptions options)
{
    private const string DocumentSuffix = ".json";

    public PoolPaths Paths { get; } = paths;
    public PoolFiles Files { get; } = files;
    public IPoolSubstrate Substrate { get; } = substrate;
    public PoolLocks Locks { get; } = locks;
    public PoolOptions Options { get; } = options;

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    public IEnumerable<VolumeId> VolumeFolders() => NamesIn(Paths.Volumes)
        .Select(n => VolumeId.TryParse(n, out var id) ? id : default)
        .Where(id => id.Value is not null)
        .OrderBy(id => id.Value, StringComparer.Ordinal);

    public IEnumerable<SnapshotName> GroupFolders() => NamesIn(Paths.Groups)
        .Select(n => SnapshotName.TryParse(n, out var name) ? name : default)
        .Where(name => name.Value is not null)
        .OrderBy(name => name.Value, StringComparer.Ordinal);

    public GroupDocument? ReadGroup(SnapshotName name) => Named(
        PoolFiles.Read(Paths.GroupDocument(name), DocumentJson.Default.GroupDocument), d => d.Name, name.Value, Paths.GroupDocument(name));

    public VolumeState? Find(VolumeId id)
    {
        var path = Paths.VolumeDocument(id);
        if (Named(PoolFiles.Read(path, DocumentJson.Default.VolumeDocument), d => d.Id, id.Value, path) is not { } document)
            return null;
        var liveSize = ImageSize(Paths.Live(id));
        var origin = liveSize is null ? null : PoolFiles.Read(Paths.LiveDocument(id), DocumentJson.Default.LiveDocument)?.Origin;
        var snapshots = SnapshotDocuments(id)
            .Where(s => IsVisible(id, s))
            .OrderBy(s => s.TakenAt)
            .ThenBy(s => s.Name, StringComparer.Ordinal)
            .ToList();
        var staging = ReadStaging(id);
        if (staging is not null && (snapshots.Any(s => s.Name == staging.To) || !Directory.Exists(Paths.SnapshotImage(id, new SnapshotName(staging.To)))))
            staging = null;
        return new VolumeState(id, document, liveSize, origin, snapshots, staging);
    }

    public VolumeState Require(VolumeId id) => Find(id) ?? throw new VolumeNotFoundException(id);

    public static SnapshotDocument RequireSnapshot(VolumeState volume, SnapshotName name) => volume.Find(name)
        ?? throw new SnapshotNotFoundException($"The volume '{volume.Id}' has no complete snapshot '{name}'.");

    /// <summary>Whether there is such a snapshot, complete; cheaper than reading the volume.</summary>
    public SnapshotDocument? FindSnapshot(VolumeId id, SnapshotName name) =>
        ReadSnapshot(id, name) is { } document && IsVisible(id, document) ? document : null;

    public SnapshotDocument? ReadSnapshot(VolumeId id, SnapshotName name) => Named(
        PoolFiles.Read(Paths.SnapshotDocument(id, name), DocumentJson.Default.SnapshotDocument), d => d.Name, name.Value, Paths.SnapshotDocument(id, name));

    public IEnumerable<SnapshotDocument> SnapshotDocuments(VolumeId id) => NamesIn(Paths.Snapshots(id))
        .Where(n => n.EndsWith(DocumentSuffix, StringComparison.Ordinal))
        .Select(n => SnapshotName.TryParse(n[..^DocumentSuffix.Length], out var name) ? ReadSnapshot(id, name) : null)
        .OfType<SnapshotDocument>();

    /// <summary>What is being received, as noted. A damaged note is no note: what it stood for can be received again.</summary>
    public StagingDocument? ReadStaging(VolumeId id)
    {
        var document = ReadReplaceable(Paths.StagingDocument(id), DocumentJson.Default.StagingDocument);
        return document is { DurableOffset: >= 0 } && SnapshotName.TryParse(document.To, out _)
            && (document.From is null || SnapshotName.TryParse(document.From, out _))
            && document.Sum.Length == 32 && document.Sum.All(char.IsAsciiHexDigitLower)
            ? document
            : null;
    }

    /// <summary>The stored digest, if it belongs to this very snapshot. A damaged one is none: it can be found again.</summary>
    public ImageDigest? ReadDigest(VolumeId id, SnapshotDocument snapshot) =>
        ReadReplaceable(Paths.DigestDocument(id, new SnapshotName(snapshot.Name)), DocumentJson.Default.DigestDocument) is { IsWhole: true } document
            && document.Instance == snapshot.Instance && BlockDigest.IsValid(document.Digest)
            ? new ImageDigest(document.Digest)
            : null;

    public void WriteDigest(VolumeId id, SnapshotDocument snapshot, ImageDigest digest) => Files.Write(
        Paths.DigestDocument(id, new SnapshotName(snapshot.Name)), DigestDocument.Of(snapshot.Instance, digest), DocumentJson.Default.DigestDocument);

    public void WriteSnapshot(VolumeId id, SnapshotDocument document) => Files.Write(
        Paths.SnapshotDocument(id, new SnapshotName(document.Name)), document, DocumentJson.Default.SnapshotDocument);

    public void WriteGroup(SnapshotName name, GroupDocument document)
    {
        Files.CreateDirectory(Paths.Group(name));
        Files.Write(Paths.GroupDocument(name), document, DocumentJson.Default.GroupDocument);
    }

    /// <summary>Removes a snapshot that is not, or no longer, visible: its document first, so that no document ever lacks its image for long.</summary>
    public void RemoveSnapshotFiles(VolumeId id, SnapshotName name)
    {
        Files.DeleteFile(Paths.SnapshotDocument(id, name));
        Files.DeleteFile(Paths.DigestDocument(id, name));
        Substrate.Delete(Paths.SnapshotImage(id, name));
    }

    /// <summary>Takes a volume out of a group; the group ends with its last member.</summary>
    public void LeaveGroup(SnapshotName name, VolumeId id)
    {
        if (ReadGroup(name) is not { } group)
            return;
        var rest = group.Members.Where(m => m.Volume != id.Value).ToList();
        if (rest.Count == group.Members.Count)
            return;
        if (rest.Count == 0)
            RemoveGroupFolder(name);
        else
            WriteGroup(name, group with { Members = rest });
    }

    public void RemoveGroupFolder(SnapshotName name)
    {
        Files.DeleteFile(Paths.GroupDocument(name));
        Files.DeleteDirectory(Paths.Group(name));
    }

    /// <summary>Drops what is being received. The note goes first: without it the rest is a leftover.</summary>
    public void RemoveStaging(VolumeId id, StagingDocument staging)
    {
        var name = new SnapshotName(staging.To);
        Files.DeleteFile(Paths.StagingDocument(id));
        if (FindSnapshot(id, name) is null)
            RemoveSnapshotFiles(id, name);
    }

    /// <summary>Names of the snapshots of which there is an image: complete ones, what is being received, and leftovers.</summary>
    public IEnumerable<string> ImageNames(VolumeId id) => NamesIn(Paths.Images(id))
        .Where(n => n.StartsWith(PoolPaths.SnapshotPrefix, StringComparison.Ordinal))
        .Select(n => n[PoolPaths.SnapshotPrefix.Length..]);

    /// <summary>Removes the images of snapshots that do not exist: those of a transfer whose note is lost.</summary>
    public void RemoveForgotten(VolumeId id)
    {
        foreach (var image in ImageNames(id))
        {
            if (SnapshotName.TryParse(image, out var name) && FindSnapshot(id, name) is null)
                RemoveSnapshotFiles(id, name);
        }
    }

    public void MoveToTrash(string folder) => Files.Rename(folder, Path.Combine(Paths.Trash, $"{Path.GetFileName(folder)}.{NewInstance()}"));

    public static long? ImageSize(string image)
    {
        var file = new FileInfo(PoolPaths.FileIn(image));
        return file.Exists ? file.Length : null;
    }

    /// <summary>Random, because a name alone does not say whether two clusters mean the same bytes.</summary>
    public static string NewInstance() => System.Security.Cryptography.RandomNumberGenerator.GetHexString(32, lowercase: true);

    public static IEnumerable<string> NamesIn(string directory)
    {
        try
        {
            return [.. Directory.EnumerateFileSystemEntries(directory).Select(p => Path.GetFileName(p))];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static T? ReadReplaceable<T>(string path, JsonTypeInfo<T> type)
        where T : class, IVersioned
    {
        try
        {
            return PoolFiles.Read(path, type);
        }
        catch (PoolUnusableException)
        {
            return null;
        }
    }

    /// <summary>A document that describes something else than its place says is damage.</summary>
    private static T? Named<T>(T? document, Func<T, string> nameOf, string expected, string path)
        where T : class => document is null || nameOf(document) == expected
        ? document
        : throw PoolFiles.Damaged(path, $"it describes '{nameOf(document)}'");

    private bool IsVisible(VolumeId id, SnapshotDocument document)
    {
        var name = new SnapshotName(document.Name);
        if (!Directory.Exists(Paths.SnapshotImage(id, name)))
            return false;
        return document.Group is null || ReadGroup(new SnapshotName(document.Group)) is { } group && group.Members.Any(m => m.Volume == id.Value);
    }
}
