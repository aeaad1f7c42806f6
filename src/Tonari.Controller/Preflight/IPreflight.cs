using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Preflight;

/// <summary>Looks at this side before a relationship is established.</summary>
internal interface IPreflight
{
    /// <summary>Gathers the facts and judges them.</summary>
    /// <param name="spec">The half of the relationship on this side; its initial role says what is looked at.</param>
    /// <param name="namespace">Namespace of that half.</param>
    /// <param name="volumes">What the primary said of its volumes; empty where this side is the primary.</param>
    /// <param name="ct">Cancels.</param>
    public Task<PreflightResult> RunAsync(AppMirrorSpec spec, string @namespace, IReadOnlyList<WantedVolume> volumes, CancellationToken ct);
}

/// <param name="Problems">What stands in the way; empty when nothing does.</param>
/// <param name="Volumes">The application's volumes, where this side is the primary.</param>
internal sealed record PreflightResult(IReadOnlyList<MirrorProblem> Problems, IReadOnlyList<WantedVolume> Volumes);

/// <param name="Key"><c>namespace/claim</c> on the primary.</param>
/// <param name="SizeBytes">Size, bytes.</param>
/// <param name="StorageClass">Storage class on the primary.</param>
internal sealed record WantedVolume(string Key, long SizeBytes, string? StorageClass);
