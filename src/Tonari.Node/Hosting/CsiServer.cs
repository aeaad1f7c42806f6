using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tonari.Node.Csi;
using Tonari.Node.Freezing;
using Tonari.Node.Mounting;
using Tonari.Node.Pools;
using Tonari.Node.Storage;

namespace Tonari.Node.Hosting;

/// <summary>The CSI services and what they stand on, over unix sockets.</summary>
internal static class CsiServer
{
    public static void AddStorage(IServiceCollection services, NodeOptions options)
    {
        services.AddSingleton(options);
        services.AddSingleton(new NodeName(options.NodeName));
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<PoolCatalog>();
        services.AddSingleton<VolumeLocks>();
        services.AddSingleton(new FormatIntents(options.FormatIntentsDirectory));
        services.AddSingleton<VolumeStager>();
        services.AddSingleton<VolumeProvisioning>();
        services.AddSingleton<VolumeSnapshots>();
        services.AddSingleton<NodeCounters>();
        services.AddSingleton(GuardCommand.Own());
        services.AddSingleton<GuardProcess>();
        services.AddGrpc(grpc => grpc.Interceptors.Add<ErrorInterceptor>());
    }

    /// <summary>Listens on kubelet's sockets. What a dead predecessor left there is removed: a socket file cannot be bound twice.</summary>
    public static void Listen(KestrelServerOptions kestrel, NodeOptions options)
    {
        foreach (var socket in (string[])[options.CsiSocket, options.RegistrationSocket])
        {
            Directory.CreateDirectory(Path.GetDirectoryName(socket)!);
            File.Delete(socket);
            kestrel.ListenUnixSocket(socket, listen => listen.Protocols = HttpProtocols.Http2);
        }
    }

    public static void Map(WebApplication app)
    {
        app.MapGrpcService<IdentityService>();
        app.MapGrpcService<ControllerService>();
        app.MapGrpcService<NodeService>();
        app.MapGrpcService<RegistrationService>();
    }
}
