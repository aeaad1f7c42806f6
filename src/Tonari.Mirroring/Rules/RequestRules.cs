namespace Tonari.Mirroring.Rules;

/// <summary>
/// What becomes of a user's request. Whichever side it was made on, the side that is not primary carries it out:
/// it is the one that pulls, commits and promotes.
/// </summary>
internal static class RequestRules
{
    public static Decision? TakeUp(Situation s)
    {
        if (s.Policy.Operation is not { } request || request.Id == s.Status.LastOperationId) return null;

        if (s.Status.Operation is { } running && running.Request.Id != request.Id)
            return Situation.Write(Preempts(s, request, running) ? GiveUp(s, running) : s.Refuse(
                request, $"{running.Request.Type} ({running.Request.Id}) is still running; wait for it to end, then ask again."));

        return Situation.Write(s.Status.Role switch
        {
            MirrorRole.Unassigned => s.Refuse(request, "The relationship is not established yet; see status.problems for what stands in the way."),
            MirrorRole.Primary when request.Forwarded => Accept(s, request, MirrorOperationStage.AwaitingFence),
            MirrorRole.Primary => Accept(s, request, MirrorOperationStage.Forwarding),
            MirrorRole.Fenced => OnFenced(s, request),
            _ => OnSecondary(s, request),
        });
    }

    public static Decision? Forward(Situation s)
    {
        if (s.Status.Operation is not { } operation) return null;
        var waited = s.Now - operation.StageStartedAt;
        return operation.Stage switch
        {
            MirrorOperationStage.Forwarding when waited > MirrorLimits.PeerPatience => Situation.Write(s.Finish(
                false, $"{s.Policy.PeerCluster} cannot be reached, and it is the side that carries out {operation.Request.Type}. "
                    + "If it is the secondary, ask there; it can fail over without this side.")),
            MirrorOperationStage.Forwarding => Along(s, new ForwardOperation(operation.Request)),
            MirrorOperationStage.Forwarded when s.Peer?.Finished is { } end && end.Id == operation.Request.Id =>
                Situation.Write(s.Finish(end.Succeeded, $"On {s.Policy.PeerCluster}: {end.Message}", end.DowntimeMs)),
            MirrorOperationStage.Forwarded when s.PeerAnswers && s.Peer!.OperationId != operation.Request.Id && waited > MirrorLimits.PeerPatience =>
                Situation.Write(s.Finish(false, $"{s.Policy.PeerCluster} no longer knows of it; look at the history there.")),
            MirrorOperationStage.AwaitingFence when s.Status.Role != MirrorRole.Primary => Situation.Write(s.Status with
            {
                Operation = null,
                LastOperationId = null,
            }),
            MirrorOperationStage.AwaitingFence when waited > MirrorLimits.PeerPatience => Situation.Write(s.Finish(
                false, $"{s.Policy.LocalCluster} is primary and {operation.Request.Type} is carried out by the other side; ask again.")),
            _ => null,
        };
    }

    /// <summary>The routine work goes on beside a request that is being handed on.</summary>
    private static Decision Along(Situation s, MirrorStep step)
    {
        var routine = PrimaryRules.Routine(s);
        return routine is null or { Next: not null }
            ? routine ?? Situation.Do(step)
            : routine with { Steps = [.. routine.Steps, step] };
    }

    /// <summary>An emergency does not wait for something that has not promoted yet; what only catches up gives way to a cancel.</summary>
    private static bool Preempts(Situation s, MirrorOperationRequest request, MirrorOperation running) =>
        (running.Request.Type == MirrorOperationType.Verify && request.Type != MirrorOperationType.Verify)
        || (s.Status.Role == MirrorRole.Secondary && running.Stage != MirrorOperationStage.Promoting
        && (request.Type == MirrorOperationType.FailOver
            || (request.Type == MirrorOperationType.CancelTransfer && running.Stage == MirrorOperationStage.CatchingUp)));

    private static MirrorStatus GiveUp(Situation s, MirrorOperation running)
    {
        var status = s.Finish(false, $"{running.Request.Type} was given up for {s.Policy.Operation!.Type}.");
        return running.Request.Type == MirrorOperationType.Verify ? VerificationRules.Stopped(status, s.Now) : status with { Sync = null };
    }

