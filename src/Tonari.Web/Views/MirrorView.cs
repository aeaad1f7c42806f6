using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>A mirror as a user looks at it: both sides, how well it is and why, what is on its way, what was done.</summary>
public sealed record MirrorView
{
    /// <summary>Namespace of the object.</summary>
    public required string Namespace { get; init; }

    /// <summary>Name of the object.</summary>
    public required string Name { get; init; }

    /// <summary>The id both sides share; null until the controller has taken the mirror up.</summary>
    public string? MirrorId { get; init; }

    /// <summary>Name of the application.</summary>
    public required string Application { get; init; }

    /// <summary>What it is doing.</summary>
    public required MirrorState State { get; init; }

    /// <summary>How well it is.</summary>
    public required MirrorHealth Health { get; init; }

    /// <summary>Why, in one word; null: as the reason says.</summary>
    public HealthCause? Cause { get; init; }

    /// <summary>Why, in words, and what to do.</summary>
    public required string Reason { get; init; }

    /// <summary>Point in time of the newest group snapshot that the other side could start from.</summary>
    public DateTimeOffset? ProtectedAt { get; init; }

    /// <summary>Age of that point in time, seconds.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>How old it may become, seconds.</summary>
    public required double WantedRpoSeconds { get; init; }

    /// <summary>Time from the start of one sync to the start of the next, seconds.</summary>
    public required double ScheduleSeconds { get; init; }

    /// <summary>Complete group snapshots kept on each side.</summary>
    public required int Retain { get; init; }

    /// <summary>Paused on this side.</summary>
    public required bool Paused { get; init; }

    /// <summary>Being deleted.</summary>
    public required bool Deleting { get; init; }

    /// <summary>The controller has taken it up.</summary>
    public required bool TakenUp { get; init; }

    /// <summary>Name of the cluster that the application was configured to live on.</summary>
    public required string Home { get; init; }

    /// <summary>This cluster's side.</summary>
    public required MirrorSideView Here { get; init; }

    /// <summary>The neighbour's side, as last heard of.</summary>
    public required MirrorSideView There { get; init; }

    /// <summary>Name of the cluster whose data is replicated; null while none is primary, or both say so.</summary>
    public string? From { get; init; }

    /// <summary>Name of the cluster it is replicated to.</summary>
    public string? To { get; init; }

    /// <summary>What stands in the way.</summary>
    public required IReadOnlyList<MirrorProblem> Problems { get; init; }

    /// <summary>Steps that failed and are tried again.</summary>
    public required IReadOnlyList<MirrorRetry> Failing { get; init; }

    /// <summary>The running operation.</summary>
    public MirrorOperationView? Operation { get; init; }

    /// <summary>The operation that the neighbour carries out without having been asked from here, as last heard: its stage.</summary>
    public MirrorOperationStage? StageThere { get; init; }

    /// <summary>When the next sync begins, where this side is the one that begins it; null: not by itself, or not known here.</summary>
    public DateTimeOffset? NextSyncAt { get; init; }

    /// <summary>Whether the copies are known to be equal.</summary>
    public required ReplicaProofView Proof { get; init; }

    /// <summary>The running sync, whichever side pulls.</summary>
    public MirrorTransferView? Transfer { get; init; }

    /// <summary>The volumes of the newest group.</summary>
    public required IReadOnlyList<MirrorVolume> Volumes { get; init; }

    /// <summary>Complete group snapshots held here, newest first.</summary>
    public required IReadOnlyList<MirrorSnapshotView> Snapshots { get; init; }

    /// <summary>Names of the complete group snapshots that the neighbour holds, newest first, as last heard of.</summary>
    public required IReadOnlyList<string> SnapshotsThere { get; init; }

    /// <summary>Live data that was set aside here, newest first.</summary>
    public required IReadOnlyList<DivergedData> SetAside { get; init; }

    /// <summary>Finished operations and syncs, newest first.</summary>
    public required IReadOnlyList<MirrorOperationRecord> History { get; init; }

    /// <summary>What can be asked of it now, and if not, why not.</summary>
    public required IReadOnlyList<MirrorMove> Moves { get; init; }

