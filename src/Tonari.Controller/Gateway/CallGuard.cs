using Grpc.Core;
using Grpc.Core.Interceptors;
using Tonari.Controller.Agents;
using Tonari.Controller.Hosting;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Gateway;

/// <summary>
/// Stands before every gRPC call: only neighbours come in (except to pair), only a leading controller answers, and what goes wrong leaves as a
/// status with a sentence instead of an exception's insides.
/// </summary>
internal sealed partial class CallGuard(Admission admission, Leadership leadership, PeerSelf self, ILogger<CallGuard> logger) : Interceptor
{
    private const string CallerKey = "tonari-caller";

    /// <summary>The neighbour whose call this is.</summary>
    public static ClusterPeer CallerOf(ServerCallContext context) => (ClusterPeer)context.UserState[CallerKey];

    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, () => continuation(request, context));

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context, ServerStreamingServerMethod<TRequest, TResponse> continuation) =>
        GuardAsync(context, async () =>
        {
            await continuation(request, responseStream, context);
            return true;
        });

    private async Task<T> GuardAsync<T>(ServerCallContext context, Func<Task<T>> call)
    {
        try
        {
            if (!context.Method.StartsWith("/tonari.peer.v1.Pairing/", StringComparison.Ordinal))
                context.UserState[CallerKey] = admission.Admit(context.GetHttpContext().Connection.ClientCertificate, context.Method);
            if (!leadership.IsLeader)
                throw new GatewayRefusal(StatusCode.Unavailable, $"The controller of {self.ClusterName} is starting. Try again in a few seconds.");
            return await call();
        }
        catch (GatewayRefusal refusal)
        {
            throw new RpcException(new Status(refusal.Code, refusal.Message));
        }
        catch (AgentUnavailableException e)
        {
            throw new RpcException(new Status(StatusCode.Unavailable, e.Message));
        }
        catch (KubernetesApiException e)
        {
            LogFailed(logger, context.Method, e);
            throw new RpcException(new Status(StatusCode.Unavailable, $"{self.ClusterName} has trouble with its API server: {e.Message}"));
        }
        catch (OperationCanceledException) when (context.CancellationToken.IsCancellationRequested)
        {
            throw new RpcException(new Status(StatusCode.Cancelled, "The caller has left."));
        }
        catch (Exception e) when (e is not RpcException)
        {
            LogFailed(logger, context.Method, e);
            throw new RpcException(new Status(StatusCode.Internal, $"{self.ClusterName} failed inside; see the log of its tonari-controller."));
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "The call {Method} failed")]
    private static partial void LogFailed(ILogger logger, string method, Exception exception);
}
