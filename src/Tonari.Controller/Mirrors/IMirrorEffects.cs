using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>Carries steps out in the world. Every step can be repeated at any time and cancelled at any point.</summary>
internal interface IMirrorEffects
{
    /// <summary>Runs one step to its end. Throws only when cancelled, or for what has no better word than its exception's message.</summary>
    public Task<StepResult> RunAsync(MirrorStep step, StepContext context, CancellationToken ct);
}

/// <summary>What a step may look at.</summary>
/// <param name="Reading">The object as it was when the step was decided.</param>
/// <param name="Policy">What is wanted.</param>
/// <param name="Progress">Where a transfer reports to; cheap and safe to call often from any thread.</param>
internal sealed record StepContext(MirrorReading Reading, MirrorPolicy Policy, IProgress<IReadOnlyList<MirrorTransfer>> Progress)
{
    /// <summary>Where a comparison reports to, as often as it likes.</summary>
    public IProgress<MirrorVerificationProgress>? Verification { get; init; }

    public AppMirror Mirror => Reading.Mirror;

    public MirrorStatus Status => Reading.Status;

    public PeerView? Peer => Reading.Peer;

    /// <summary>The claims here that stand for the volumes of the newest group, whether they exist or not.</summary>
    public IReadOnlyList<(string Namespace, string Claim)> Claims => [.. Status.Volumes.Select(ClaimOf)];

    /// <summary>The same with their volumes.</summary>
    public IReadOnlyList<ClaimedVolume> Claimed =>
        [.. Status.Volumes.Zip(Claims, (volume, claim) => new ClaimedVolume(claim.Namespace, claim.Claim, volume.Pool, volume.VolumeId))];

    /// <summary>The claim here that stands for a volume.</summary>
    public (string Namespace, string Claim) ClaimOf(MirrorVolume volume) => MirrorKeys.Split(MirrorKeys.Local(Mirror.Spec, volume.Key));
}
