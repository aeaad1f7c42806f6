using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>One <c>AppMirror</c> object, as its worker reads and writes it.</summary>
internal interface IMirrorRecord
{
    /// <summary>The freshest state known, without asking anyone: never older than this worker's own last write. Null: the object is gone.</summary>
    public MirrorReading? Read();

    /// <summary>Asks the API server itself, so that the next <see cref="Read"/> is no older than this call.</summary>
    public Task RefreshAsync(CancellationToken ct);

    /// <summary>Writes the status, together with everything that is derived from it, if the object is still as it was read.</summary>
    public Task<WriteOutcome> WriteAsync(MirrorReading basis, MirrorWrite write, CancellationToken ct);
}

/// <summary>What was read of an object.</summary>
/// <param name="Policy">What is wanted; null where the spec cannot be used.</param>
/// <param name="Status">What is durably known.</param>
/// <param name="Peer">What is known of the other side.</param>
/// <param name="ResourceVersion">The version that a write replaces.</param>
/// <param name="Mirror">The object.</param>
internal sealed record MirrorReading(MirrorPolicy? Policy, MirrorStatus Status, PeerView? Peer, string ResourceVersion, AppMirror Mirror);

/// <summary>What is written.</summary>
/// <param name="Status">The planner's memory.</param>
/// <param name="Transfers">The volumes of the running sync; empty: none is pulled.</param>
/// <param name="Now">The time that ages are counted to.</param>
internal sealed record MirrorWrite(MirrorStatus Status, IReadOnlyList<MirrorTransfer> Transfers, DateTimeOffset Now)
{
    /// <summary>How far the running comparison is; null: none runs.</summary>
    public MirrorVerificationProgress? Verification { get; init; }
}

/// <summary>What came of a write.</summary>
internal enum WriteOutcome
{
    /// <summary>Written; <see cref="IMirrorRecord.Read"/> shows it.</summary>
    Written,

    /// <summary>Nothing would have changed.</summary>
    Unchanged,

    /// <summary>Someone else wrote first.</summary>
    Conflict,

    /// <summary>The object no longer exists.</summary>
    Gone,
}
