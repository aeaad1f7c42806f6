namespace Tonari.Mirroring.Tests.Simulation;

/// <summary>
/// One cluster: a durable status with optimistic writes, a store, and a worker whose memory (running steps, view of the peer) a crash wipes out.
/// </summary>
internal sealed class SimulatedSide(string name, string peer, MirrorRole initialRole)
{
    public string Name { get; } = name;

    public MirrorPolicy Policy { get; set; } = new()
    {
        MirrorId = "simulation",
        Application = "shop",
        LocalCluster = name,
        PeerCluster = peer,
        InitialRole = initialRole,
        Schedule = TimeSpan.FromSeconds(20),
        WantedRpo = TimeSpan.FromSeconds(40),
        Retain = 2,
    };

    public MirrorStatus Status { get; set; } = new();

    public Store Store { get; } = new();

    public TimeSpan Skew { get; init; }

    public PeerView? View { get; set; }

    public DateTimeOffset ViewAt { get; set; }

    public Dictionary<string, MirrorStep> Running { get; } = [];

    /// <summary>When each running hold request was sent: a lease counts from there.</summary>
    public Dictionary<string, DateTimeOffset> AskedAt { get; } = [];

    public bool Exists { get; set; } = true;

    public bool Deleted => Status.CleanedUp;

    public void Crash()
    {
        Running.Clear();
        AskedAt.Clear();
        View = null;
    }

    /// <summary>What this side tells the other.</summary>
    public PeerView Say() => new()
    {
        Reachable = true,
        HasMirror = Exists && !Deleted,
        Deleted = !Exists || Deleted,
        Role = Status.Role,
        Epoch = Status.Epoch,
        Snapshots = [.. Status.Snapshots.Select(snapshot => snapshot.Name)],
        Application = Status.Application,
        ApplicationSince = Status.ApplicationSince,
        HoldOperation = Status.Hold?.OperationId,
        HandoverOperation = Status.HandoverOperation,
        Paused = Policy.Paused,
        OperationId = Status.Operation?.Request.Id,
        OperationStage = Status.Operation?.Stage.ToString(),
        Finished = Status.History.Count > 0
            ? new FinishedOperation(Status.History[^1].Id, Status.History[^1].Succeeded, Status.History[^1].Message)
            : null,
    };
}
