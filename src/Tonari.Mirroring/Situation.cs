namespace Tonari.Mirroring;

/// <summary>Everything a decision depends on, and the questions that several rules ask of it.</summary>
internal sealed record Situation(MirrorPolicy Policy, MirrorStatus Status, PeerView? Peer, DateTimeOffset Now)
{
    /// <summary>The peer answers and has its half of the relationship.</summary>
    public bool PeerAnswers => Peer is { Reachable: true, HasMirror: true };

    /// <summary>The peer is the primary of the epoch that this secondary follows.</summary>
    public bool PeerServes => PeerAnswers && Peer!.Role == MirrorRole.Primary && Peer.Epoch == Status.Epoch;

    /// <summary>Either side's user has paused the relationship.</summary>
    public bool Paused => Policy.Paused || Peer is { HasMirror: true, Paused: true };

    /// <summary>The newest group snapshot that is complete on both sides.</summary>
    public MirrorSnapshot? Common =>
        Peer is { HasMirror: true } peer ? Status.Snapshots.LastOrDefault(own => peer.Snapshots.Contains(own.Name)) : null;

    /// <summary>A write of the status, before anything else happens.</summary>
    public static Decision Write(MirrorStatus next) => new(next, [], null);

    /// <summary>Steps that should be running.</summary>
    public static Decision Do(params IReadOnlyList<MirrorStep> steps) => new(null, steps, null);

    /// <summary>Nothing to do until something happens or the time has come.</summary>
    public static Decision Wait(DateTimeOffset? until = null) => new(null, [], until);

    /// <summary>The operation, if it is one that this side carries out itself.</summary>
    public MirrorOperation? OwnOperation =>
        Status.Operation is { Stage: not (MirrorOperationStage.Forwarding or MirrorOperationStage.Forwarded) } own ? own : null;

    /// <summary>The status with the operation moved to another stage.</summary>
    public MirrorStatus AtStage(MirrorOperationStage stage, MirrorPromotionStage? promotion = null) => Status with
    {
        Operation = Status.Operation!.Entering(stage, promotion, Now) with { Stage = stage, StageStartedAt = Now, Message = null },
    };

    /// <summary>The status with the running operation ended and written to the history.</summary>
    public MirrorStatus Finish(bool succeeded, string message, long? downtimeMs = null)
    {
        var operation = Status.Operation!;
        return Remember(Status with { Operation = null }, new MirrorOperationRecord(
            operation.Request.Id, operation.Request.Type, operation.StartedAt, Now, succeeded, message)
        {
            DowntimeMs = downtimeMs,
            Snapshot = operation.Snapshot,
            WireBytes = operation.WireBytes == 0 ? null : operation.WireBytes,
            Stages = operation.Stages,
            Hooks = operation.Hooks,
        });
    }

    /// <summary>The status with a request refused: it is in the history and will not be looked at again.</summary>
    public MirrorStatus Refuse(MirrorOperationRequest request, string message) => Remember(
        Status with { LastOperationId = request.Id },
        new MirrorOperationRecord(request.Id, request.Type, Now, Now, Succeeded: false, message));

    /// <summary>The status with something added to the history.</summary>
    public static MirrorStatus Remember(MirrorStatus status, MirrorOperationRecord record) => status with
    {
        History = [.. status.History.TakeLast(MirrorLimits.HistoryLength - 1), record],
    };
}
