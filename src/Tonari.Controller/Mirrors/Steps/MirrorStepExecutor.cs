using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>Finds the handler of a step and turns what agents and neighbours refuse into results.</summary>
internal sealed class MirrorStepExecutor(IEnumerable<IMirrorStepHandler> handlers) : IMirrorEffects
{
    private readonly IMirrorStepHandler[] _handlers = [.. handlers];

    public async Task<StepResult> RunAsync(MirrorStep step, StepContext context, CancellationToken ct)
    {
        foreach (var handler in _handlers)
        {
            if (handler.TryRun(step, context, ct) is not { } run) continue;
            try
            {
                return await run;
            }
            catch (Exception e) when (e is StepFailedException or AgentUnavailableException or PeerException or KubernetesApiException or CapturedResourcesException)
            {
                // Their messages are sentences for people already.
                return new StepResult.Failed(e.Message);
            }
            catch (RpcException e)
            {
                ct.ThrowIfCancellationRequested();
                return new StepResult.Failed(AgentErrors.Sentence(e));
            }
        }

        throw new InvalidOperationException($"Nobody knows how to do \"{step.Key}\" ({step.GetType().Name}).");
    }
}

/// <summary>What a node agent's refusal means.</summary>
internal static class AgentErrors
{
    /// <summary>The agent's own sentence; where it has none, what happened to the call.</summary>
    public static string Sentence(RpcException error) => error.StatusCode switch
    {
        StatusCode.Unavailable when error.Status.DebugException is not null =>
            $"The node agent cannot be reached: {error.Status.DebugException.Message}",
        StatusCode.DeadlineExceeded => "The node agent did not answer in time.",
        StatusCode.Cancelled => "The node agent ended the call.",
        _ when error.Status.Detail.Length > 0 => error.Status.Detail,
        _ => $"The node agent failed with {error.StatusCode} and did not say why; read its log.",
    };
}
