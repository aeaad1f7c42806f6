using Tonari.Mirroring;

namespace Tonari.Controller.Snapshots;

/// <summary>Takes one point in time of an application on this cluster: all its volumes together, and its resources.</summary>
internal interface IGroupSnapshotService
{
    /// <summary>
    /// Runs pre-snapshot hooks, takes the group snapshot, runs post-snapshot hooks whatever happened, and keeps the captured resources beside it.
    /// Idempotent by name. One at a time per application. Throws <see cref="SnapshotRefusedException"/>.
    /// </summary>
    /// <param name="wanted">Of what, and for whom.</param>
    /// <param name="ct">Cancels before the snapshot; once it is being taken, what follows is brought to its end.</param>
    public Task<TakenGroup> TakeAsync(WantedGroup wanted, CancellationToken ct);

    /// <summary>
    /// Deletes a group snapshot that was taken and that nobody may be given any more. An agent that does not answer leaves it to the clean-up of the
    /// relationship.
    /// </summary>
    /// <param name="pool">StoragePool that holds it.</param>
    /// <param name="snapshot">Its name.</param>
    public Task UndoAsync(string pool, string snapshot);

    /// <summary>Deletes the group snapshots of a relationship that were taken and that nobody knows of. An agent that does not answer leaves them to the next time.</summary>
    /// <param name="pool">StoragePool to look in.</param>
    /// <param name="mirrorId">Id of the relationship.</param>
    /// <param name="newest">The one that has just been taken.</param>
    /// <param name="status">What this side knows.</param>
    public Task DeleteForgottenAsync(string pool, string mirrorId, string newest, MirrorStatus status);
}

/// <summary>A group snapshot that somebody wants.</summary>
/// <param name="Namespace">Namespace of the Application.</param>
/// <param name="Application">Its name.</param>
/// <param name="Name">Name of the group snapshot.</param>
/// <param name="MayRead">Whether whoever it is for may have what is in the namespace of this name; one of the application's that it may not have refuses all.</param>
/// <param name="IsLast">
/// No other will follow that could make up for what this one lacks: every kind is asked for, also those that the namespaces are not known to hold.
/// </param>
internal sealed record WantedGroup(string Namespace, string Application, string Name, Func<string, bool> MayRead, bool IsLast);

/// <summary>A group snapshot that is complete here.</summary>
/// <param name="Pool">StoragePool that holds it.</param>
/// <param name="TakenAt">The point in time.</param>
/// <param name="FrozenFor">How long the file systems were frozen.</param>
/// <param name="Volumes">Its members.</param>
/// <param name="ResourcesBytes">Size of the captured resources, compressed.</param>
/// <param name="Hooks">What the hooks said.</param>
internal sealed record TakenGroup(
    string Pool, DateTimeOffset TakenAt, TimeSpan FrozenFor, IReadOnlyList<TakenVolume> Volumes, long ResourcesBytes, IReadOnlyList<HookRecord> Hooks);

/// <param name="Namespace">Namespace of its claim here.</param>
/// <param name="Claim">Name of its claim.</param>
/// <param name="VolumeId">Engine volume id.</param>
/// <param name="SizeBytes">Size in this snapshot, bytes.</param>
/// <param name="StorageClass">Its storage class here.</param>
internal sealed record TakenVolume(string Namespace, string Claim, string VolumeId, long SizeBytes, string? StorageClass);

/// <summary>The group snapshot cannot be taken as things are; the message says what to do.</summary>
internal sealed class SnapshotRefusedException(string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Something of that name is there and cannot be used: only another name can succeed.</summary>
    public bool IsDamaged { get; init; }
}
