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
        var builder = CreateBuilder(options);
        builder.Services.AddSingleton(api);
        builder.Services.AddSingleton<Readiness>();
        builder.Services.AddSingleton<ClusterView>();
        builder.Services.AddHostedService(services => services.GetRequiredService<ClusterView>());
        builder.Services.AddSingleton<DamageWatch>();
        builder.Services.AddHostedService<PoolKeeper>();
        builder.Services.AddHostedService<RoomWatch>();
        builder.Services.AddHostedService<AgentServer>();
        Provisioners.Add(builder.Services);
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

    /// <summary>CSI alone, without a cluster: every mounted directory of the pools directory is a managed pool. For conformance suites.</summary>
    /// <returns>1 where there is no pool that could be opened; the log says why.</returns>
    public static async Task<int> RunAloneAsync(NodeOptions options, CancellationToken ct)
    {
        var builder = CreateBuilder(options);
        builder.Services.AddSingleton<LocalPools>();
        builder.Services.AddHostedService<RoomWatch>();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => CsiServer.Listen(kestrel, options));
        await using var app = builder.Build();
        CsiServer.Map(app);
        LeftFrozen.ThawAll(options.KubeletDirectory, app.Services.GetRequiredService<ILogger<GuardProcess>>());
        await using var pools = app.Services.GetRequiredService<LocalPools>();
        if (!await pools.TryOpenAsync(ct))
            return 1;
        await app.RunAsync(ct);
        return 0;
    }

    private static WebApplicationBuilder CreateBuilder(NodeOptions options)
    {
        // An empty one: the ready-made builders watch the working directory and everything below it for settings, in a container all of / and /proc.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders().AddJsonConsole(console => console.UseUtcTimestamp = true);
        builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning).AddFilter("Grpc", LogLevel.Warning);
        CsiServer.AddStorage(builder.Services, options);
        // The guard comes first: nothing may be frozen without it.
        builder.Services.AddHostedService(services => services.GetRequiredService<GuardProcess>());
        builder.Services.AddRoutingCore();
        return builder;
    }
}
