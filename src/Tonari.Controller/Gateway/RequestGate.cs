using System.Collections.Concurrent;
using Microsoft.AspNetCore.Http.Features;
using Tonari.Controller.Peers;

namespace Tonari.Controller.Gateway;

/// <summary>
/// Stands before everything at the gateway, before a byte of a request's body is read: bounds its length by who asks and for what, and how much
/// one neighbour may have going on at a time. A message is in memory as a whole before anybody can judge what is in it.
/// </summary>
internal sealed class RequestGate(Admission admission)
{
    private const string Calls = "/tonari.peer.v1.Peer/";
    private readonly ConcurrentDictionary<(string Fingerprint, RequestClass Class), int> _running = new();

    /// <summary>As ASP.NET Core's middleware.</summary>
    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        var peer = admission.Recognise(context.Connection.ClientCertificate);
        var what = Of(context.Request.Path);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = peer is not null && what == RequestClass.Large ? PeerLimits.LargestMessage + Framing : PeerLimits.LargestSmallMessage;
        if (peer is null)
        {
            await next(context);
            return;
        }

        var key = (peer.Spec.Fingerprint, what);
        try
        {
            if (_running.AddOrUpdate(key, 1, (_, running) => running + 1) > Most(what))
                await RefuseAsync(context);
            else
                await next(context);
        }
        finally
        {
            // Entries stay: one per neighbour and class, and neighbours are few.
            _running.AddOrUpdate(key, 0, (_, running) => running - 1);
        }
    }

    private static int Most(RequestClass what) => what switch
    {
        RequestClass.Large => PeerLimits.MostLargeCalls,
        RequestClass.Resources => PeerLimits.MostResourceCalls,
        RequestClass.Delta => PeerLimits.MostDeltas,
        _ => PeerLimits.MostSmallCalls,
    };

    private static RequestClass Of(PathString path) => path.Value switch
    {
        Calls + "Exchange" or Calls + "Preflight" => RequestClass.Large,
        Calls + "GetResources" => RequestClass.Resources,
        { } text when text.StartsWith("/v1/", StringComparison.Ordinal) => RequestClass.Delta,
        _ => RequestClass.Small,
    };

    /// <summary>In the words of both protocols: callers of either try again later.</summary>
    private static Task RefuseAsync(HttpContext context)
    {
        const string sentence = "Too many requests of this kind are running for you here. Try again in a few seconds.";
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true)
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = "14"; // UNAVAILABLE
            context.Response.Headers["grpc-message"] = Uri.EscapeDataString(sentence);
            return Task.CompletedTask;
        }
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence, context.RequestAborted);
    }

    /// <summary>gRPC's own prefix before a message.</summary>
    public const int Framing = 5;

    private enum RequestClass
    {
        Small,
        Large,
        Resources,
        Delta,
    }
}