    /// <summary>Derives the view.</summary>
    /// <param name="mirror">The object.</param>
    /// <param name="cluster">Name of this cluster.</param>
    /// <param name="rateOf">Bytes per second of a volume's transfer; 0 where not known.</param>
    /// <param name="now">Now.</param>
    public static MirrorView Of(AppMirror mirror, string cluster, Func<ObjectKey, string, double> rateOf, DateTimeOffset now)
    {
        var (spec, status) = (mirror.Spec, mirror.Status?.Mirror ?? new MirrorStatus());
        var peer = mirror.Status?.Peer;
        var here = new MirrorSideView(cluster, status.Role, status.Epoch, status.Application, status.ApplicationSince, true, spec.Paused);
        var there = peer is { HasMirror: true }
            ? new MirrorSideView(spec.Peer, peer.Role, peer.Epoch, peer.Application, peer.ApplicationSince, peer.Reachable, peer.Paused)
            : new MirrorSideView(spec.Peer, MirrorRole.Unassigned, 0, ApplicationRun.Unknown, null, peer is { Reachable: true }, false) { HasMirror = false };
        there = there with { SilentSince = SilentSince(mirror) };
        var primary = Primary(here, there);
        var common = status.Snapshots.LastOrDefault(s => peer?.Snapshots.Contains(s.Name) == true)?.Name;
        return new MirrorView
        {
            Namespace = mirror.Namespace,
            Name = mirror.Name,
            MirrorId = spec.MirrorId,
            Application = spec.Application,
            State = mirror.Status?.State ?? MirrorState.Establishing,
            Health = mirror.Status?.Health ?? MirrorHealth.Unknown,
            Cause = mirror.Status?.Cause,
            Reason = mirror.Status?.Message ?? "The controller has not taken it up yet.",
            ProtectedAt = mirror.Status?.ProtectedTime,
            LagSeconds = mirror.Status?.ProtectedTime is { } at ? Math.Max(0, (now - at).TotalSeconds) : null,
            WantedRpoSeconds = spec.EffectiveWantedRpo.TotalSeconds,
            ScheduleSeconds = spec.Schedule.Value.TotalSeconds,
            Retain = spec.Retain,
            Paused = spec.Paused,
            Deleting = mirror.Metadata.DeletionTimestamp is not null,
            TakenUp = mirror.Status is not null,
            Home = spec.InitialRole == MirrorRole.Primary ? cluster : spec.Peer,
            Here = here,
            There = there,
            From = primary,
            To = primary is null ? null : primary == cluster ? spec.Peer : cluster,
            Problems = status.Problems,
            Failing = [.. status.Retries.Where(r => r.Failures > 0)],
            Operation = MirrorOperationView.Of(status, peer, now),
            StageThere = status.Operation is null ? MirrorOperationView.StageOf(peer) : null,
            NextSyncAt = status is { Role: MirrorRole.Secondary, Sync: null, LastSyncStartedAt: { } last } && !here.Paused && !there.Paused && there.Reachable
                ? last + spec.Schedule.Value
                : null,
            Proof = ReplicaProofView.Of(mirror),
            Transfer = MirrorTransferView.Of(mirror, status, volume => rateOf(ObjectKey.Of(mirror), volume)),
            Volumes = status.Volumes,
            Snapshots = [.. status.Snapshots.Reverse().Select(s => new MirrorSnapshotView(s.Name, s.TakenAt, s.CommittedAt, s.FrozenMs, s.WireBytes, s.Name == common))],
            SnapshotsThere = [.. (peer?.Snapshots ?? []).Reverse()],
            SetAside = [.. status.Diverged.Reverse()],
            History = [.. status.History.Reverse()],
            Moves = MirrorMoves.Of(mirror, cluster),
        };
    }

    // A neighbour is called silent once it has not answered for a while; it was last heard that much earlier.
    private static DateTimeOffset? SilentSince(AppMirror mirror) =>
        mirror.Status is { Peer: { Reachable: false, HasMirror: true } } status
            && status.Conditions.FirstOrDefault(c => c is { Type: "PeerReachable", Status: ConditionStatus.False })?.LastTransitionTime is { } at
                ? at - MirrorLimits.PeerSilence
                : null;

