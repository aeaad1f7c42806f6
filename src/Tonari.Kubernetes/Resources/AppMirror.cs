using System.ComponentModel.DataAnnotations;
using System.Text.Json.Serialization;
using k8s.Models;
using Tonari.Kubernetes.Json;
using Tonari.Mirroring;

namespace Tonari.Kubernetes.Resources;

/// <summary>One side of a replication relationship. The neighbour has an object with the same mirror id.</summary>
[KubernetesEntity(Group = WellKnown.Group, ApiVersion = WellKnown.Version, Kind = "AppMirror", PluralName = "appmirrors")]
[CustomResourceInfo("tmirror", "am")]
[PrinterColumn("Application", "string", ".spec.application")]
[PrinterColumn("Peer", "string", ".spec.peer")]
[PrinterColumn("Role", "string", ".status.role")]
[PrinterColumn("State", "string", ".status.state")]
[PrinterColumn("Health", "string", ".status.health")]
[PrinterColumn("Lag", "date", ".status.protectedTime")]
[PrinterColumn("Epoch", "integer", ".status.epoch")]
[PrinterColumn("Proven", "date", ".status.proven.provenAt", Priority = 1)]
[PrinterColumn("Message", "string", ".status.message", Priority = 1)]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class AppMirror() : CustomResource<AppMirrorSpec, AppMirrorStatus>("AppMirror");

/// <summary>What becomes of the replica volumes when the relationship is deleted.</summary>
public enum ReplicaVolumesOnDelete
{
    /// <summary>They are removed with their snapshots.</summary>
    Delete,

    /// <summary>They are made live from the newest complete group snapshot and kept as claims.</summary>
    Keep,
}

/// <summary>What the user wants of the relationship.</summary>
public sealed record AppMirrorSpec
{
    /// <summary>Name of the Application, in the same namespace.</summary>
    [Required, RegularExpression(NameForms.Subdomain), MaxLength(253)]
    public string Application { get; init; } = "";

    /// <summary>Name of the ClusterPeer.</summary>
    [Required, RegularExpression(NameForms.Subdomain), MaxLength(253)]
    public string Peer { get; init; } = "";

    /// <summary>The id both sides share; chosen when the relationship is configured, never changed.</summary>
    [RegularExpression("^[a-z0-9]{10}$"), MaxLength(10)]
    public string? MirrorId { get; init; }

    /// <summary>The role this side takes when the relationship is established.</summary>
    [AllowedValues(nameof(MirrorRole.Primary), nameof(MirrorRole.Secondary))]
    public MirrorRole InitialRole { get; init; } = MirrorRole.Primary;

    /// <summary>Namespaces of the primary's cluster that have another name on the secondary's.</summary>
    [MaxLength(100), Each(NameForms.LongestLabel, Pattern = NameForms.Label)]
    public IReadOnlyDictionary<string, string> NamespaceMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>Storage classes of the primary's cluster that have another name on the secondary's.</summary>
    [MaxLength(100), Each(NameForms.LongestSubdomain, Pattern = NameForms.Subdomain)]
    public IReadOnlyDictionary<string, string> StorageClassMapping { get; init; } = new Dictionary<string, string>();

    /// <summary>Time from the start of one scheduled sync to the start of the next, at least 10s.</summary>
    public GoDuration Schedule { get; init; } = GoDuration.FromMinutes(5);

    /// <summary>How old the newest complete group snapshot may become; twice the schedule when left out.</summary>
    public GoDuration? WantedRpo { get; init; }

    /// <summary>Proving that the replica is what the primary has.</summary>
    public MirrorVerifySpec Verify { get; init; } = new();

    /// <summary>Complete group snapshots kept on each side.</summary>
    [Range(1, 100)]
    public int Retain { get; init; } = 3;

    /// <summary>No sync starts, a running one stops.</summary>
    public bool Paused { get; init; }

    /// <summary>What this side does with its running application when the other side has taken over.</summary>
    public FencedAction OnFenced { get; init; } = FencedAction.Stop;

    /// <summary>Limit of all transfers of this mirror together, bytes per second; no limit when left out.</summary>
    [Range(1, long.MaxValue)]
    public long? RateLimitBytesPerSecond { get; init; }

    /// <summary>What becomes of the replica volumes when the relationship is deleted.</summary>
    public ReplicaVolumesOnDelete ReplicaVolumesOnDelete { get; init; } = ReplicaVolumesOnDelete.Delete;

    /// <summary>The latest request; a new id is a new request.</summary>
    public MirrorOperationRequest? Operation { get; init; }

    /// <summary>The wanted RPO, given or derived.</summary>
    [JsonIgnore]
    public TimeSpan EffectiveWantedRpo => WantedRpo?.Value ?? 2 * Schedule.Value;
}

/// <summary>When the secondary proves that its replica is what the primary has: both read the same group snapshot from their disks, only digests travel, and what
/// differs on the secondary is fetched again.</summary>
public sealed record MirrorVerifySpec
{
    /// <summary>Time from the end of one verification to the start of the next, at least 1m; 0s: only when asked for. Both sides read everything each time,
    /// at 64 MiB/s per node.</summary>
    public GoDuration Schedule { get; init; } = new(TimeSpan.FromDays(7));
}

/// <summary>
/// What this side knows: the planner's record, written flat into the status, and what is derived from it for people.
/// </summary>
public sealed record AppMirrorStatus
{
    /// <summary>The planner's record.</summary>
    [JsonInline, JsonIgnore]
    public MirrorStatus Mirror { get; init; } = new();

    /// <summary>State in one word.</summary>
    public MirrorState? State { get; init; }

    /// <summary>How well it is.</summary>
    public MirrorHealth? Health { get; init; }

    /// <summary>Why it is as well as it is, in one word.</summary>
    public HealthCause? Cause { get; init; }

    /// <summary>State and health in words: what is wrong and what to do.</summary>
    public string? Message { get; init; }

    /// <summary>Point in time of the newest group snapshot that the other side could start from.</summary>
    public DateTimeOffset? ProtectedTime { get; init; }

    /// <summary>Age of that point in time when the status was last written.</summary>
    public GoDuration? Lag { get; init; }

    /// <summary>What was last heard of the other side; for people, the planner is told by the exchange itself.</summary>
    public PeerView? Peer { get; init; }

    /// <summary>The volumes of the running sync; empty while none is pulled here.</summary>
    public IReadOnlyList<MirrorTransfer> Transfers { get; init; } = [];

    /// <summary>How far the running comparison with the primary is; left out while none runs here.</summary>
    public MirrorVerificationProgress? VerificationProgress { get; init; }

    /// <summary>The generation of the object that was last acted on.</summary>
    public long? ObservedGeneration { get; init; }

    /// <summary>State in the form of the API conventions.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}

/// <summary>One volume's part of a running sync.</summary>
/// <param name="Key"><c>namespace/claim</c> as named on the original primary.</param>
/// <param name="BytesDone">Changed bytes that are applied here.</param>
/// <param name="BytesToDo">Changed bytes there are; 0 while not known.</param>
/// <param name="WireBytes">Bytes received, compressed.</param>
public sealed record MirrorTransfer(string Key, long BytesDone, long BytesToDo, long WireBytes);

/// <summary>How far a comparison is, all volumes together.</summary>
/// <param name="BytesRead">Bytes read here.</param>
/// <param name="BytesToRead">Bytes of the images; holes in them are passed over, so it may end early.</param>
public sealed record MirrorVerificationProgress(long BytesRead, long BytesToRead);
