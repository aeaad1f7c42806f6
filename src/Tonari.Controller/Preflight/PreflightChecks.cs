using System.Globalization;
using Tonari.Controller.Peers;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Preflight;

/// <summary>
/// What may stand in the way of a relationship, one named question each: null where all is well, else one sentence with what to do.
/// Pure; the facts are gathered elsewhere.
/// </summary>
internal static class PreflightChecks
{
    /// <summary>Every check that is made of a side in this role, in the order in which troubles are best solved.</summary>
    public static IReadOnlyList<PreflightCheck> Of(MirrorRole role) => role == MirrorRole.Primary ? [.. Both, .. OnPrimary] : [.. Both, .. OnSecondary];

    /// <summary>All checks of a side with what came of them.</summary>
    public static IReadOnlyList<PreflightVerdict> Run(PreflightFacts facts) =>
        [.. Of(facts.Role).Select(check => check.Known(facts) ? new PreflightVerdict(check.Name, true, check.Judge(facts)) : new PreflightVerdict(check.Name, false, null))];

    /// <summary>The check of this name; null where there is none.</summary>
    public static PreflightCheck? Find(string name) => All.GetValueOrDefault(name);

    private static readonly IReadOnlyList<PreflightCheck> Both =
    [
        new(nameof(PeerKnown), PeerKnown, Always, Forbids: true),
        new(nameof(PeerTrusted), PeerTrusted, HasPeer),
        new(nameof(PeerAnswers), PeerAnswers, f => f.Peer is { Suspended: false }),
        new(nameof(VersionsFit), VersionsFit, f => f.Peer?.Version is not null),
        new(nameof(ClocksAgree), ClocksAgree, f => f.Peer?.ClockSkew is not null),
        new(nameof(NamespacesAllowed), NamespacesAllowed, HasPeer, Forbids: true),
        new(nameof(VolumesOnlyOnce), VolumesOnlyOnce, HasVolumes, Forbids: true),
    ];

    private static readonly IReadOnlyList<PreflightCheck> OnPrimary =
    [
        new(nameof(ApplicationThere), ApplicationThere, Always, Forbids: true),
        new(nameof(ApplicationHasVolumes), ApplicationHasVolumes, f => f.ApplicationExists),
        new(nameof(VolumesReplicable), VolumesReplicable, HasVolumes),
        new(nameof(VolumesOnManagedPool), VolumesOnManagedPool, HasVolumes),
        new(nameof(VolumesOnOnePool), VolumesOnOnePool, HasVolumes),
    ];

    private static readonly IReadOnlyList<PreflightCheck> OnSecondary =
    [
        new(nameof(PoolThere), PoolThere, Always),
        new(nameof(PoolHasRoom), PoolHasRoom, f => HasVolumes(f) && f.Pools.Any(IsGood)),
        new(nameof(StorageClassesExist), StorageClassesExist, HasVolumes, Forbids: true),
        new(nameof(StorageClassesAreOurs), StorageClassesAreOurs, HasVolumes, Forbids: true),
        new(nameof(NamespacesFree), NamespacesFree, Always, Forbids: true),
    ];

    private static readonly Dictionary<string, PreflightCheck> All =
        Both.Concat(OnPrimary).Concat(OnSecondary).ToDictionary(check => check.Name, StringComparer.Ordinal);

    private static bool Always(PreflightFacts f) => true;

    private static bool HasPeer(PreflightFacts f) => f.Peer is not null;

    private static bool HasVolumes(PreflightFacts f) => f.Volumes.Count > 0;

    public static MirrorProblem? PeerKnown(PreflightFacts f) => f.Peer is not null
        ? null
        : new("PeerUnknown", $"There is no ClusterPeer {f.PeerName} here. Pair the clusters first: `tonari peer invite` on one, `tonari peer join` on the other.");

    public static MirrorProblem? PeerTrusted(PreflightFacts f) => f.Peer is { Suspended: true }
        ? new("PeerSuspended", $"The ClusterPeer {f.PeerName} is suspended. Set its spec.suspended to false to work with it.")
        : null;

    public static MirrorProblem? PeerAnswers(PreflightFacts f) => f.Peer is { Suspended: false, Reachable: false, WhyNot: var why }
        ? new("PeerUnreachable", $"{f.PeerName} does not answer: {why ?? "no greeting has succeeded yet"}. Check the network between the clusters and spec.endpoint of the ClusterPeer.")
        : null;

