using Tonari.Web.Actions;
using Tonari.Web.Hosting;
using Tonari.Web.Reading;
using Tonari.Web.Views;

namespace Tonari.Web.Api;

/// <summary>The part of the REST API that changes applications, and what belongs to them.</summary>
internal static class RestApplications
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        MapDefinitions(api.MapGroup("/namespaces/{namespace}/applications").WithTags("Applications"));
        MapSnapshots(api);
    }

    private static void MapDefinitions(RouteGroupBuilder applications)
    {
        applications.MapPost("", async (Asked asked, ApplicationActions actions, WebOptions options, TimeProvider time, string @namespace, DefineRequest body, CancellationToken ct) =>
        {
            var made = await actions.DefineAsync(await asked.CallerAsync(ct), @namespace, body, ct);
            return TypedResults.Created($"/api/v1/namespaces/{@namespace}/applications/{made.Name}", ApplicationView.Of(made, [], options.ClusterName, time.GetUtcNow()));
        }).WithName("defineApplication").WithSummary("Define an application");
        applications.MapPost("/preview", async (Asked asked, ApplicationPreviews previews, string @namespace, DefineRequest body, CancellationToken ct) =>
                await previews.LookAsync(await asked.CallerAsync(ct), @namespace, body, ct))
            .WithName("previewApplication").WithSummary("What a definition would hold now, as far as the caller may see it; nothing is changed");
        applications.MapPut("/{name}", async (Asked asked, ApplicationActions actions, string @namespace, string name, DefineRequest body, CancellationToken ct) =>
        {
            await actions.RedefineAsync(await asked.CallerAsync(ct), @namespace, name, body, ct);
            return TypedResults.NoContent();
        }).WithName("redefineApplication").WithSummary("Change what an application is");
        applications.MapDelete("/{name}", async (Asked asked, ApplicationActions actions, string @namespace, string name, CancellationToken ct) =>
        {
            await actions.ForgetAsync(await asked.CallerAsync(ct), @namespace, name, ct);
            return TypedResults.NoContent();
        }).WithName("forgetApplication").WithSummary("Forget what an application is; its objects stay. Refused while it is replicated");
    }

    private static void MapSnapshots(RouteGroupBuilder api)
    {
        api.MapPost("/namespaces/{namespace}/snapshots", async (Asked asked, ApplicationActions actions, string @namespace, SnapshotRequest body, CancellationToken ct) =>
        {
            var made = await actions.TakeSnapshotAsync(await asked.CallerAsync(ct), @namespace, body, ct);
            return TypedResults.Accepted($"/api/v1/snapshots?namespace={@namespace}", SnapshotView.Of(made));
        }).WithName("takeSnapshot").WithSummary("Take a snapshot of an application").WithTags("Snapshots");
        api.MapDelete("/namespaces/{namespace}/snapshots/{name}", async (Asked asked, ApplicationActions actions, string @namespace, string name, CancellationToken ct) =>
        {
            await actions.DeleteSnapshotAsync(await asked.CallerAsync(ct), @namespace, name, ct);
            return TypedResults.Accepted((string?)null);
        }).WithName("deleteSnapshot").WithSummary("Delete a snapshot").WithTags("Snapshots");
    }
}