    // The higher epoch is right where both sides say that they are primary: the other has not heard of it yet.
    private static string? Primary(MirrorSideView here, MirrorSideView there) => (here.Role, there.Role) switch
    {
        (MirrorRole.Primary, MirrorRole.Primary) => here.Epoch == there.Epoch ? null : here.Epoch > there.Epoch ? here.Cluster : there.Cluster,
        (MirrorRole.Primary, _) => here.Cluster,
        (_, MirrorRole.Primary) => there.Cluster,
        (MirrorRole.Secondary or MirrorRole.Fenced, _) => there.Cluster,
        _ => null,
    };
}

/// <summary>One side of a mirror.</summary>
/// <param name="Cluster">Name of the cluster.</param>
/// <param name="Role">What it is to the data.</param>
/// <param name="Epoch">The epoch it holds that role in; 0 while unassigned.</param>
/// <param name="Application">Whether the application runs there.</param>
/// <param name="ApplicationSince">Since when.</param>
/// <param name="Reachable">It answers; this cluster always does.</param>
/// <param name="Paused">Its user has paused the relationship.</param>
public sealed record MirrorSideView(
    string Cluster, MirrorRole Role, long Epoch, ApplicationRun Application, DateTimeOffset? ApplicationSince, bool Reachable, bool Paused)
{
    /// <summary>It has its half of the relationship, as far as is known.</summary>
    public bool HasMirror { get; init; } = true;

    /// <summary>When it was last heard of; null while it answers, and where it never did.</summary>
    public DateTimeOffset? SilentSince { get; init; }
}

/// <summary>A complete group snapshot.</summary>
/// <param name="Name">Its name.</param>
/// <param name="TakenAt">The point in time, by the primary's clock.</param>
/// <param name="CommittedAt">When it was complete here.</param>
/// <param name="FrozenMs">How long the file systems were frozen for it, milliseconds.</param>
/// <param name="WireBytes">Bytes received for it, compressed; 0 on the side that took it.</param>
/// <param name="IsCommon">The newest one that both sides hold.</param>
public sealed record MirrorSnapshotView(string Name, DateTimeOffset TakenAt, DateTimeOffset CommittedAt, long FrozenMs, long WireBytes, bool IsCommon);

/// <summary>A running operation.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Type">What it is.</param>
/// <param name="Stage">Where it stands.</param>
/// <param name="Promotion">Where bringing the application up stands.</param>
/// <param name="StartedAt">When it was accepted.</param>
/// <param name="StageStartedAt">When the stage was entered.</param>
/// <param name="Snapshot">The group snapshot it works with.</param>
/// <param name="Message">What happens now, in words.</param>
public sealed record MirrorOperationView(
    string Id, MirrorOperationType Type, MirrorOperationStage Stage, MirrorPromotionStage? Promotion, DateTimeOffset StartedAt, DateTimeOffset StageStartedAt,
    string? Snapshot, string? Message)
{
    /// <summary>Its steps: done, current and still to come.</summary>
    public required IReadOnlyList<OperationStepView> Steps { get; init; }

    /// <summary>Outputs of the hooks that have run.</summary>
    public IReadOnlyList<HookRecord> Hooks { get; init; } = [];

    internal static MirrorOperationView? Of(MirrorStatus status, PeerView? peer, DateTimeOffset now)
    {
        if (status.Operation is not { } o)
            return null;
        var elsewhere = o.Stage == MirrorOperationStage.Forwarded && peer?.OperationId == o.Request.Id ? StageOf(peer) : null;
        return new MirrorOperationView(o.Request.Id, o.Request.Type, o.Stage, status.Promotion?.Stage, o.StartedAt, o.StageStartedAt, o.Snapshot, o.Message)
        {
            Steps = elsewhere is { } stage ? OperationStepView.Elsewhere(o.Request.Type, stage) : OperationStepView.Running(o.Request.Type, Entered(o, status), now),
            Hooks = o.Hooks,
        };
    }

    // The neighbour tells its stage as a word; a newer version may know others.
    internal static MirrorOperationStage? StageOf(PeerView? peer) =>
        Enum.TryParse<MirrorOperationStage>(peer?.OperationStage, out var stage) && Enum.IsDefined(stage) ? stage : null;

    // An operation that was begun by an earlier version has no stages but the one it stands at.
    private static IReadOnlyList<MirrorStageEntry> Entered(MirrorOperation o, MirrorStatus status) =>
        o.Stages.Count > 0 ? o.Stages : [new MirrorStageEntry(o.Stage, status.Promotion?.Stage, o.StageStartedAt)];
}
