using Tonari.Node.Freezing;
using Tonari.Node.Pools;

namespace Tonari.Node.Hosting;

/// <summary>What has come up so far.</summary>
internal sealed class Readiness
{
    private volatile bool _agentListens;

    public bool AgentListens
    {
        get => _agentListens;
        set => _agentListens = value;
    }
}

/// <summary><c>/healthz</c>, <c>/readyz</c>, <c>/metrics</c>.</summary>
internal static class HealthEndpoints
{
    public static void Map(WebApplication app)
    {
        app.MapGet("/healthz", () => Results.Text("ok\n"));
        app.MapGet("/readyz", (Readiness readiness, PoolCatalog pools, GuardProcess guard) =>
        {
            var missing = (string[])
            [
                .. pools.IsComplete ? [] : (string[])["The pools have not been looked at yet."],
                .. readiness.AgentListens ? [] : (string[])["The cluster's identity is not there yet, so the agent does not listen; the controller makes it."],
                .. guard.IsRunning ? [] : (string[])["There is no freeze guard."],
            ];
            return missing.Length == 0 ? Results.Text("ok\n") : Results.Text(string.Join('\n', missing) + "\n", statusCode: StatusCodes.Status503ServiceUnavailable);
        });
        app.MapGet("/metrics", async (NodeCounters counters, PoolCatalog pools, CancellationToken ct) =>
            Results.Text(counters.Write(pools.Pools.Count, (await pools.ListVolumesAsync(ct)).Count), "text/plain; version=0.0.4"));
    }
}
