namespace Tonari.Web.Views;

/// <summary>Something that wants attention; the most urgent first.</summary>
public enum AttentionKind
{
    /// <summary>An application is not protected as wanted.</summary>
    AtRisk,

    /// <summary>A pool that volumes are kept in cannot be used any more.</summary>
    PoolUnusable,

    /// <summary>Files of a pool are damaged: what they describe cannot be used until they are restored.</summary>
    PoolDamaged,

    /// <summary>A pool has hardly any room left.</summary>
    PoolFull,

    /// <summary>A neighbour does not answer.</summary>
    NeighbourSilent,

    /// <summary>Something about an application's replication is not as it should be.</summary>
    Warning,

    /// <summary>A pool is filling up.</summary>
    PoolFilling,

    /// <summary>An application that is not replicated has volumes that cannot be.</summary>
    NotReplicable,
}

/// <summary>One thing that wants attention.</summary>
/// <param name="Kind">What.</param>
/// <param name="Namespace">Namespace of an application; empty for others.</param>
/// <param name="Name">Name of the application, neighbour or pool.</param>
/// <param name="Because">Why, in words; null where the kind says all.</param>
/// <param name="Mirror">The mirror it is about.</param>
public sealed record Attention(AttentionKind Kind, string Namespace, string Name, string? Because, MirrorView? Mirror = null)
{
    /// <summary>It wants attention now.</summary>
    public bool Urgent => Kind < AttentionKind.Warning;
}

/// <summary>What has to be done once before applications are protected; forgetting one of these is the usual mistake.</summary>
public enum FirstStepKind
{
    /// <summary>Let volumes be made in a pool.</summary>
    ManagePool,

    /// <summary>Pair this cluster with another.</summary>
    Pair,

    /// <summary>Say what an application is.</summary>
    Define,

    /// <summary>Replicate one.</summary>
    Replicate,
}

/// <summary>One of them.</summary>
/// <param name="Kind">Which.</param>
/// <param name="Done">It is done.</param>
public sealed record FirstStep(FirstStepKind Kind, bool Done);

/// <summary>The first page beyond its numbers: what wants attention, and what was forgotten. Lists that the reader may not see are null.</summary>
/// <param name="Applications">All he may see.</param>
/// <param name="Mirrors">Their mirrors.</param>
/// <param name="Neighbours">The neighbours.</param>
/// <param name="Pools">The pools.</param>
public sealed record HomeView(
    IReadOnlyList<ApplicationView> Applications, IReadOnlyList<MirrorView> Mirrors, IReadOnlyList<NeighbourView>? Neighbours, IReadOnlyList<PoolView>? Pools)
{
    /// <summary>Above this a pool is said to be filling up, fraction: btrfs wants some tenths free to stay fast.</summary>
    public const double Filling = 0.85;

    /// <summary>Above this it is said to be full: the next sync may find no room.</summary>
    public const double Full = 0.95;

    /// <summary>The application whose newest point in time next door is the oldest for what is wanted.</summary>
    public ApplicationView? Worst => Applications.Where(a => a is { LagSeconds: not null, WantedRpoSeconds: > 0 }).MaxBy(a => a.LagSeconds / a.WantedRpoSeconds);

    /// <summary>What wants attention, the most urgent first.</summary>
    public IReadOnlyList<Attention> Attention =>
        [.. Applications.SelectMany(OfApplication).Concat((Pools ?? []).SelectMany(OfPool)).Concat((Neighbours ?? []).SelectMany(OfNeighbour)).OrderBy(a => a.Kind)];

    /// <summary>The steps whose state the reader may know; empty once all are done.</summary>
    public IReadOnlyList<FirstStep> FirstSteps
    {
        get
        {
            List<FirstStep> steps = [];
            if (Pools is not null)
                steps.Add(new FirstStep(FirstStepKind.ManagePool, Pools.Any(p => p is { Managed: true, Usable: true })));
            if (Neighbours is not null)
                steps.Add(new FirstStep(FirstStepKind.Pair, Neighbours.Count > 0));
            steps.Add(new FirstStep(FirstStepKind.Define, Applications.Count > 0));
            steps.Add(new FirstStep(FirstStepKind.Replicate, Applications.Any(a => a.Mirror is not null)));
            return steps.All(s => s.Done) ? [] : steps;
        }
    }

    private IEnumerable<Attention> OfApplication(ApplicationView a) => a switch
    {
        { Protection: Protection.AtRisk } => [OfMirror(AttentionKind.AtRisk, a)],
        { Protection: Protection.Attention } => [OfMirror(AttentionKind.Warning, a)],
        { Mirror: null } when a.Volumes.FirstOrDefault(v => !v.Replicable) is { } volume =>
            [new Attention(AttentionKind.NotReplicable, a.Namespace, a.Name, $"{volume.Claim}: {volume.Reason}")],
        _ => [],
    };

    private Attention OfMirror(AttentionKind kind, ApplicationView a)
    {
        var mirror = Mirrors.FirstOrDefault(m => m.Namespace == a.Namespace && m.Name == a.Mirror);
        return new Attention(kind, a.Namespace, a.Name, mirror?.Reason, mirror);
    }

    private static IEnumerable<Attention> OfPool(PoolView p) => p switch
    {
        { Managed: false } => [],
        { Usable: false } => [new Attention(AttentionKind.PoolUnusable, "", p.Name, p.Reason)],
        { Damage: not null } => [new Attention(AttentionKind.PoolDamaged, "", p.Name, p.Reason)],
        { UsedFraction: > Full } => [new Attention(AttentionKind.PoolFull, "", p.Name, null)],
        { UsedFraction: > Filling } => [new Attention(AttentionKind.PoolFilling, "", p.Name, null)],
        _ => [],
    };

    private static IEnumerable<Attention> OfNeighbour(NeighbourView n) =>
        n.Reachable || n.Suspended ? [] : [new Attention(AttentionKind.NeighbourSilent, "", n.Name, n.Message)];
}
