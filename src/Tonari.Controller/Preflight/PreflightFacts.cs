using Tonari.Kubernetes;
using Tonari.Mirroring;

namespace Tonari.Controller.Preflight;

/// <summary>Everything that preflight looks at on one side, gathered before anything is judged.</summary>
internal sealed record PreflightFacts
{
    /// <summary>The role this side is to take.</summary>
    public required MirrorRole Role { get; init; }

    /// <summary>Id of the relationship.</summary>
    public required string MirrorId { get; init; }

    /// <summary>Name of the application.</summary>
    public required string Application { get; init; }

    /// <summary>Version of this controller.</summary>
    public required string LocalVersion { get; init; }

    /// <summary>Name of the ClusterPeer.</summary>
    public required string PeerName { get; init; }

    /// <summary>What is known of it; null: there is no such ClusterPeer.</summary>
    public PeerFacts? Peer { get; init; }

    /// <summary>Primary: whether the Application object exists.</summary>
    public bool ApplicationExists { get; init; }

    /// <summary>Primary: the application's volumes. Secondary: what the primary said of them.</summary>
    public IReadOnlyList<VolumeFacts> Volumes { get; init; } = [];

    /// <summary>All pools of this cluster.</summary>
    public IReadOnlyList<PoolFacts> Pools { get; init; } = [];

    /// <summary>Secondary: storage classes of this cluster by name, with their provisioners.</summary>
    public IReadOnlyDictionary<string, string> StorageClasses { get; init; } = new Dictionary<string, string>();

    /// <summary>The namespaces of this cluster that the application is in or will be put into.</summary>
    public IReadOnlyList<NamespaceFacts> Namespaces { get; init; } = [];

    /// <summary>The other relationships of this cluster.</summary>
    public IReadOnlyList<OtherMirrorFacts> OtherMirrors { get; init; } = [];
}

/// <param name="Suspended">Its ClusterPeer is suspended.</param>
/// <param name="Reachable">Whether it answers.</param>
/// <param name="WhyNot">Why it does not.</param>
/// <param name="Version">Its version, once it has answered.</param>
/// <param name="ClockSkew">Its clock minus ours.</param>
/// <param name="AllowedNamespaces">Namespaces it may use here; null: all, as in a ClusterPeer: "*".</param>
/// <param name="SystemNamespace">Where Tonari is installed.</param>
internal sealed record PeerFacts(
    bool Suspended, bool Reachable, string? WhyNot, string? Version, TimeSpan? ClockSkew, IReadOnlyList<string>? AllowedNamespaces,
    string SystemNamespace = WellKnown.SystemNamespace);

/// <param name="Key"><c>namespace/claim</c> on the primary.</param>
/// <param name="LocalKey">The same claim as it is or will be named here.</param>
/// <param name="SizeBytes">Size, bytes.</param>
/// <param name="StorageClass">Storage class here: the primary's own, or the mapped one.</param>
/// <param name="Pool">Primary: the pool it lies in.</param>
/// <param name="WhyNot">Primary: why it cannot be replicated; null when it can.</param>
internal sealed record VolumeFacts(
    string Key, string LocalKey, long SizeBytes, string? StorageClass, string? Pool = null, string? WhyNot = null);

/// <param name="Name">Name of the StoragePool.</param>
/// <param name="Managed">Someone has managed it.</param>
/// <param name="Usable">Its agent can work with it.</param>
/// <param name="WhyNot">Why not.</param>
/// <param name="AgentReady">Its agent has reported lately.</param>
/// <param name="FreeBytes">Capacity that is not used, bytes.</param>
internal sealed record PoolFacts(string Name, bool Managed, bool Usable, string? WhyNot, bool AgentReady, long FreeBytes);

/// <param name="Name">Name of the namespace.</param>
/// <param name="Exists">Whether it is there.</param>
/// <param name="Mirror">The relationship it is labelled with.</param>
/// <param name="Foreign">Claims and workloads in it that belong to no relationship, <c>kind/name</c>.</param>
internal sealed record NamespaceFacts(string Name, bool Exists, string? Mirror, IReadOnlyList<string> Foreign);

/// <param name="Name">Namespace and name of its AppMirror.</param>
/// <param name="MirrorId">Its id.</param>
/// <param name="LocalKeys">Its claims as named on this cluster.</param>
internal sealed record OtherMirrorFacts(string Name, string MirrorId, IReadOnlyList<string> LocalKeys);
