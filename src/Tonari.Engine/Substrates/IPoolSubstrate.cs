namespace Tonari.Engine.Substrates;

/// <summary>What a snapshot is, and how changes are found, on one kind of filesystem. An image is a folder that holds a file named "image"; the
/// folder is the unit that is snapshotted, renamed and deleted. All calls block; those marked durable survive a power cut once they return.</summary>
internal interface IPoolSubstrate
{
    /// <summary>"btrfs" or "xfs".</summary>
    public string Name { get; }

    /// <summary>A new, writable, all-zero image. Durable.</summary>
    public void Create(string image, long size);

    /// <summary>A read-only image with the bytes of <paramref name="source"/> as they are now. The only step done while applications are frozen.</summary>
    public void Snapshot(string source, string target);

    /// <summary>Makes a fresh snapshot durable; called after the thaw.</summary>
    public void Harden(string image);

    /// <summary>A writable image with the bytes of a read-only one. Durable.</summary>
    public void Clone(string source, string target);

    /// <summary>Makes an image read-only. Durable; once read-only, nothing happens.</summary>
    public void Seal(string image);

    /// <summary>Whether an image is read-only: a snapshot, not one that is being received. False where there is none.</summary>
    public bool IsSealed(string image);

    /// <summary>Deletes an image, read-only or not.</summary>
    public void Delete(string image);

    /// <summary>Where two read-only images may differ.</summary>
    public IReadOnlyList<ChangedRange> GetChanges(string from, string to, CancellationToken ct);

    /// <summary>How long <see cref="Snapshot"/> would take.</summary>
    public TimeSpan EstimateSnapshot(string image);
}
