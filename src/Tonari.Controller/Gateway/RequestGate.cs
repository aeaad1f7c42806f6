using System.Buffers;
using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Globalization;
using Grpc.Core;
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
        var longest = peer is not null && what == RequestClass.Large ? PeerLimits.LargestMessage : PeerLimits.LargestSmallMessage - Framing;
        // The message says its length first; the body is bounded too, in case that was a lie.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } body)
            body.MaxRequestBodySize = longest + Framing;
        if (IsGrpc(context) && await AnnouncedAsync(context) > longest)
        {
            await RefuseAsync(context, StatusCode.ResourceExhausted, $"A message of this kind has at most {longest} bytes.");
            return;
        }
        if (peer is null)
        {
            await next(context);
            return;
        }

        var key = (peer.Spec.Fingerprint, what);
        try
        {
            if (_running.AddOrUpdate(key, 1, (_, running) => running + 1) > Most(what))
                await RefuseAsync(context, StatusCode.Unavailable, "Too many requests of this kind are running for you here. Try again in a few seconds.");
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
        RequestClass.Comparison => PeerLimits.MostComparisons,
        _ => PeerLimits.MostSmallCalls,
    };

    private static RequestClass Of(PathString path) => path.Value switch
    {
        Calls + "Exchange" or Calls + "Preflight" => RequestClass.Large,
        Calls + "GetResources" => RequestClass.Resources,
        Calls + "DigestRegions" => RequestClass.Comparison,
        { } text when text.StartsWith("/v1/", StringComparison.Ordinal) => RequestClass.Delta,
        _ => RequestClass.Small,
    };

    private static bool IsGrpc(HttpContext context) => context.Request.ContentType?.StartsWith("application/grpc", StringComparison.OrdinalIgnoreCase) == true;

    /// <summary>The length that a gRPC message begins with; nothing of it is consumed.</summary>
    private static async Task<long> AnnouncedAsync(HttpContext context)
    {
        var reader = context.Request.BodyReader;
        var read = await reader.ReadAtLeastAsync(Framing, context.RequestAborted);
        var prefix = new byte[Framing];
        var whole = read.Buffer.Length >= Framing;
        if (whole)
            read.Buffer.Slice(0, Framing).CopyTo(prefix);
        reader.AdvanceTo(read.Buffer.Start);
        return whole ? BinaryPrimitives.ReadUInt32BigEndian(prefix.AsSpan(1)) : 0;
    }

    /// <summary>In the words of both protocols: callers of either try again later.</summary>
    private static Task RefuseAsync(HttpContext context, StatusCode code, string sentence)
    {
        if (IsGrpc(context))
        {
            context.Response.ContentType = "application/grpc";
            context.Response.Headers["grpc-status"] = ((int)code).ToString(CultureInfo.InvariantCulture);
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
        Comparison,
    }
}
