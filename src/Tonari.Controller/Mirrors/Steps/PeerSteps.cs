using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>The steps that are a question to the neighbour.</summary>
internal sealed class PeerSteps(IPeerClients clients, IPeerDirectory directory, RelationshipPreflight preflight, TimeProvider time) : IMirrorStepHandler
{
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) => step switch
    {
        PrepareRelationship => PrepareAsync(context, ct),
        RequestSnapshot request => RequestAsync(request, context, ct),
        HoldPeer hold => HoldAsync(hold, context, ct),
        ReleasePeerHold release => ReleaseAsync(release, context, ct),
        ForwardOperation forward => ForwardAsync(forward, context, ct),
        TellPeerOfDeletion => TellAsync(context, ct),
        _ => null,
    };

    private async Task<StepResult> PrepareAsync(StepContext context, CancellationToken ct)
    {
        var problems = (await preflight.RunAsync(context.Mirror, define: false, ct)).Problems;
        if (problems.Count > 0) return new StepResult.ProblemsFound(problems);
        try
        {
            await Client(context).EnsureMirrorAsync(MirrorDefinitions.ForPeer(context.Mirror), ct);
            return new StepResult.Done();
        }
        catch (PeerException e)
        {
            return new StepResult.ProblemsFound([new MirrorProblem(e is PeerUnreachableException ? "PeerUnreachable" : "PeerRefuses", e.Message)]);
        }
    }

    private async Task<StepResult> RequestAsync(RequestSnapshot step, StepContext context, CancellationToken ct)
    {
        try
        {
            var manifest = await Client(context).RequestSnapshotAsync(
                context.Policy.MirrorId, context.Status.Epoch, step.Name, step.RequireStopped, ct);
            return PeerText.Time(manifest.TakenAt) is { } takenAt
                ? new StepResult.SnapshotTaken(takenAt, (long)(PeerText.Span(manifest.FrozenFor) ?? TimeSpan.Zero).TotalMilliseconds)
                : new StepResult.Failed($"{context.Policy.PeerCluster} does not say when it took {step.Name}; install the same version of Tonari on both clusters.");
        }
        catch (PeerRefusedException e) when (e.Reason == PeerRefusal.Request)
        {
            // This name will never do; a fresh one may.
            return new StepResult.Refused(e.Message);
        }
        catch (PeerException e)
        {
            // A hook that failed, a promotion that is not finished, an application that still stops: all of that passes, and the name is free.
            return new StepResult.Failed(e.Message);
        }
    }

    private async Task<StepResult> HoldAsync(HoldPeer step, StepContext context, CancellationToken ct)
    {
        // The lease is counted from before the request was sent: this side's end of it comes first, whatever the answer's delay.
        var askedAt = time.GetUtcNow();
        try
        {
            var answer = await Client(context).HoldAsync(context.Policy.MirrorId, step.OperationId, step.Epoch, step.Duration, step.Purpose, ct);
            return new StepResult.HoldAnswered(answer.Granted, PeerText.OneLine(answer.Message), askedAt);
        }
        catch (PeerRefusedException e) when (e.Reason is PeerRefusal.State or PeerRefusal.NotAllowed or PeerRefusal.Stranger)
        {
            return new StepResult.HoldAnswered(false, e.Message, askedAt);
        }
        catch (PeerException e)
        {
            return new StepResult.Failed(e.Message);
        }
    }

    private async Task<StepResult> ReleaseAsync(ReleasePeerHold step, StepContext context, CancellationToken ct)
    {
        try
        {
            await Client(context).ReleaseHoldAsync(context.Policy.MirrorId, step.OperationId, ct);
            return new StepResult.Done();
        }
        catch (PeerNotFoundException)
        {
            return new StepResult.Done(); // Without a mirror there is no hold.
        }
        catch (PeerException e)
        {
            return new StepResult.Failed(e.Message);
        }
    }

    private async Task<StepResult> ForwardAsync(ForwardOperation step, StepContext context, CancellationToken ct)
    {
        try
        {
            await Client(context).SubmitOperationAsync(context.Policy.MirrorId, step.Request, ct);
            return new StepResult.Done();
        }
        catch (PeerException e) when (e is PeerNotFoundException || e is PeerRefusedException { Reason: not PeerRefusal.Failure })
        {
            return new StepResult.Refused(e.Message);
        }
        catch (PeerException e)
        {
            return new StepResult.Failed(e.Message);
        }
    }

    private async Task<StepResult> TellAsync(StepContext context, CancellationToken ct)
    {
        // The pairing is gone on this side: there is nobody left who could be told, and nobody whose word would be believed here.
        if (directory.Find(context.Policy.PeerCluster) is null) return new StepResult.Done();
        try
        {
            var keep = context.Mirror.Spec.ReplicaVolumesOnDelete == ReplicaVolumesOnDelete.Keep;
            await Client(context).MirrorDeletedAsync(context.Policy.MirrorId, keep, ct);
            return new StepResult.Done();
        }
        catch (PeerNotFoundException)
        {
            return new StepResult.Done();
        }
        catch (PeerException e)
        {
            return new StepResult.Failed(
                $"{e.Message} If {context.Policy.PeerCluster} is lost, delete this side by force (`tonari mirror delete --force`); the other cleans itself when it comes back.");
        }
    }

    private IPeerClient Client(StepContext context) => clients.For(context.Policy.PeerCluster);
}
