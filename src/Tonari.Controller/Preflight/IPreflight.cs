using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Preflight;

/// <summary>Looks at this side before a relationship is established. Changes nothing.</summary>
internal interface IPreflight
{
    /// <summary>Gathers the facts and judges them.</summary>
    public Task<PreflightResult> RunAsync(PreflightQuestion question, CancellationToken ct);
}

/// <param name="Spec">The half of the relationship on this side; its initial role says what is looked at.</param>
/// <param name="Namespace">Namespace of that half.</param>
/// <param name="Volumes">What the primary said of its volumes; empty where this side is the primary.</param>
internal sealed record PreflightQuestion(AppMirrorSpec Spec, string Namespace, IReadOnlyList<WantedVolume> Volumes)
{
    /// <summary>Where the application is not defined yet, it is judged as if it were, as everything in the namespace.</summary>
    public bool Define { get; init; }
}

/// <param name="Checks">Every check of this side with what came of it.</param>
/// <param name="Volumes">The application's volumes, where this side is the primary.</param>
internal sealed record PreflightResult(IReadOnlyList<PreflightVerdict> Checks, IReadOnlyList<WantedVolume> Volumes)
{
    /// <summary>What stands in the way; empty when nothing does.</summary>
    public IReadOnlyList<MirrorProblem> Problems => [.. Checks.Select(c => c.Problem).OfType<MirrorProblem>()];

    /// <summary>Storage classes whose volumes can be received, where this side is the secondary.</summary>
    public IReadOnlyList<string> StorageClasses { get; init; } = [];

    /// <summary>Pools that can receive, where this side is the secondary: only those the neighbour may use.</summary>
    public IReadOnlyList<PoolFacts> Pools { get; init; } = [];
}

/// <summary>What came of one check.</summary>
/// <param name="Name">Name of the check.</param>
/// <param name="Judged">False: too little is known yet to say anything.</param>
/// <param name="Problem">What stands in the way; null where nothing does.</param>
internal sealed record PreflightVerdict(string Name, bool Judged, MirrorProblem? Problem);

/// <param name="Key"><c>namespace/claim</c> on the primary.</param>
/// <param name="SizeBytes">Size, bytes.</param>
/// <param name="StorageClass">Storage class on the primary.</param>
internal sealed record WantedVolume(string Key, long SizeBytes, string? StorageClass);
