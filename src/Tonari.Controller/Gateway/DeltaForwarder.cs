using System.Net;
using Grpc.Core;
using Tonari.Controller.Agents;
using Yarp.ReverseProxy.Forwarder;

namespace Tonari.Controller.Gateway;

/// <summary>
/// Hands a peer's request for a delta on to the agent that owns the volume: body by body, nothing is buffered, the slower side sets the
/// pace, and whichever side leaves first ends it for the other.
/// </summary>
internal sealed partial class DeltaForwarder(
    Admission admission, IHttpForwarder forwarder, IAgentDirectory agents, MirrorPolicies policies, TimeProvider time, ILogger<DeltaForwarder> logger)
{
    /// <summary>No byte for this long ends the transfer. Generous: an agent may read a large image for its digest before the next byte.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(5);

    /// <summary>HTTP/1.1: one TCP stream per delta, whose own flow control is the back-pressure.</summary>
    private static readonly ForwarderRequestConfig Config = new()
    {
        ActivityTimeout = Silence,
        Version = HttpVersion.Version11,
        VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        AllowResponseBuffering = false,
    };

    /// <summary>Answers <c>GET /v1/mirrors/{mirrorId}/volumes/{key}/delta</c>.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        try
        {
            var caller = admission.Admit(context.Connection.ClientCertificate, "a delta");
            var mirror = admission.MirrorOf(caller, Route(context, "mirrorId"), "a delta");
            var policy = policies.Of(mirror);
            var request = DeltaRequest.Of(mirror, policy, Route(context, "key"), context.Request.Query, time.GetUtcNow());
            var agent = agents.Find(request.Pool);
            var error = await forwarder.SendAsync(
                context, $"https://{agent.Endpoint}", agent.Http, Config, new ToAgent(new Uri($"https://{agent.Endpoint}{request.AgentPath}")), context.RequestAborted);
            if (error != ForwarderError.None && !context.RequestAborted.IsCancellationRequested)
                LogBroken(logger, request.Pool, policy.MirrorId, error, context.GetForwarderErrorFeature()?.Exception);
        }
        catch (GatewayRefusal refusal)
        {
            await AnswerAsync(context, refusal.HttpCode, refusal.Message);
        }
        catch (AgentUnavailableException e)
        {
            await AnswerAsync(context, StatusCodes.Status503ServiceUnavailable, e.Message);
        }
    }

    private static string Route(HttpContext context, string name) =>
        context.Request.RouteValues[name] as string ?? throw new GatewayRefusal(StatusCode.InvalidArgument, $"The path has no {name}.");

    private static Task AnswerAsync(HttpContext context, int code, string message)
    {
        context.Response.StatusCode = code;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message, context.RequestAborted);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A delta from the pool {Pool} for the mirror {Mirror} broke off: {Error}")]
    private static partial void LogBroken(ILogger logger, string pool, string mirror, ForwarderError error, Exception? exception);

    /// <summary>Nothing of the peer's headers goes further: the agent needs none of them.</summary>
    private sealed class ToAgent(Uri uri) : HttpTransformer
    {
        public override ValueTask TransformRequestAsync(
            HttpContext httpContext, HttpRequestMessage proxyRequest, string destinationPrefix, CancellationToken cancellationToken)
        {
            proxyRequest.RequestUri = uri;
            return ValueTask.CompletedTask;
        }
    }
}