    public static MirrorProblem? VersionsFit(PreflightFacts f) =>
        f.Peer?.Version is { } theirs && Release(theirs) != Release(f.LocalVersion)
            ? new("VersionsDiffer", $"{f.PeerName} runs Tonari {theirs} and this cluster {f.LocalVersion}. Install the same release on both.")
            : null;

    public static MirrorProblem? ClocksAgree(PreflightFacts f) =>
        f.Peer?.ClockSkew is { } skew && skew.Duration() >= PeerLimits.ClockSkewWarning
            ? new("ClocksDiffer", string.Create(
                CultureInfo.InvariantCulture,
                $"The clock of {f.PeerName} is {skew.Duration().TotalSeconds:0} s {(skew > TimeSpan.Zero ? "ahead of" : "behind")} this cluster's. Synchronise both with NTP, or lag is shown wrongly."))
            : null;

    public static MirrorProblem? VolumesOnlyOnce(PreflightFacts f)
    {
        // Of namespaces that the neighbour may not use nothing is told.
        var ours = f.Volumes.Select(v => v.LocalKey).Where(key => f.Peer is null || Allows(f.Peer, key.Split('/')[0])).ToHashSet(StringComparer.Ordinal);
        var clash = f.OtherMirrors.FirstOrDefault(m => m.MirrorId != f.MirrorId && m.LocalKeys.Any(ours.Contains));
        return clash is null
            ? null
            : new("VolumesMirroredTwice", $"The mirror {clash.Name} already covers {Some([.. clash.LocalKeys.Where(ours.Contains)])}. Delete it, or leave these claims out of one of the applications.");
    }

    public static MirrorProblem? ApplicationThere(PreflightFacts f) => f.ApplicationExists
        ? null
        : new("ApplicationMissing", $"There is no Application {f.Application} here. Create it, or correct spec.application of the mirror.");

    public static MirrorProblem? ApplicationHasVolumes(PreflightFacts f) => f.ApplicationExists && f.Volumes.Count == 0
        ? new("NoVolumes", $"The application {f.Application} has no persistent volume claims. Check its namespaces and label selectors.")
        : null;

    public static MirrorProblem? VolumesReplicable(PreflightFacts f)
    {
        List<VolumeFacts> bad = [.. f.Volumes.Where(v => v.WhyNot is not null)];
        return bad.Count == 0
            ? null
            : new("VolumeNotReplicable", $"{Some([.. bad.Select(v => v.Key)])} cannot be replicated. {bad[0].WhyNot} Or leave it out of the application.");
    }

    public static MirrorProblem? VolumesOnManagedPool(PreflightFacts f)
    {
        foreach (var name in UsedPools(f))
        {
            var pool = f.Pools.FirstOrDefault(p => p.Name == name);
            if (pool is null)
                return new("PoolMissing", $"The storage pool {name} that holds the application's volumes is not known here. Check that tonari-node runs on its node.");
            if (!pool.Managed)
                return new("PoolNotManaged", $"The storage pool {name} is not managed. Run: {ManageCommand(name)}");
            if (WhyUnusable(pool) is { } why)
                return new("PoolNotUsable", $"The storage pool {name} cannot be used: {why}");
        }
        return null;
    }

    public static MirrorProblem? VolumesOnOnePool(PreflightFacts f) => UsedPools(f) is { Count: > 1 } pools
        ? new("VolumesOnSeveralPools", $"The application's volumes lie on the pools {string.Join(", ", pools)}, and one point in time of all of them needs a single pool. Move them to one pool, or make an application of each.")
        : null;

    public static MirrorProblem? PoolThere(PreflightFacts f)
    {
        if (f.Pools.Any(IsGood))
            return null;
        if (f.Pools.FirstOrDefault(p => p is { Managed: false, Usable: true }) is { } discovered)
            return new("PoolNotManaged", $"No storage pool is managed here. {discovered.Name} was discovered and can be used; run: {ManageCommand(discovered.Name)}");
        return f.Pools.FirstOrDefault(p => p.Managed) is { } broken
            ? new("PoolNotUsable", $"The storage pool {broken.Name} cannot be used: {WhyUnusable(broken)}")
            : new("NoPool", "No node of this cluster has a storage pool. Mount a btrfs or reflink XFS file system below the pools directory of a node.");
    }

    public static MirrorProblem? PoolHasRoom(PreflightFacts f)
    {
        if (!f.Pools.Any(IsGood))
            return null;
        var needed = f.Volumes.Sum(v => v.SizeBytes);
        var best = f.Pools.Where(IsGood).MaxBy(p => p.FreeBytes)!;
        return best.FreeBytes >= needed
            ? null
            : new("PoolTooSmall", $"The application's volumes need {Size(needed)} and the pool with most room, {best.Name}, has {Size(best.FreeBytes)} free: {Size(needed - best.FreeBytes)} are missing. Enlarge the pool or remove what is not needed.");
    }

