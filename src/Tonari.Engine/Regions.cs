namespace Tonari.Engine;

/// <summary>The digest of one region of an image. A region that is not mentioned holds only zeros.</summary>
/// <param name="Index">Which: offset divided by the region size.</param>
/// <param name="Sum">The sum of its blocks, as in docs/format.md, "Digest"; 0 where it cannot be read.</param>
/// <param name="Readable">False: the disk gives an error instead of the bytes.</param>
public readonly record struct RegionDigest(long Index, UInt128 Sum, bool Readable);

/// <summary>What reading a whole image has shown.</summary>
/// <param name="Size">Of the image.</param>
/// <param name="Read">Bytes that were read; the rest are holes.</param>
/// <param name="Actual">Digest of what is on the disk; null where some of it cannot be read.</param>
/// <param name="Recorded">Digest it had when it was made or received; null where that was never found out.</param>
public sealed record RegionSummary(ByteCount Size, ByteCount Read, ImageDigest? Actual, ImageDigest? Recorded);

/// <summary>What healing has done to a volume.</summary>
/// <param name="WireBytes">Bytes received.</param>
/// <param name="Healed">Snapshots whose image was replaced by a right one, the one asked for last.</param>
/// <param name="Unhealed">Snapshots that are not what they were when they were made, and that could not be mended from the healed one.</param>
public sealed record HealedVolume(ByteCount WireBytes, IReadOnlyList<SnapshotName> Healed, IReadOnlyList<SnapshotName> Unhealed);

/// <summary>Opens a mirror stream (docs/format.md) that holds these stretches of the snapshot, and only them.</summary>
public delegate Task<Stream> OpenRanges(IReadOnlyList<ByteRange> ranges, CancellationToken ct);
