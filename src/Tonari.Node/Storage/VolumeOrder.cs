using Tonari.Engine;
using Tonari.Node.Mounting;

namespace Tonari.Node.Storage;

/// <summary>What a new volume is to be.</summary>
/// <param name="Name">Chosen by the caller, any Unicode; the same name means the same volume.</param>
/// <param name="RequiredBytes">At least; 0: not said.</param>
/// <param name="LimitBytes">At most; 0: not said.</param>
/// <param name="Origin">Whose bytes it starts with, if any.</param>
/// <param name="Pool">StoragePool or pool directory to make it in; null: the managed pool with the most room.</param>
/// <param name="FileSystem">The filesystem it is going to have; null for raw block.</param>
internal sealed record VolumeOrder(string Name, long RequiredBytes, long LimitBytes, VolumeOrigin? Origin, string? Pool, string? FileSystem)
{
    /// <summary>What the filesystem needs at least, in bytes.</summary>
    public long SmallestFileSystemBytes => FileSystem == FileSystemTypes.Xfs ? FileSystemTypes.SmallestXfsBytes : 0;
}

/// <summary>Where a new volume's bytes come from.</summary>
/// <param name="Volume">The volume.</param>
/// <param name="Snapshot">Its snapshot; null: what it holds now.</param>
internal sealed record VolumeOrigin(VolumeId Volume, SnapshotName? Snapshot);

/// <summary>The volume or snapshot exists, but is not what was asked for.</summary>
internal sealed class IncompatibleVolumeException(string message) : Exception(message);

/// <summary>There is no such volume or snapshot on this node.</summary>
internal sealed class NotOnThisNodeException(string message) : Exception(message);

/// <summary>A pool is not open: what is in it is not known, which is something else than not being there. It may be open in a moment.</summary>
internal sealed class PoolNotOpenException(string message) : Exception(message);

/// <summary>The volume, snapshot or pool is in no state for the request; the message says what to do.</summary>
internal sealed class VolumeStateException(string message) : Exception(message);
