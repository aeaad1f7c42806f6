namespace Tonari.Mirroring;

/// <summary>What this side knows of the other, from its last answer. Never inferred from an error.</summary>
public sealed record PeerView
{
    /// <summary>The other side answered within the last <see cref="MirrorLimits.PeerSilence"/>.</summary>
    public bool Reachable { get; init; }

    /// <summary>The other side has said that it has deleted this relationship.</summary>
    public bool Deleted { get; init; }

    /// <summary>The other side has its half of the relationship.</summary>
    public bool HasMirror { get; init; }

    /// <summary>Its role.</summary>
    public MirrorRole Role { get; init; }

    /// <summary>Its epoch.</summary>
    public long Epoch { get; init; }

    /// <summary>Names of the complete group snapshots it holds, oldest first.</summary>
    public IReadOnlyList<string> Snapshots { get; init; } = [];

    /// <summary>Whether the application runs there.</summary>
    public ApplicationRun Application { get; init; }

    /// <summary>Since when, by its clock.</summary>
    public DateTimeOffset? ApplicationSince { get; init; }

    /// <summary>The operation of ours for which it holds its application stopped.</summary>
    public string? HoldOperation { get; init; }

    /// <summary>The planned operation by which it was last promoted.</summary>
    public string? HandoverOperation { get; init; }

    /// <summary>Its user has paused the relationship.</summary>
    public bool Paused { get; init; }

    /// <summary>Its running operation.</summary>
    public string? OperationId { get; init; }

    /// <summary>Stage of its running operation, in its own words.</summary>
    public string? OperationStage { get; init; }

    /// <summary>What it receives at this moment, once something of it has arrived there.</summary>
    public PeerPull? Pull { get; init; }

    /// <summary>The comparison that it, being the secondary, carries out: its snapshot stays here meanwhile.</summary>
    public PeerVerification? Verification { get; init; }

    /// <summary>When it, being the secondary, was last proven equal to this side.</summary>
    public MirrorProof? Proven { get; init; }

    /// <summary>Differences that it, being the secondary, has found and that are not healed.</summary>
    public PeerDamage? Damage { get; init; }

    /// <summary>Its last finished operation.</summary>
    public FinishedOperation? Finished { get; init; }
}

/// <summary>How an operation on the other side ended.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Succeeded">Whether it reached its aim.</param>
/// <param name="Message">What came of it.</param>
/// <param name="DowntimeMs">How long the application answered nowhere, milliseconds, where it is known there.</param>
public sealed record FinishedOperation(string Id, bool Succeeded, string Message, long? DowntimeMs = null);

/// <summary>A comparison that the other side carries out.</summary>
/// <param name="Snapshot">The group snapshot.</param>
/// <param name="BytesRead">Bytes read there so far.</param>
/// <param name="BytesToRead">Bytes there are; 0 while not known.</param>
public sealed record PeerVerification(string Snapshot, long BytesRead, long BytesToRead);

/// <summary>Differences between the two sides, as the secondary tells of them.</summary>
/// <param name="SourceIsWrong">This side's copy is not what it was, or nobody knows which one is.</param>
/// <param name="Message">What is wrong and what to do.</param>
public sealed record PeerDamage(bool SourceIsWrong, string Message);
