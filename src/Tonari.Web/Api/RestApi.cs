using System.Security.Claims;
using Tonari.Kubernetes.Json;
using Tonari.Web.Access;
using Tonari.Web.Reading;

namespace Tonari.Web.Api;

/// <summary>The REST API, <c>/api/v1</c>. It does nothing that kubectl could not do with the caller's own rights.</summary>
internal static class RestApi
{
    /// <summary>Maps all of it.</summary>
    public static void Map(IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api/v1").RequireAuthorization(BearerHandler.SchemeName)
            .ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden).ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        MapReads(api);
        MapObjects(api);
        RestActivity.Map(api);
        RestActions.Map(api);
        EventStream.Map(api);
        api.MapFallback(() => TypedResults.Problem(statusCode: StatusCodes.Status404NotFound, title: "Not found", detail: "There is nothing at this address."))
            .ExcludeFromDescription();
    }

    private static void MapReads(RouteGroupBuilder api)
    {
        api.MapGet("/me", async (Asked asked, CancellationToken ct) => Me(await asked.CallerAsync(ct)))
            .WithName("whoAmI").WithSummary("Who the token belongs to").WithTags("Overview");
        api.MapGet("/overview", async (Asked asked, CancellationToken ct) => await asked.Reader.OverviewAsync(await asked.CallerAsync(ct), ct))
            .WithName("getOverview").WithSummary("Applications by protection, mirrors by health, the worst lag").WithTags("Overview");
        api.MapGet("/rights", async (Asked asked, CancellationToken ct) => await asked.Reader.ClusterRightsAsync(await asked.CallerAsync(ct), ct))
            .WithName("getClusterRights").WithSummary("What the caller may do with the cluster itself, and which permission he lacks").WithTags("Overview");
        api.MapGet("/namespaces/{namespace}/rights", async (Asked asked, string @namespace, CancellationToken ct) =>
                await asked.Reader.RightsAsync(await asked.CallerAsync(ct), @namespace, ct))
            .WithName("getRights").WithSummary("What the caller may do in a namespace, and which permissions he lacks").WithTags("Overview");
        api.MapGet("/applications", async (Asked asked, string? @namespace, CancellationToken ct) =>
                await asked.Reader.ApplicationsAsync(await asked.CallerAsync(ct), @namespace, ct))
            .WithName("listApplications").WithSummary("Applications and how well they are protected").WithTags("Applications");
        api.MapGet("/namespaces", async (Asked asked, NamespaceDiscovery discovery, CancellationToken ct) =>
                await discovery.ListAsync(await asked.CallerAsync(ct), ct))
            .WithName("discoverNamespaces").WithSummary("Namespaces with claims or workloads that belong to no application yet").WithTags("Applications");
        api.MapGet("/mirrors", async (Asked asked, string? @namespace, CancellationToken ct) =>
                await asked.Reader.MirrorsAsync(await asked.CallerAsync(ct), @namespace, ct))
            .WithName("listMirrors").WithSummary("Mirrors with both sides, health, lag, transfer and history").WithTags("Mirrors");
        api.MapGet("/snapshots", async (Asked asked, string? @namespace, string? application, CancellationToken ct) =>
                await asked.Reader.SnapshotsAsync(await asked.CallerAsync(ct), @namespace, application, ct))
            .WithName("listSnapshots").WithSummary("Snapshots taken by request").WithTags("Snapshots");
        api.MapGet("/hooks", async (Asked asked, string? @namespace, CancellationToken ct) =>
                await asked.Reader.HooksAsync(await asked.CallerAsync(ct), @namespace, ct))
            .WithName("listHooks").WithSummary("Commands that run at stages of Tonari's work").WithTags("Hooks");
        api.MapGet("/peers", async (Asked asked, CancellationToken ct) => await asked.Reader.PeersAsync(await asked.CallerAsync(ct), ct))
            .WithName("listPeers").WithSummary("Neighbouring clusters").WithTags("Clusters");
        api.MapGet("/pools", async (Asked asked, CancellationToken ct) => await asked.Reader.PoolsAsync(await asked.CallerAsync(ct), ct))
            .WithName("listPools").WithSummary("Directories on nodes in which volumes can be kept").WithTags("Storage");
        api.MapGet("/storageclasses", async (Asked asked, CancellationToken ct) => await asked.Reader.StorageClassesAsync(await asked.CallerAsync(ct), ct))
            .WithName("listStorageClasses").WithSummary("Storage classes, whether their volumes can be replicated, and why").WithTags("Storage");
    }

    private static void MapObjects(RouteGroupBuilder api)
    {
        api.MapGet("/namespaces/{namespace}/applications/{name}", async (Asked asked, string @namespace, string name, CancellationToken ct) =>
                await asked.Reader.ApplicationAsync(await asked.CallerAsync(ct), @namespace, name, ct))
            .WithName("getApplication").WithSummary("One application").WithTags("Applications").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/namespaces/{namespace}/mirrors/{name}", async (Asked asked, string @namespace, string name, CancellationToken ct) =>
                await asked.Reader.MirrorAsync(await asked.CallerAsync(ct), @namespace, name, ct))
            .WithName("getMirror").WithSummary("One mirror").WithTags("Mirrors").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/namespaces/{namespace}/mirrors/{name}/lag", async (Asked asked, string @namespace, string name, GoDuration? window, CancellationToken ct) =>
                await asked.Reader.LagAsync(await asked.CallerAsync(ct), @namespace, name, window?.Value ?? TimeSpan.FromHours(1), ct))
            .WithName("getLag").WithSummary("How far behind a mirror was over the last hour, or another time").WithTags("Mirrors").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/peers/{name}", async (Asked asked, string name, CancellationToken ct) => await asked.Reader.PeerAsync(await asked.CallerAsync(ct), name, ct))
            .WithName("getPeer").WithSummary("One neighbouring cluster").WithTags("Clusters").ProducesProblem(StatusCodes.Status404NotFound);
        api.MapGet("/pools/{name}", async (Asked asked, string name, CancellationToken ct) => await asked.Reader.PoolAsync(await asked.CallerAsync(ct), name, ct))
            .WithName("getPool").WithSummary("One pool").WithTags("Storage").ProducesProblem(StatusCodes.Status404NotFound);
    }

    private static MeView Me(Caller caller) => new(caller.Name, caller.Groups);
}

/// <summary>A request: who asks, and what answers him.</summary>
internal sealed class Asked(ClaimsPrincipal principal, Permissions permissions, ClusterReader reader)
{
    /// <summary>Answers questions.</summary>
    public ClusterReader Reader => reader;

    /// <summary>Who asks.</summary>
    /// <exception cref="NotSignedInException">The token has ended.</exception>
    public Task<Caller> CallerAsync(CancellationToken ct) => permissions.CallerAsync(principal, ct);

    /// <summary>Made by the framework for each request.</summary>
    public static ValueTask<Asked> BindAsync(HttpContext context)
    {
        var services = context.RequestServices;
        return ValueTask.FromResult(new Asked(context.User, services.GetRequiredService<Permissions>(), services.GetRequiredService<ClusterReader>()));
    }
}
