using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>Something a user can ask of a mirror.</summary>
public enum MirrorMoveKind
{
    /// <summary>One sync outside the schedule.</summary>
    Sync,

    /// <summary>Stop the running transfer.</summary>
    CancelTransfer,

    /// <summary>Start the application here without asking the primary.</summary>
    FailOver,

    /// <summary>Choose whose data is kept.</summary>
    Resync,

    /// <summary>Swap the sides as planned.</summary>
    Reverse,

    /// <summary>Bring the application home.</summary>
    FailBack,

    /// <summary>Prove that the replica is what the primary has.</summary>
    Verify,

    /// <summary>Start no more syncs.</summary>
    Pause,

    /// <summary>Let it go on.</summary>
    Resume,

    /// <summary>End the relationship.</summary>
    Delete,
}

/// <summary>Why something cannot be asked now.</summary>
public enum MoveHindrance
{
    /// <summary>It is being deleted.</summary>
    Deleting,

    /// <summary>It is not established yet.</summary>
    NotEstablished,

    /// <summary>Another operation is running.</summary>
    Busy,

    /// <summary>The request before has not been taken up yet.</summary>
    NotTakenUp,

    /// <summary>It is paused.</summary>
    Paused,

    /// <summary>It is not paused.</summary>
    NotPaused,

    /// <summary>The other side took over, or this one did: choose first what is kept.</summary>
    FailedOver,

    /// <summary>No side has taken over.</summary>
    NotFailedOver,

    /// <summary>Only the secondary can do it; this cluster is not.</summary>
    NotSecondary,

    /// <summary>No group snapshot is complete here yet.</summary>
    NoSnapshot,

    /// <summary>The neighbour does not answer.</summary>
    PeerUnreachable,

    /// <summary>No transfer is running.</summary>
    NoTransfer,

    /// <summary>The application is at home already.</summary>
    AtHome,
}

/// <summary>Something that can be asked, or why not.</summary>
/// <param name="Kind">What.</param>
/// <param name="Hindrance">Why not; null: it can.</param>
public sealed record MirrorMove(MirrorMoveKind Kind, MoveHindrance? Hindrance)
{
    /// <summary>Whether the caller may.</summary>
    public Allowed Allowed { get; init; } = Allowed.Yes;

    /// <summary>It can be asked now, and by him.</summary>
    public bool Can => Hindrance is null && Allowed.May;
}

/// <summary>
/// What can be asked of a mirror. For people who look at buttons: the rules themselves decide again when the request is taken up, and an
/// emergency (fail over) is never kept from anybody who could have it.
/// </summary>
internal static class MirrorMoves
{
    public static IReadOnlyList<MirrorMove> Of(AppMirror mirror, string cluster)
    {
        var facts = new Facts(mirror, cluster);
        return [.. Enum.GetValues<MirrorMoveKind>().Select(kind => new MirrorMove(kind, facts.HindranceOf(kind)))];
    }

    private sealed class Facts(AppMirror mirror, string cluster)
    {
        private readonly MirrorStatus _status = mirror.Status?.Mirror ?? new MirrorStatus();
        private readonly PeerView? _peer = mirror.Status?.Peer;

        private bool Established => _status.Role != MirrorRole.Unassigned;

        private bool FailedOver => mirror.Status?.State == MirrorState.FailedOver || _status.Role == MirrorRole.Fenced;

        private bool Reachable => _peer is { Reachable: true };

        // Where the application started, the side that was configured as primary is home.
        private string Home => mirror.Spec.InitialRole == MirrorRole.Primary ? cluster : mirror.Spec.Peer;

        private bool AtHome => !FailedOver && (_status.Role == MirrorRole.Primary ? cluster : mirror.Spec.Peer) == Home;

        // The primary knows of a transfer what the secondary last told; a fenced side knows that nobody pulls.
        private bool Transferring => _status.Sync is not null || (_status.Role == MirrorRole.Primary && _peer?.Pull is not null);

        // As the rules have it: what only catches up gives way to a cancel.
        private bool CatchesUp => _status is { Role: MirrorRole.Secondary, Operation.Stage: MirrorOperationStage.CatchingUp };

        public MoveHindrance? HindranceOf(MirrorMoveKind kind)
        {
            if (mirror.Metadata.DeletionTimestamp is not null)
                return MoveHindrance.Deleting;
            return kind switch
            {
                MirrorMoveKind.Delete => null,
                MirrorMoveKind.Pause => mirror.Spec.Paused ? MoveHindrance.Paused : null,
                MirrorMoveKind.Resume => mirror.Spec.Paused ? null : MoveHindrance.NotPaused,
                _ when !Established => MoveHindrance.NotEstablished,
                MirrorMoveKind.FailOver => FailOver(),
                MirrorMoveKind.CancelTransfer => !Transferring && _status.Verification is null ? MoveHindrance.NoTransfer : CatchesUp ? NotTakenUp() : Busy(kind),
                _ => Busy(kind) ?? Planned(kind),
            };
        }

        private MoveHindrance? FailOver() =>
            _status.Role != MirrorRole.Secondary ? MoveHindrance.NotSecondary : _status.Snapshots.Count == 0 ? MoveHindrance.NoSnapshot : null;

        private MoveHindrance? NotTakenUp() =>
            mirror.Spec.Operation is { } asked && asked.Id != _status.LastOperationId ? MoveHindrance.NotTakenUp : null;

        // A verification gives way to everything but another one.
        private MoveHindrance? Busy(MirrorMoveKind kind) => NotTakenUp() ?? (_status.Operation switch
        {
            null => null,
            { Request.Type: MirrorOperationType.Verify } when kind != MirrorMoveKind.Verify => null,
            _ => MoveHindrance.Busy,
        });

        private MoveHindrance? Planned(MirrorMoveKind kind)
        {
            if (mirror.Spec.Paused || _peer is { HasMirror: true, Paused: true })
                return MoveHindrance.Paused;
            if (!Reachable)
                return MoveHindrance.PeerUnreachable;
            return kind switch
            {
                MirrorMoveKind.Resync => FailedOver ? null : MoveHindrance.NotFailedOver,
                MirrorMoveKind.Verify when !FailedOver && !_status.Snapshots.Any(s => _peer!.Snapshots.Contains(s.Name)) => MoveHindrance.NoSnapshot,
                MirrorMoveKind.FailBack => AtHome ? MoveHindrance.AtHome : null,
                _ => FailedOver ? MoveHindrance.FailedOver : null,
            };
        }
    }
}
