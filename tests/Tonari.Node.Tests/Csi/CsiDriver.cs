using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using System.Net;
using Tonari.Engine;
using Tonari.Node.Hosting;
using Tonari.Node.Pools;
using Tonari.Rpc.Csi;

[assembly: AssemblyFixture(typeof(Tonari.Node.Tests.Csi.CsiDriver))]

namespace Tonari.Node.Tests.Csi;

/// <summary>The real driver over a real unix socket, on a real btrfs pool.</summary>
public sealed class CsiDriver : IAsyncLifetime
{
    public const long MiB = 1L << 20;
    public const long PoolBytes = 24L << 30;
    public const string NodeName = "testnode";
    private readonly Workshop _workshop = new();
    private VolumePool? _pool;
    private WebApplication? _app;
    private GrpcChannel? _channel;
    private readonly ILoggerProvider? _log;
    private int _paths;

    public CsiDriver()
    {
    }

    /// <summary>One whose every word is kept.</summary>
    internal CsiDriver(ILoggerProvider log) => _log = log;

    public Identity.IdentityClient Identity => new(_channel);

    public Controller.ControllerClient Controller => new(_channel);

    public Tonari.Rpc.Csi.Node.NodeClient Node => new(_channel);

    public Tonari.Rpc.PluginRegistration.Registration.RegistrationClient Registration => new(_channel);

    internal PoolCatalog Pools => _app!.Services.GetRequiredService<PoolCatalog>();

    public VolumePool Pool => _pool!;

    public string KubeletDirectory => Path.Combine(_workshop.Root, "kubelet");

    public string FormatIntents => Path.Combine(KubeletDirectory, "plugins/tonari.dev/formatting");

    public async ValueTask InitializeAsync()
    {
        // Sparse; room for what the conformance suite asks for by default, 10 GiB grown to 11 GiB.
        var path = _workshop.Mount("btrfs", "pools/main", PoolBytes);
        _pool = await VolumePool.OpenAsync(path, new PoolOptions { FreezeGuard = new NoFreezeGuard() }, CancellationToken.None);
        var options = new NodeOptions(NodeName, KubeletDirectory, Path.Combine(_workshop.Root, "pools"), new IPEndPoint(IPAddress.Loopback, 0), 0, "tonari-system");
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        if (_log is not null)
            builder.Logging.ClearProviders().AddProvider(_log).SetMinimumLevel(LogLevel.Trace);
        CsiServer.AddStorage(builder.Services, options);
        builder.WebHost.ConfigureKestrel(kestrel => CsiServer.Listen(kestrel, options));
        _app = builder.Build();
        CsiServer.Map(_app);
        _app.Services.GetRequiredService<PoolCatalog>().Put(new NodePool("testnode-main", path, _pool, Managed: true));
        _app.Services.GetRequiredService<PoolCatalog>().IsComplete = true;
        await _app.StartAsync();
        _channel = Connect(options.CsiSocket);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var mount in Mounting.MountTable.Read().Where(entry => entry.MountPoint.StartsWith(_workshop.Root + "/k", StringComparison.Ordinal)).Reverse())
            Shell.Run("umount", mount.MountPoint);
        foreach (var volume in await Pool.Volumes.ListAsync(CancellationToken.None))
            await Pool.Attachments.DetachAsync(volume.Id, CancellationToken.None);
        _channel!.Dispose();
        await _app!.DisposeAsync();
        await Pool.DisposeAsync();
        _workshop.Dispose();
    }

    /// <summary>A caller at a driver's unix socket.</summary>
    public static GrpcChannel Connect(string path) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        HttpHandler = new SocketsHttpHandler
        {
            ConnectCallback = async (_, ct) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
                return new NetworkStream(socket, ownsSocket: true);
            },
        },
    });

    /// <summary>A path of its own below kubelet's directory; its parent exists.</summary>
    public string NewPath(string kind)
    {
        var parent = Path.Combine(KubeletDirectory, kind);
        Directory.CreateDirectory(parent);
        return Path.Combine(parent, Interlocked.Increment(ref _paths).ToString(System.Globalization.CultureInfo.InvariantCulture));
    }

    public static VolumeCapability Mount(
        VolumeCapability.Types.AccessMode.Types.Mode mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter, string type = "", params string[] flags) => new()
        {
            AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode },
            Mount = new VolumeCapability.Types.MountVolume { FsType = type, MountFlags = { flags } },
        };

    public static VolumeCapability Block(VolumeCapability.Types.AccessMode.Types.Mode mode = VolumeCapability.Types.AccessMode.Types.Mode.SingleNodeWriter) => new()
    {
        AccessMode = new VolumeCapability.Types.AccessMode { Mode = mode },
        Block = new VolumeCapability.Types.BlockVolume(),
    };

    public static string UniqueName(string prefix) => $"{prefix}-{Guid.NewGuid():N}";

    public async Task<Rpc.Csi.Volume> CreateAsync(long bytes = 64 * MiB, VolumeCapability? capability = null, string? name = null, VolumeContentSource? source = null)
    {
        var response = await Controller.CreateVolumeAsync(new CreateVolumeRequest
        {
            Name = name ?? UniqueName("volume"),
            CapacityRange = new CapacityRange { RequiredBytes = bytes },
            VolumeCapabilities = { capability ?? Mount() },
            VolumeContentSource = source,
        });
        return response.Volume;
    }

    public Task StageAsync(string volume, string path, VolumeCapability? capability = null) => Node.NodeStageVolumeAsync(
        new NodeStageVolumeRequest { VolumeId = volume, StagingTargetPath = path, VolumeCapability = capability ?? Mount() }).ResponseAsync;

    public Task PublishAsync(string volume, string staging, string target, VolumeCapability? capability = null, bool readOnly = false) => Node.NodePublishVolumeAsync(
        new NodePublishVolumeRequest { VolumeId = volume, StagingTargetPath = staging, TargetPath = target, VolumeCapability = capability ?? Mount(), Readonly = readOnly }).ResponseAsync;

    public Task UnpublishAsync(string volume, string target) =>
        Node.NodeUnpublishVolumeAsync(new NodeUnpublishVolumeRequest { VolumeId = volume, TargetPath = target }).ResponseAsync;

    public Task UnstageAsync(string volume, string staging) =>
        Node.NodeUnstageVolumeAsync(new NodeUnstageVolumeRequest { VolumeId = volume, StagingTargetPath = staging }).ResponseAsync;

    public async Task DeleteAsync(string volume) => await Controller.DeleteVolumeAsync(new DeleteVolumeRequest { VolumeId = volume });
}

internal static class Refusals
{
    /// <summary>The call is refused with this code and a sentence.</summary>
    public static async Task<string> ShouldBeRefusedAsync<T>(this AsyncUnaryCall<T> call, StatusCode code) => await call.ResponseAsync.ShouldBeRefusedAsync(code);

    public static async Task<string> ShouldBeRefusedAsync(this Task call, StatusCode code)
    {
        var error = await Should.ThrowAsync<RpcException>(call);
        error.StatusCode.ShouldBe(code, error.Status.Detail);
        error.Status.Detail.ShouldNotBeNullOrWhiteSpace();
        return error.Status.Detail;
    }
}
