using System.Text;
using Tonari.Web.Api;
using Tonari.Web.Journal;

namespace Tonari.Web.Session;

/// <summary>
/// <c>GET /activity.csv</c>: the activity as a file, for whoever is signed in in a browser; the query is the filter, as in the REST API.
/// </summary>
internal static class ActivityDownload
{
    /// <summary>Maps it.</summary>
    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/activity.csv", async (Asked asked, [AsParameters] ActivityQuery query, TimeProvider time, CancellationToken ct) =>
    {
        var text = ActivityCsv.Of(await asked.Reader.ActivityAsync(await asked.CallerAsync(ct), query.Filter, ct));
        // Spreadsheets take a file without this mark for one of the machine's old encoding.
        byte[] file = [.. Encoding.UTF8.Preamble, .. Encoding.UTF8.GetBytes(text)];
        return TypedResults.File(file, ActivityCsv.MediaType, $"tonari-activity-{time.GetUtcNow().UtcDateTime:yyyyMMdd-HHmmss}.csv");
    }).RequireAuthorization().ExcludeFromDescription();
}
