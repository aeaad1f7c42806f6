using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tonari.Kubernetes.Api;

namespace Tonari.Controller.Hosting;

/// <summary>The program around the controller: logs, signals, and the health port.</summary>
internal static class ControllerHost
{
    /// <summary>Runs until a signal comes or the controller fails.</summary>
    public static async Task<int> RunAsync(ControllerOptions options, KubernetesApi api, CancellationToken ct)
    {
        // An empty one: the ready-made builders watch the working directory and everything below it for settings, in a container all of / and /proc.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders().AddJsonConsole(console => console.UseUtcTimestamp = true);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning).AddFilter("Yarp", LogLevel.Warning);
        // It warns that session keys are not encrypted once more: they are in a Secret, as the cluster's own key is.
        builder.Logging.AddFilter("Microsoft.AspNetCore.DataProtection", LogLevel.Error);
        builder.Services.AddSingleton(options).AddSingleton<IKubernetesApi>(api).AddSingleton(api.Requests).AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<ControllerState>().AddHostedService<ControllerService>();
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenAnyIP(options.MetricsPort, listen => listen.Protocols = HttpProtocols.Http1));
        await using var app = builder.Build();
        app.MapGet("/healthz", () => "ok\n");
        app.MapGet("/readyz", (ControllerState state) => state.IsReady ? Results.Text("ok\n") : Results.Text("not leading\n", statusCode: StatusCodes.Status503ServiceUnavailable));
        app.MapGet("/metrics", (ControllerState state, ApiRequestCounts requests, TimeProvider time) =>
            Results.Text(state.Metrics(requests.Counts, time.GetUtcNow()), "text/plain; version=0.0.4"));
        await app.RunAsync(ct);
        return Environment.ExitCode;
    }
}
