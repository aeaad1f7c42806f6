using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>Carries out one kind of step.</summary>
internal interface IMirrorStepHandler
{
    /// <summary>The result; null for a step of another kind.</summary>
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct);
}
