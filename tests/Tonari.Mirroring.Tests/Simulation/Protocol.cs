namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// The rules that the simulated controllers go by: the product's. Mutants override one of them, to prove that the checks would notice.
/// </summary>
internal class Protocol
{
    public static Protocol Product { get; } = new();

    /// <summary>Whether received data is compared with the source's digest before it can be committed.</summary>
    public virtual bool Verifies => true;

    public virtual Decision Decide(MirrorPolicy policy, MirrorStatus status, PeerView? peer, DateTimeOffset now) =>
        MirrorPlanner.Decide(policy, status, peer, now);

    public virtual MirrorStatus Complete(
        MirrorPolicy policy, MirrorStatus status, PeerView? peer, MirrorStep step, StepResult result, DateTimeOffset now) =>
        MirrorPlanner.Complete(policy, status, peer, step, result, now);

    public virtual (MirrorStatus Status, bool Granted, string Message) Hold(
        MirrorPolicy policy, MirrorStatus status, HoldPeer hold, DateTimeOffset now) =>
        PeerRequests.Hold(policy, status, hold.OperationId, hold.Epoch, hold.Duration, now);

    public virtual MirrorStatus Release(MirrorStatus status, string operationId) => PeerRequests.Release(status, operationId);

    public virtual string? RefusalToServe(MirrorPolicy policy, MirrorStatus status, long epoch, bool requireStopped, DateTimeOffset now) =>
        PeerRequests.RefusalToServe(policy, status, epoch, requireStopped, now);

    public virtual string? RefusalToTake(MirrorStatus status, string name) => PeerRequests.RefusalToTake(status, name);

    public virtual MirrorStatus SnapshotTaken(MirrorStatus status, MirrorSnapshot snapshot) => PeerRequests.SnapshotTaken(status, snapshot, []);
}
