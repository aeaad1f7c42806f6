namespace Tonari.Web.Views;

/// <summary>Whose side something is about.</summary>
public enum PreflightSide
{
    /// <summary>This cluster.</summary>
    Here,

    /// <summary>The neighbour.</summary>
    There,
}

/// <summary>What came of a check.</summary>
public enum CheckOutcome
{
    /// <summary>All is well.</summary>
    Passed,

    /// <summary>Something stands in the way.</summary>
    Failed,

    /// <summary>It could not be asked, or too little is known yet.</summary>
    NotAsked,
}

/// <summary>What is looked at.</summary>
public enum PreflightCheckName
{
    /// <summary>A check that only another release of Tonari knows.</summary>
    Other,

    /// <summary>The neighbour is known.</summary>
    PeerKnown,

    /// <summary>It is not suspended.</summary>
    PeerTrusted,

    /// <summary>It answers.</summary>
    PeerAnswers,

    /// <summary>Both run the same release.</summary>
    VersionsFit,

    /// <summary>Both clocks show the same.</summary>
    ClocksAgree,

    /// <summary>The neighbour may use the namespaces.</summary>
    NamespacesAllowed,

    /// <summary>No other mirror has one of the volumes.</summary>
    VolumesOnlyOnce,

    /// <summary>The application is defined.</summary>
    ApplicationThere,

    /// <summary>It has volumes.</summary>
    ApplicationHasVolumes,

    /// <summary>All of them can be replicated.</summary>
    VolumesReplicable,

    /// <summary>Their pool is managed and usable.</summary>
    VolumesOnManagedPool,

    /// <summary>They are all in one pool.</summary>
    VolumesOnOnePool,

    /// <summary>There is a pool that can receive.</summary>
    PoolThere,

    /// <summary>It has room.</summary>
    PoolHasRoom,

    /// <summary>The storage classes exist.</summary>
    StorageClassesExist,

    /// <summary>They are Tonari's.</summary>
    StorageClassesAreOurs,

    /// <summary>Nothing else lives in the namespaces.</summary>
    NamespacesFree,
}

/// <summary>What both clusters say of a replication before it is configured.</summary>
public sealed record PreflightReport
{
    /// <summary>Every check of both sides, in the order in which troubles are best solved.</summary>
    public required IReadOnlyList<PreflightCheckView> Checks { get; init; }

    /// <summary>The application's volumes.</summary>
    public required IReadOnlyList<PreflightVolumeView> Volumes { get; init; }

    /// <summary>Storage classes of the neighbour whose volumes it can receive; null where it could not be asked or does not say.</summary>
    public IReadOnlyList<string>? StorageClasses { get; init; }

    /// <summary>Pools of the neighbour that can receive; null where it could not be asked or does not say.</summary>
    public IReadOnlyList<PreflightPoolView>? Pools { get; init; }

    /// <summary>Nothing that failed forbids to configure it.</summary>
    public bool CanSave => !Checks.Any(c => c is { Outcome: CheckOutcome.Failed, Forbids: true });

    /// <summary>Everything could be asked, and nothing stands in the way.</summary>
    public bool IsClean => Checks.All(c => c.Outcome == CheckOutcome.Passed);
}

/// <summary>A check and what came of it.</summary>
/// <param name="Side">Whose side was looked at.</param>
/// <param name="Cluster">Name of that cluster.</param>
/// <param name="Name">What was looked at.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="Forbids">
/// If it fails, what would be configured is wrong and could not be changed later. What fails another check can be mended after saving; the
/// replication then begins by itself.
/// </param>
/// <param name="Reason">What stands in the way, one CamelCase word.</param>
/// <param name="Message">The same as a sentence, with what to do.</param>
public sealed record PreflightCheckView(
    PreflightSide Side, string Cluster, PreflightCheckName Name, CheckOutcome Outcome, bool Forbids, string? Reason = null, string? Message = null);

/// <summary>A volume of the application.</summary>
/// <param name="Key"><c>namespace/claim</c>.</param>
/// <param name="SizeBytes">Size, bytes.</param>
/// <param name="StorageClass">Its storage class here; null: none.</param>
public sealed record PreflightVolumeView(string Key, long SizeBytes, string? StorageClass);

/// <summary>A pool of the neighbour.</summary>
/// <param name="Name">Its name.</param>
/// <param name="FreeBytes">Capacity that is not used, bytes.</param>
public sealed record PreflightPoolView(string Name, long FreeBytes);