    private static MirrorStatus OnSecondary(Situation s, MirrorOperationRequest request) => request.Type switch
    {
        MirrorOperationType.FailOver => FailOver(s, request),
        MirrorOperationType.CancelTransfer => CancelTransfer(s, request),
        MirrorOperationType.Resync => s.Refuse(request, "Nothing to resync: no side has failed over."),
        MirrorOperationType.FailBack when s.Policy.InitialRole != MirrorRole.Primary =>
            s.Refuse(request, $"{s.Policy.Application} is at home on {s.Policy.PeerCluster} already; to swap the sides as planned, ask for Reverse."),
        MirrorOperationType.Verify when s.Common is null => s.Refuse(request, "There is nothing to compare yet: no group snapshot is complete on both sides."),
        MirrorOperationType.Reverse or MirrorOperationType.FailBack when s.Status.Damage is { Healable: true } =>
            s.Refuse(request, $"The replica on {s.Policy.LocalCluster} is known to differ from {s.Policy.PeerCluster} and is not healed yet; {request.Type} would start from it. "
                + "Wait until it is healed, or ask for Verify."),
        _ when s.Paused => s.Refuse(request, "The relationship is paused; resume it first."),
        _ when !s.PeerServes => s.Refuse(request, $"{s.Policy.PeerCluster} cannot be reached or is not primary; {request.Type} needs it. "
            + "If it is lost, fail over."),
        MirrorOperationType.Verify => Accept(s, request, MirrorOperationStage.Verifying),
        _ => Accept(s, request, MirrorOperationStage.CatchingUp),
    };

    private static MirrorStatus FailOver(Situation s, MirrorOperationRequest request)
    {
        if (s.Status.Snapshots.Count == 0)
            return s.Refuse(request, "No group snapshot is complete here yet, so there is nothing to start the application from.");
        if (request.Snapshot is { } named && s.Status.Snapshots.All(snapshot => snapshot.Name != named))
            return s.Refuse(request, $"There is no complete group snapshot {named} here; there are: {string.Join(", ", s.Status.Snapshots.Select(x => x.Name))}.");

        var snapshot = request.Snapshot ?? s.Status.Snapshots[^1].Name;
        var accepted = Accept(s, request, MirrorOperationStage.Promoting);
        accepted = accepted with { Operation = accepted.Operation! with { Snapshot = snapshot } };
        return PromotionRules.Promote(s with { Status = accepted }, snapshot, planned: false);
    }

    private static MirrorStatus CancelTransfer(Situation s, MirrorOperationRequest request)
    {
        var stopped = Accept(s, request, MirrorOperationStage.CatchingUp) with { Sync = null, LastSyncStartedAt = s.Now };
        var message = s.Status.Sync is { } sync ? $"The transfer of {sync.Name} was stopped."
            : s.Status.Verification is { } verification ? $"The verification of {verification.Snapshot} was stopped."
            : "No transfer was running.";
        return (s with { Status = VerificationRules.Stopped(stopped, s.Now) }).Finish(true, message);
    }

    private static MirrorStatus OnFenced(Situation s, MirrorOperationRequest request)
    {
        if (request.Type is not (MirrorOperationType.Resync or MirrorOperationType.FailBack))
            return s.Refuse(request, $"{s.Policy.LocalCluster} is fenced: {s.Policy.PeerCluster} has taken over. Resync or fail back first.");
        if (s.Status.Demotion is not null) return s.Refuse(request, $"{s.Policy.LocalCluster} is becoming secondary already; ask again when it is.");
        if (s.Paused) return s.Refuse(request, "The relationship is paused; resume it first.");
        if (request.Confirm != s.Policy.Application)
            return s.Refuse(request, $"{request.Type} sets writes aside on one side: set confirm to the application's name, {s.Policy.Application}.");

        var keep = request.Type == MirrorOperationType.FailBack ? s.Policy.PeerCluster : request.Keep;
        if (keep == s.Policy.LocalCluster) return Accept(s, request, MirrorOperationStage.Holding);
        return keep == s.Policy.PeerCluster
            ? Accept(s, request, MirrorOperationStage.SettingAside) with { Demotion = DemotionRules.Begin(s, agreed: false) }
            : s.Refuse(request, $"Set keep to the cluster whose data is kept: {s.Policy.LocalCluster} or {s.Policy.PeerCluster}.");
    }

    private static MirrorStatus Accept(Situation s, MirrorOperationRequest request, MirrorOperationStage stage) => s.Status with
    {
        LastOperationId = request.Id,
        Operation = new MirrorOperation { Request = request, Stage = stage, StartedAt = s.Now, StageStartedAt = s.Now }.Entering(stage, null, s.Now),
    };
}
