using Grpc.Core;
using Tonari.Kubernetes;
using Tonari.Rpc.PluginRegistration;

namespace Tonari.Node.Hosting;

/// <summary>Tells kubelet where the driver is.</summary>
internal sealed partial class RegistrationService(NodeOptions options, ILogger<RegistrationService> logger) : Registration.RegistrationBase
{
    public override Task<PluginInfo> GetInfo(InfoRequest request, ServerCallContext context) => Task.FromResult(new PluginInfo
    {
        Type = "CSIPlugin",
        Name = WellKnown.Driver,
        Endpoint = options.CsiSocket,
        SupportedVersions = { "1.0.0" },
    });

    public override Task<RegistrationStatusResponse> NotifyRegistrationStatus(RegistrationStatus request, ServerCallContext context)
    {
        if (request.PluginRegistered)
            LogRegistered();
        else
            LogNotRegistered(request.Error);
        return Task.FromResult(new RegistrationStatusResponse());
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Kubelet uses this driver")]
    private partial void LogRegistered();

    [LoggerMessage(Level = LogLevel.Error, Message = "Kubelet refuses this driver: {Reason}")]
    private partial void LogNotRegistered(string reason);
}
