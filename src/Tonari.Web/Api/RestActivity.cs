using Microsoft.AspNetCore.Mvc;
using Tonari.Web.Hosting;
using Tonari.Web.Journal;
using Tonari.Web.Views;

namespace Tonari.Web.Api;

/// <summary>Who did what, over the REST API.</summary>
internal static class RestActivity
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        api.MapGet("/activity", async (Asked asked, [AsParameters] ActivityQuery query, int? limit, CancellationToken ct) =>
        {
            var all = await asked.Reader.ActivityAsync(await asked.CallerAsync(ct), query.Filter, ct);
            return (IReadOnlyList<ActivityView>)[.. all.Take(Math.Clamp(limit ?? WebLimits.Activity, 1, WebLimits.Activity))];
        }).WithName("listActivity").WithSummary("Who did what, when, to what and with what outcome, newest first").WithTags("Overview");
        api.MapGet("/activity.csv", async (Asked asked, [AsParameters] ActivityQuery query, CancellationToken ct) =>
                TypedResults.Text(ActivityCsv.Of(await asked.Reader.ActivityAsync(await asked.CallerAsync(ct), query.Filter, ct)), ActivityCsv.MediaType))
            .WithName("downloadActivity").WithSummary("The same as a table for spreadsheets (CSV)").WithTags("Overview")
            .Produces<string>(StatusCodes.Status200OK, "text/csv");
    }
}

/// <summary>The filter of the activity as the query of an address.</summary>
/// <param name="Namespace">Namespace of the object.</param>
/// <param name="Application">Name of the application.</param>
/// <param name="User">Part of the user's name.</param>
/// <param name="By">User, Tonari or Unknown.</param>
/// <param name="Kind">What was done.</param>
/// <param name="Outcome">What came of it.</param>
/// <param name="From">Not before this, RFC 3339.</param>
/// <param name="To">Before this, RFC 3339.</param>
/// <param name="Q">Found in the user's name, the object's, the application's or the message.</param>
internal sealed record ActivityQuery(
    [FromQuery] string? Namespace, [FromQuery] string? Application, [FromQuery] string? User, [FromQuery] ActivityActor? By, [FromQuery] ActivityKind? Kind,
    [FromQuery] ActivityOutcome? Outcome, [FromQuery] DateTimeOffset? From, [FromQuery] DateTimeOffset? To, [FromQuery] string? Q)
{
    /// <summary>The filter.</summary>
    public ActivityFilter Filter => new(Namespace, Application, User, By, Kind, Outcome, From, To, Q);
}
