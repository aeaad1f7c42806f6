using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tonari.Kubernetes.Api;
using Tonari.Node.Freezing;
using Tonari.Node.Pools;
using Tonari.Node.Provisioning;

namespace Tonari.Node.Hosting;

/// <summary>Puts the program together.</summary>
internal static class NodeHost
{
    public static async Task<int> RunAsync(NodeOptions options, IKubernetesApi api, CancellationToken ct)
    {
        // An empty one: the ready-made builders watch the working directory and everything below it for settings, in a container all of / and /proc.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders().AddJsonConsole(console => console.UseUtcTimestamp = true);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        CsiServer.AddStorage(builder.Services, options);
        builder.Services.AddSingleton(api);
        builder.Services.AddSingleton<Readiness>();
        // The guard comes first: nothing may be frozen without it.
        builder.Services.AddHostedService(services => services.GetRequiredService<GuardProcess>());
        builder.Services.AddSingleton<ClusterView>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ClusterView>());
        builder.Services.AddHostedService<PoolKeeper>();
        builder.Services.AddHostedService<AgentServer>();
        Provisioners.Add(builder.Services);
        builder.Services.AddRoutingCore();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            CsiServer.Listen(kestrel, options);
            kestrel.ListenAnyIP(options.HealthPort, listen => listen.Protocols = HttpProtocols.Http1);
        });
        await using var app = builder.Build();
        CsiServer.Map(app);
        HealthEndpoints.Map(app);
        LeftFrozen.ThawAll(options.KubeletDirectory, app.Services.GetRequiredService<ILogger<GuardProcess>>());
        await app.RunAsync(ct);
        return 0;
    }
}
