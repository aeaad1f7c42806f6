using Tonari.Engine.Layout;
using Tonari.Engine.Substrates;
using Tonari.Engine.Transfer;

namespace Tonari.Engine.Volumes;

/// <summary>Reads what is in the pool and knows what counts as existing: a volume with its document; a live image that bears its final name; a snapshot
/// with image and document, whose group (if it has one) lists the volume. What a damaged document describes exists, and cannot be used. Everything else
/// is a leftover.</summary>
internal sealed class PoolStore(PoolPaths paths, PoolFiles files, IPoolSubstrate substrate, PoolLocks locks, PoolOptions options)
{
    private const string DocumentSuffix = ".json";

    public PoolPaths Paths { get; } = paths;
    public PoolFiles Files { get; } = files;
    public IPoolSubstrate Substrate { get; } = substrate;
    public PoolLocks Locks { get; } = locks;
    public PoolOptions Options { get; } = options;

    /// <summary>Ends what is in the pool, step by step.</summary>
    public PoolRemoval Removal => new(this);

    public DateTimeOffset Now => Options.Time.GetUtcNow();

    public IEnumerable<VolumeId> VolumeFolders() => NamesIn(Paths.Volumes)
        .Select(n => VolumeId.TryParse(n, out var id) ? id : default)
        .Where(id => id.Value is not null)
        .OrderBy(id => id.Value, StringComparer.Ordinal);

    public IEnumerable<SnapshotName> GroupFolders() => NamesIn(Paths.Groups)
        .Select(n => SnapshotName.TryParse(n, out var name) ? name : default)
        .Where(name => name.Value is not null)
        .OrderBy(name => name.Value, StringComparer.Ordinal);

    /// <exception cref="FileDamagedException">There is such a group, and it cannot be used.</exception>
    public GroupDocument? ReadGroup(SnapshotName name)
    {
        var (path, consequence) = (Paths.GroupDocument(name), Consequence.OfGroup(Paths, name));
        return Named(PoolFiles.Read(path, DocumentJson.Default.GroupDocument, consequence), d => d.Name, name.Value, path, consequence);
    }

    /// <summary>The document of a volume. A volume appears with it in one rename, so a folder that lacks it is damage.</summary>
    /// <exception cref="FileDamagedException">There is such a volume, and it cannot be used.</exception>
    public VolumeDocument? ReadVolume(VolumeId id)
    {
        var (path, consequence) = (Paths.VolumeDocument(id), Consequence.OfVolume(Paths, id));
        // Read again where the folder is there: it may have appeared in between.
        var document = ReadNamed() ?? (Directory.Exists(Paths.Volume(id)) ? ReadNamed() : null);
        return document is null && Directory.Exists(Paths.Volume(id)) ? throw PoolFiles.Damaged(path, "it is missing", consequence) : document;

        VolumeDocument? ReadNamed() => Named(PoolFiles.Read(path, DocumentJson.Default.VolumeDocument, consequence), d => d.Id, id.Value, path, consequence);
    }

    /// <exception cref="FileDamagedException">There is such a volume, and it cannot be used.</exception>
    public VolumeState? Find(VolumeId id)
    {
        if (ReadVolume(id) is not { } document)
            return null;
        var liveSize = ImageSize(Paths.Live(id));
        var live = Try(() => liveSize is null ? null : PoolFiles.Read(Paths.LiveDocument(id), DocumentJson.Default.LiveDocument, Consequence.OfLive(id)));
        var staging = ReadStaging(id);
        if (staging is not null && (IsCommitted(id, new SnapshotName(staging.To)) || !Directory.Exists(Paths.SnapshotImage(id, new SnapshotName(staging.To)))))
            staging = null;
        var snapshots = new List<SnapshotDocument>();
        var damaged = new List<DamagedSnapshot>();
        foreach (var name in SnapshotNames(id).Where(n => n.Value != staging?.To))
        {
            var found = Try(() => FindSnapshot(id, name));
            if (found.Value is { } snapshot)
                snapshots.Add(snapshot);
            else if (found.Damage is { } damage)
                damaged.Add(new DamagedSnapshot(name, damage));
        }
        return new VolumeState(
            id, document, liveSize, live.Value?.Origin, [.. snapshots.OrderBy(s => s.TakenAt).ThenBy(s => s.Name, StringComparer.Ordinal)], staging)
        {
            Damaged = damaged,
            LiveDamage = live.Damage,
        };
    }

    /// <exception cref="FileDamagedException">There is such a volume, and it cannot be used.</exception>
    public VolumeState Require(VolumeId id) => Find(id) ?? throw new VolumeNotFoundException(id);

    /// <exception cref="FileDamagedException">There is such a snapshot, and it cannot be used.</exception>
    public static SnapshotDocument RequireSnapshot(VolumeState volume, SnapshotName name)
    {
        volume.RefuseDamaged(name);
        return volume.Find(name) ?? throw new SnapshotNotFoundException($"The volume '{volume.Id}' has no complete snapshot '{name}'.");
    }

    /// <summary>Whether there is such a snapshot, complete; cheaper than reading the volume.</summary>
    /// <exception cref="FileDamagedException">There is, and it cannot be used.</exception>
    public SnapshotDocument? FindSnapshot(VolumeId id, SnapshotName name) => FindSnapshot(id, name, known: null);

