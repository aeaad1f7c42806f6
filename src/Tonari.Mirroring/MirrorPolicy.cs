namespace Tonari.Mirroring;

/// <summary>What the user wants of the relationship: the part of <c>AppMirror.spec</c> that decisions depend on.</summary>
public sealed record MirrorPolicy
{
    /// <summary>10 characters <c>[a-z0-9]</c>, the same on both sides.</summary>
    public required string MirrorId { get; init; }

    /// <summary>Name of the application, as it must be typed to confirm.</summary>
    public required string Application { get; init; }

    /// <summary>Name of this cluster.</summary>
    public required string LocalCluster { get; init; }

    /// <summary>Name of the neighbour.</summary>
    public required string PeerCluster { get; init; }

    /// <summary>The role this side takes when the relationship is established.</summary>
    public MirrorRole InitialRole { get; init; } = MirrorRole.Primary;

    /// <summary>Time from the start of one scheduled sync to the start of the next.</summary>
    public TimeSpan Schedule { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>How old the newest complete group snapshot may become.</summary>
    public TimeSpan WantedRpo { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Time from the end of one verification of the replica to the start of the next; null: only when asked for.</summary>
    public TimeSpan? VerifySchedule { get; init; }

    /// <summary>Complete group snapshots kept on each side, at least 1.</summary>
    public int Retain { get; init; } = 3;

    /// <summary>No sync starts, a running one stops.</summary>
    public bool Paused { get; init; }

    /// <summary>What this side does with its application when it is fenced.</summary>
    public FencedAction OnFenced { get; init; } = FencedAction.Stop;

    /// <summary>The user's latest request.</summary>
    public MirrorOperationRequest? Operation { get; init; }

    /// <summary>The object is being deleted.</summary>
    public bool Deleting { get; init; }

    /// <summary>Delete this side without waiting for the peer.</summary>
    public bool ForceDelete { get; init; }
}