    public static MirrorProblem? StorageClassesExist(PreflightFacts f) => Classes(
        f,
        name => !f.StorageClasses.ContainsKey(name),
        names => new("StorageClassMissing", $"There is no storage class {names} here. Create it, or map it to an existing one with spec.storageClassMapping."));

    public static MirrorProblem? StorageClassesAreOurs(PreflightFacts f) => Classes(
        f,
        name => f.StorageClasses.TryGetValue(name, out var provisioner) && provisioner != WellKnown.Driver,
        names => new("StorageClassOfOtherDriver", $"The storage class {names} does not belong to the provisioner {WellKnown.Driver}. Map it to one that does with spec.storageClassMapping."));

    public static MirrorProblem? NamespacesAllowed(PreflightFacts f)
    {
        if (f.Peer is null)
            return null;
        List<string> refused = [.. f.Namespaces.Select(n => n.Name).Where(name => !Allows(f.Peer, name))];
        return refused.Count == 0
            ? null
            : new("NamespaceNotAllowed", $"The ClusterPeer {f.PeerName} may not use the namespace {Some(refused)} here. Add it to spec.allowedNamespaces, or map to another namespace with spec.namespaceMapping.");
    }

    public static MirrorProblem? NamespacesFree(PreflightFacts f)
    {
        foreach (var n in f.Namespaces)
        {
            if (n.Mirror is { } other && other != f.MirrorId)
                return new("NamespaceOfOtherMirror", $"The namespace {n.Name} belongs to the mirror with id {other}. Map to another namespace with spec.namespaceMapping.");
            if (n is { Exists: true, Foreign.Count: > 0 })
                return new("NamespaceNotEmpty", $"The namespace {n.Name} already holds {Some(n.Foreign)}. Remove it, or map to another namespace with spec.namespaceMapping.");
        }
        return null;
    }

    /// <summary>Whether the pool can receive volumes now.</summary>
    public static bool IsGood(PoolFacts pool) => pool.Managed && WhyUnusable(pool) is null;

    private static string? WhyUnusable(PoolFacts pool) => pool switch
    {
        { Usable: false } => pool.WhyNot ?? "its node agent does not say why; read the agent's log",
        { AgentReady: false } => "its node agent does not answer. Check the pod tonari-node on its node.",
        _ => null,
    };

    private static bool Allows(PeerFacts peer, string name) =>
        new ClusterPeerSpec { AllowedNamespaces = peer.AllowedNamespaces ?? ["*"] }.AllowsNamespace(name, peer.SystemNamespace);

    private static List<string> UsedPools(PreflightFacts f) =>
        [.. f.Volumes.Where(v => v is { WhyNot: null, Pool: not null }).Select(v => v.Pool!).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    private static MirrorProblem? Classes(PreflightFacts f, Func<string, bool> wrong, Func<string, MirrorProblem> problem)
    {
        List<string> names = [.. f.Volumes.Select(v => v.StorageClass).OfType<string>().Where(wrong).Distinct(StringComparer.Ordinal)];
        return names.Count == 0 ? null : problem(Some(names));
    }

    private static string ManageCommand(string pool) => $"`tonari pool manage {pool}`";

    /// <summary>The first three and how many more: a sentence stays readable.</summary>
    private static string Some(IReadOnlyList<string> names) => names.Count <= 3
        ? string.Join(", ", names)
        : string.Create(CultureInfo.InvariantCulture, $"{string.Join(", ", names.Take(3))} and {names.Count - 3} more");

    private static string Release(string version) => string.Join('.', version.Split('.', '-', '+').Take(2));

    private static string Size(long bytes) => bytes switch
    {
        >= 1L << 30 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 30):0.0} GiB"),
        >= 1L << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (double)(1L << 20):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
    };
}

/// <summary>One named check.</summary>
/// <param name="Name">Its name, the same on every cluster.</param>
/// <param name="Judge">Null where all is well, else what is wrong and what to do.</param>
/// <param name="Known">Whether enough is known to judge.</param>
/// <param name="Forbids">
/// What fails it is in what would be configured, and nothing that was configured is ever changed: such a relationship is better not begun. What
/// fails another check can be mended later, and the relationship then begins by itself.
/// </param>
internal sealed record PreflightCheck(string Name, Func<PreflightFacts, MirrorProblem?> Judge, Func<PreflightFacts, bool> Known, bool Forbids = false);