    /// <summary>As above, where the document of the group that bears its name has been read.</summary>
    public SnapshotDocument? FindSnapshot(VolumeId id, SnapshotName name, GroupDocument? known)
    {
        if (!Directory.Exists(Paths.SnapshotImage(id, name)))
            return null;
        if (ReadSnapshot(id, name) is not { } document)
            return FindLost(id, name);
        if (document.Group is null)
            return document;
        var group = new SnapshotName(document.Group);
        if (((group == name ? known : null) ?? ReadGroup(group)) is { } complete)
            return Lists(complete, id) ? document : null;
        return IsAbandoned(id, name, group) || ReadGroup(group) is not null
            ? null
            : throw PoolFiles.Damaged(Paths.GroupDocument(group), "it is missing", Consequence.OfGroup(Paths, group));
    }

    public SnapshotDocument? ReadSnapshot(VolumeId id, SnapshotName name)
    {
        var (path, consequence) = (Paths.SnapshotDocument(id, name), Consequence.OfSnapshot(Paths, id, name));
        return Named(PoolFiles.Read(path, DocumentJson.Default.SnapshotDocument, consequence), d => d.Name, name.Value, path, consequence);
    }

    /// <summary>Names that have a document or an image, be they snapshots or not.</summary>
    public IReadOnlyList<SnapshotName> SnapshotNames(VolumeId id)
    {
        var documents = NamesIn(Paths.Snapshots(id))
            .Where(n => n.EndsWith(DocumentSuffix, StringComparison.Ordinal))
            .Select(n => n[..^DocumentSuffix.Length]);
        return
        [
            .. documents.Union(ImageNames(id), StringComparer.Ordinal)
                .Select(n => SnapshotName.TryParse(n, out var name) ? name : default)
                .Where(name => name.Value is not null)
                .OrderBy(name => name.Value, StringComparer.Ordinal),
        ];
    }

    /// <summary>Names of the snapshots of which there is an image: complete ones, what is being received, and leftovers.</summary>
    public IEnumerable<string> ImageNames(VolumeId id) => NamesIn(Paths.Images(id))
        .Where(n => n.StartsWith(PoolPaths.SnapshotPrefix, StringComparison.Ordinal))
        .Select(n => n[PoolPaths.SnapshotPrefix.Length..]);

    /// <summary>Whether what was received under this name has become a snapshot, usable or not. Until then its files can be received again.</summary>
    public bool IsCommitted(VolumeId id, SnapshotName name)
    {
        var group = Try(() => ReadGroup(name));
        return group.Damage is not null || Lists(group.Value, id) || Try(() => ReadSnapshot(id, name)).Value is { Group: null };
    }

    /// <summary>What is being received, as noted. A damaged note is no note: what it stood for can be received again.</summary>
    public StagingDocument? ReadStaging(VolumeId id)
    {
        var document = Try(() => PoolFiles.Read(Paths.StagingDocument(id), DocumentJson.Default.StagingDocument, "")).Value;
        return document is { DurableOffset: >= 0 } && SnapshotName.TryParse(document.To, out _)
            && (document.From is null || SnapshotName.TryParse(document.From, out _))
            && document.Sum.Length == 32 && document.Sum.All(char.IsAsciiHexDigitLower)
            ? document
            : null;
    }

    /// <summary>The stored digest, if it belongs to this very snapshot. A damaged one is none: it can be found again.</summary>
    public ImageDigest? ReadDigest(VolumeId id, SnapshotDocument snapshot) =>
        Try(() => PoolFiles.Read(Paths.DigestDocument(id, new SnapshotName(snapshot.Name)), DocumentJson.Default.DigestDocument, "")).Value is { IsWhole: true } document
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

    /// <summary>Whether nothing would be lost with what has this name. What a damaged file describes is no leftover.</summary>
    public bool IsLeftover(VolumeId id, SnapshotName name) => Try(() => FindSnapshot(id, name)) is { Value: null, Damage: null };

    /// <returns>Where it is now, under a name that nothing else has.</returns>
    public string MoveToTrash(string folder)
    {
        var trashed = Path.Combine(Paths.Trash, $"{Path.GetFileName(folder)}.{NewInstance()}");
        Files.Rename(folder, trashed);
        return trashed;
    }

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

    /// <summary>What reading finds, or how it is damaged.</summary>
    public static Found<T> Try<T>(Func<T?> read)
        where T : class
    {
        try
        {
            return new Found<T>(read(), null);
        }
        catch (FileDamagedException e)
        {
            return new Found<T>(null, e);
        }
    }

    /// <summary>An image without document. One that is received, or left of that, can be written; one that belongs to a group that is taken or deleted
    /// is marked as that. Any other had its document and lost it.</summary>
    private SnapshotDocument? FindLost(VolumeId id, SnapshotName name)
    {
        var lost = Lists(ReadGroup(name), id) || !IsAbandoned(id, name, name);
        // Looked at again: it may be taken, or deleted, this very moment.
        if (!lost || !Directory.Exists(Paths.SnapshotImage(id, name)))
            return null;
        return ReadSnapshot(id, name) is null
            ? throw PoolFiles.Damaged(Paths.SnapshotDocument(id, name), "it is missing", Consequence.OfSnapshot(Paths, id, name))
            : FindSnapshot(id, name);
    }

    /// <summary>Whether a snapshot of which the group has no document is a leftover: not finished here, or received and never committed.</summary>
    private bool IsAbandoned(VolumeId id, SnapshotName name, SnapshotName group) =>
        File.Exists(Paths.GroupMark(group)) || !Substrate.IsSealed(Paths.SnapshotImage(id, name));

    private static bool Lists(GroupDocument? group, VolumeId id) => group is not null && group.Members.Any(m => m.Volume == id.Value);

    /// <summary>A document that describes something else than its place says is damage.</summary>
    private static T? Named<T>(T? document, Func<T, string> nameOf, string expected, string path, string consequence)
        where T : class => document is null || nameOf(document) == expected
        ? document
        : throw PoolFiles.Damaged(path, $"it describes '{nameOf(document)}'", consequence);
}
