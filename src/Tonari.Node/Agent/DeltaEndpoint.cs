using System.Globalization;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Tonari.Engine;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;

namespace Tonari.Node.Agent;

/// <summary><c>GET /v1/volumes/{id}/delta?from=&amp;to=&amp;resumeAt=&amp;only=&amp;pool=</c>: the mirror stream of a delta, or of some stretches of a snapshot,
/// written straight into the response.</summary>
internal sealed partial class DeltaEndpoint(PoolCatalog pools, NodeCounters counters, ILogger<DeltaEndpoint> logger)
{
    public const string Route = "/v1/volumes/{id}/delta";

    public async Task ServeAsync(HttpContext context)
    {
        var ct = context.RequestAborted;
        if (Parse(context.Request) is not { } request)
        {
            await RefuseAsync(
                context, StatusCodes.Status400BadRequest,
                "The path needs a volume id, the query 'to' and, where given, 'from', 'resumeAt' and 'only' in their right form.");
            return;
        }

        var wanted = context.Request.Query["pool"].ToString();
        if (wanted.Length > 0 && pools.Find(wanted) is null)
        {
            // A program that has just started opens its pools in a moment; "not found" would have the receiver give up what it has.
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, $"The storage pool '{wanted}' is not open on this node.");
            return;
        }

        var (pool, hasBase) = await FindAsync(wanted, request, ct);
        if (pool is null)
        {
            await RefuseAsync(context, StatusCodes.Status404NotFound, $"Volume {request.Volume} with the snapshot '{request.To}' is not on this node.");
            return;
        }

        if (!hasBase)
        {
            // Told apart, so that the receiver can ask for all of it: the base will not come back.
            await RefuseAsync(context, StatusCodes.Status410Gone, $"Volume {request.Volume} has no snapshot '{request.From}' on this node that could be sent from.");
            return;
        }

        // A receiver may be slow on purpose (rate limit) and a source silent while it reads an image for its digest.
        if (context.Features.Get<IHttpMinResponseDataRateFeature>() is { } rate)
            rate.MinDataRate = null;
        context.Features.Get<IHttpResponseBodyFeature>()?.DisableBuffering();
        context.Response.ContentType = "application/octet-stream";
        await WriteAsync(context, pool, request, ct);
    }

    private async Task WriteAsync(HttpContext context, NodePool pool, DeltaRequest request, CancellationToken ct)
    {
        try
        {
            var connection = context.Features.Get<IConnectionSocketFeature>()?.Socket;
            await using var output = new CountedStream(context.Response.Body, connection, counters.BytesSent);
            await pool.Engine.Source.WriteAsync(request, output, ct);
        }
        catch (StreamRefusedException error) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusCodes.Status416RangeNotSatisfiable, error.Message);
        }
        catch (EngineException error) when (!context.Response.HasStarted)
        {
            await RefuseAsync(context, StatusCodes.Status409Conflict, error.Message);
        }
        catch (Exception error) when (error is EngineException or IOException && !ct.IsCancellationRequested)
        {
            // The body must not look complete; the receiver goes on from its durable offset.
            LogBroken(request.Volume, error.Message);
            context.Abort();
        }
        catch (Exception error) when (error is OperationCanceledException or IOException && ct.IsCancellationRequested)
        {
            LogBroken(request.Volume, "the receiver is gone");
        }
    }

    private static DeltaRequest? Parse(HttpRequest http)
    {
        var from = http.Query["from"].ToString();
        SnapshotName fromName = default;
        if (!VolumeId.TryParse(http.RouteValues["id"] as string, out var volume) || !SnapshotName.TryParse(http.Query["to"], out var to)
            || (from.Length > 0 && !SnapshotName.TryParse(from, out fromName)))
            return null;
        var resumeText = http.Query["resumeAt"].ToString();
        if (!long.TryParse(resumeText.Length == 0 ? "0" : resumeText, NumberStyles.None, CultureInfo.InvariantCulture, out var resumeAt))
            return null;
        var onlyText = http.Query["only"].ToString();
        IReadOnlyList<ByteRange>? only = null;
        if (onlyText.Length > 0 && (only = StretchText.TryRead(onlyText)) is null)
            return null;
        return new DeltaRequest(volume, from.Length > 0 ? fromName : null, to, new ByteOffset(resumeAt)) { Only = only };
    }

    /// <summary>The pool that has what is asked for, and whether it has the base, too.</summary>
    private async Task<(NodePool? Pool, bool HasBase)> FindAsync(string wantedPool, DeltaRequest request, CancellationToken ct)
    {
        foreach (var pool in pools.Pools.Where(pool => wantedPool.Length == 0 || pool.Name == wantedPool))
        {
            var names = (await SeeAsync(pool, request.Volume, ct))?.Snapshots.Select(snapshot => snapshot.Name).ToHashSet();
            if (names is not null && names.Contains(request.To))
                return (pool, request.From is not { } from || names.Contains(from));
        }

        return (null, false);
    }

    /// <summary>The volume; null also where it cannot be used.</summary>
    private static async Task<Volume?> SeeAsync(NodePool pool, VolumeId id, CancellationToken ct)
    {
        try
        {
            return await pool.Engine.Volumes.FindAsync(id, ct);
        }
        catch (FileDamagedException)
        {
            return null;
        }
    }

    private static Task RefuseAsync(HttpContext context, int status, string sentence)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence, CancellationToken.None);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The delta of volume {Volume} ended early: {Reason}")]
    private partial void LogBroken(VolumeId volume, string reason);
}
