using Microsoft.AspNetCore.Http.HttpResults;
using Tonari.Kubernetes.Api;
using Tonari.Web.Actions;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Api;

/// <summary>The part of the REST API that changes something.</summary>
internal static class RestActions
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var group = api.MapGroup("").ProducesProblem(StatusCodes.Status400BadRequest).ProducesProblem(StatusCodes.Status404NotFound)
            .ProducesProblem(StatusCodes.Status409Conflict).ProducesProblem(StatusCodes.Status422UnprocessableEntity);
        MapMirrors(group.MapGroup("/namespaces/{namespace}/mirrors").WithTags("Mirrors"));
        RestApplications.Map(group);
        RestHooks.Map(group);
        MapClusters(group.MapGroup("/peers").WithTags("Clusters"));
        MapPools(group.MapGroup("/pools").WithTags("Storage"));
    }

    private static void MapMirrors(RouteGroupBuilder mirrors)
    {
        mirrors.MapPost("", async (Asked asked, MirrorActions actions, WebOptions options, TimeProvider time, string @namespace, ConfigureRequest body, CancellationToken ct) =>
        {
            var made = await actions.ConfigureAsync(await asked.CallerAsync(ct), @namespace, body, ct);
            return TypedResults.Created($"/api/v1/namespaces/{@namespace}/mirrors/{made.Name}", MirrorView.Of(made, options.ClusterName, (_, _) => 0, time.GetUtcNow()));
        }).WithName("configureMirror").WithSummary("Replicate an application from now on");
        mirrors.MapPost("/preflight", async (Asked asked, PreflightActions actions, string @namespace, ConfigureRequest body, CancellationToken ct) =>
                await actions.RunAsync(await asked.CallerAsync(ct), @namespace, body, ct))
            .WithName("preflightMirror").WithSummary("What both clusters say of a replication before it is configured; makes nothing");
        mirrors.MapDelete("/{name}", async (Asked asked, MirrorActions actions, string @namespace, string name, bool? force, bool? keepReplicaVolumes, CancellationToken ct) =>
        {
            await actions.DeleteAsync(await asked.CallerAsync(ct), @namespace, name, force ?? false, keepReplicaVolumes ?? false, ct);
            return TypedResults.Accepted((string?)null);
        }).WithName("deleteMirror").WithSummary("End a replication on both sides; the running application and its volumes stay");
        mirrors.MapPost("/{name}/operations", async (Asked asked, MirrorActions actions, string @namespace, string name, OperationRequest body, CancellationToken ct) =>
        {
            var answer = await actions.AskAsync(await asked.CallerAsync(ct), @namespace, name, body, ct);
            return TypedResults.Accepted($"/api/v1/namespaces/{@namespace}/mirrors/{name}/operations/{Uri.EscapeDataString(answer.Id)}", answer);
        }).WithName("startOperation").WithSummary("Sync, fail over, resync, reverse, fail back or cancel the transfer");
        mirrors.MapGet("/{name}/operations/{id}", async (Asked asked, WebSources sources, string @namespace, string name, string id, CancellationToken ct) =>
        {
            await asked.Reader.MirrorAsync(await asked.CallerAsync(ct), @namespace, name, ct);
            return sources.Mirrors.Find(@namespace, name) is { } mirror && MirrorActions.AnswerOf(mirror, id) is { } answer
                ? answer
                : throw new ResourceNotFoundException($"{name} knows nothing of the operation {id} (any more).");
        }).WithName("getOperation").WithSummary("How an operation stands");
        mirrors.MapPost("/{name}/pause", (Asked asked, MirrorActions actions, string @namespace, string name, CancellationToken ct) =>
                PauseAsync(asked, actions, @namespace, name, true, ct))
            .WithName("pauseMirror").WithSummary("Start no more syncs and stop a running one");
        mirrors.MapPost("/{name}/resume", (Asked asked, MirrorActions actions, string @namespace, string name, CancellationToken ct) =>
                PauseAsync(asked, actions, @namespace, name, false, ct))
            .WithName("resumeMirror").WithSummary("Let a paused mirror go on");
    }

    private static async Task<NoContent> PauseAsync(Asked asked, MirrorActions actions, string ns, string name, bool paused, CancellationToken ct)
    {
        await actions.PauseAsync(await asked.CallerAsync(ct), ns, name, paused, ct);
        return TypedResults.NoContent();
    }

    private static void MapClusters(RouteGroupBuilder peers)
    {
        peers.MapPost("/invitations", async (Asked asked, ClusterActions actions, InviteRequest body, CancellationToken ct) =>
                TypedResults.Created((string?)null, await actions.InviteAsync(await asked.CallerAsync(ct), body, ct)))
            .WithName("invitePeer").WithSummary("A one-time token with which another cluster can become this one's neighbour");
        peers.MapPost("/joins", async (Asked asked, ClusterActions actions, JoinRequest body, CancellationToken ct) =>
        {
            var join = await actions.JoinAsync(await asked.CallerAsync(ct), body, ct);
            return TypedResults.Accepted($"/api/v1/peers/joins/{join.Id}", join);
        }).WithName("joinPeer").WithSummary("Become the neighbour of the cluster that made a token");
        peers.MapGet("/joins/{id}", async (Asked asked, ClusterActions actions, string id, CancellationToken ct) =>
                await actions.FindJoinAsync(await asked.CallerAsync(ct), id, ct))
            .WithName("getJoin").WithSummary("How accepting an invitation stands");
        peers.MapDelete("/{name}", async (Asked asked, ClusterActions actions, string name, CancellationToken ct) =>
        {
            await actions.RemovePeerAsync(await asked.CallerAsync(ct), name, ct);
            return TypedResults.NoContent();
        }).WithName("removePeer").WithSummary("Part with a neighbour: its certificate is no longer trusted here");
    }

    private static void MapPools(RouteGroupBuilder pools)
    {
        pools.MapPost("/{name}/manage", async (Asked asked, ClusterActions actions, string name, CancellationToken ct) =>
                PoolView.Of(await actions.ManageAsync(await asked.CallerAsync(ct), name, true, false, ct)))
            .WithName("managePool").WithSummary("Allow volumes to be made in a pool");
        pools.MapPost("/{name}/unmanage", async (Asked asked, ClusterActions actions, string name, UnmanageRequest body, CancellationToken ct) =>
                PoolView.Of(await actions.ManageAsync(await asked.CallerAsync(ct), name, false, body.Force, ct)))
            .WithName("unmanagePool").WithSummary("Allow no more volumes to be made in a pool");
    }
}
