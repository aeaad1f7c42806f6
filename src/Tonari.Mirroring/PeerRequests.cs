namespace Tonari.Mirroring;

/// <summary>What the peer asks of this side, decided from this side's durable status alone. Pure, like the planner.</summary>
public static class PeerRequests
{
    /// <summary>
    /// The peer wants to take over and asks this primary to stop its application and keep it stopped for a while.
    /// A hold that has run out is never renewed: the application may have written in between, and the peer must begin again.
    /// </summary>
    /// <param name="policy">What is wanted here.</param>
    /// <param name="status">What is known here.</param>
    /// <param name="operationId">The peer's operation.</param>
    /// <param name="epoch">The epoch the peer believes this side to be primary of.</param>
    /// <param name="duration">How long; cut at <see cref="MirrorLimits.HoldDuration"/>.</param>
    /// <param name="now">This side's clock.</param>
    public static (MirrorStatus Status, bool Granted, string Message) Hold(
        MirrorPolicy policy, MirrorStatus status, string operationId, long epoch, TimeSpan duration, DateTimeOffset now)
    {
        var refusal = RefusalToHold(policy, status, operationId, epoch, now);
        if (refusal is not null) return (status, false, refusal);

        var length = duration < MirrorLimits.HoldDuration ? duration : MirrorLimits.HoldDuration;
        var until = now + length;
        var hold = status.Hold is { } held && held.Until > until ? held : new MirrorHold(operationId, until);
        return (status with { Hold = hold }, true, "");
    }

    /// <summary>The peer no longer needs the hold; the application starts again.</summary>
    public static MirrorStatus Release(MirrorStatus status, string operationId) =>
        status.Hold?.OperationId == operationId ? EndHold(status, "The hold was released.") : status;

    /// <summary>Why this side may not take or serve group snapshots for the peer now; null when it may.</summary>
    /// <param name="policy">What is wanted here.</param>
    /// <param name="status">What is known here.</param>
    /// <param name="epoch">The epoch the peer follows.</param>
    /// <param name="requireStopped">The snapshot must be one of the stopped application.</param>
    /// <param name="now">This side's clock.</param>
    public static string? RefusalToServe(MirrorPolicy policy, MirrorStatus status, long epoch, bool requireStopped, DateTimeOffset now)
    {
        if (policy.Deleting) return $"The relationship is being deleted on {policy.LocalCluster}.";
        if (status.Role != MirrorRole.Primary) return $"{policy.LocalCluster} is {status.Role}, not primary.";
        if (status.HighestEpochSeen > status.Epoch) return $"{policy.LocalCluster} has heard of epoch {status.HighestEpochSeen} and no longer serves epoch {status.Epoch}.";
        if (epoch != status.Epoch) return $"{policy.LocalCluster} is primary of epoch {status.Epoch}, not {epoch}.";
        if (status.Promotion is not null) return $"{policy.LocalCluster} is still bringing its application up.";
        if (!requireStopped) return null;
        return status is { Application: ApplicationRun.Stopped, Hold: { } hold } && now < hold.Until
            ? null
            : $"{policy.Application} is not stopped on {policy.LocalCluster}.";
    }

    /// <summary>
    /// Why a group snapshot of this name may not be taken; null when it may. One that is older than the newest was let go of: whoever asked has gone on
    /// long since, and taken now it would hold something else under the same name.
    /// </summary>
    public static string? RefusalToTake(MirrorStatus status, string name) =>
        status.Newest is { } newest && status.Snapshots.All(known => known.Name != name) && !SnapshotNames.IsLater(name, newest.Name)
            ? $"{name} is older than {newest.Name} and is not kept any more."
            : null;

    /// <summary>The status once a group snapshot has been taken here.</summary>
    public static MirrorStatus SnapshotTaken(MirrorStatus status, MirrorSnapshot snapshot, IReadOnlyList<MirrorVolume> volumes) =>
        status.Snapshots.Any(known => known.Name == snapshot.Name)
            ? status
            : status with { Snapshots = [.. status.Snapshots, snapshot], Volumes = volumes };

    /// <summary>The status with the hold ended; the same operation will not get another.</summary>
    internal static MirrorStatus EndHold(MirrorStatus status, string why) => status with
    {
        Hold = null,
        RefusedHold = new MirrorProblem(status.Hold!.OperationId, why),
    };

    private static string? RefusalToHold(MirrorPolicy policy, MirrorStatus status, string operationId, long epoch, DateTimeOffset now)
    {
        if (RefusalToServe(policy, status, epoch, requireStopped: false, now) is { } refusal) return refusal;
        if (status.RefusedHold is { } refused && refused.Reason == operationId) return refused.Message;
        return status.Hold switch
        {
            { } hold when hold.OperationId != operationId => $"{policy.Application} is held for another operation, {hold.OperationId}.",
            { } hold when now >= hold.Until => "The hold ran out before it was renewed.",
            _ => null,
        };
    }
}
