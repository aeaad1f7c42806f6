using Grpc.Core;
using Tonari.Kubernetes;
using Tonari.Node.Pools;
using Tonari.Rpc.Csi;
using Expansion = Tonari.Rpc.Csi.PluginCapability.Types.VolumeExpansion;
using Service = Tonari.Rpc.Csi.PluginCapability.Types.Service;

namespace Tonari.Node.Csi;

/// <summary>CSI Identity: who this driver is.</summary>
internal sealed class IdentityService(PoolCatalog pools) : Identity.IdentityBase
{
    public override Task<GetPluginInfoResponse> GetPluginInfo(GetPluginInfoRequest request, ServerCallContext context) =>
        Task.FromResult(new GetPluginInfoResponse { Name = WellKnown.Driver, VendorVersion = ProgramVersion.Current });

    public override Task<GetPluginCapabilitiesResponse> GetPluginCapabilities(GetPluginCapabilitiesRequest request, ServerCallContext context) =>
        Task.FromResult(new GetPluginCapabilitiesResponse
        {
            Capabilities =
            {
                new PluginCapability { Service = new Service { Type = Service.Types.Type.ControllerService } },
                new PluginCapability { Service = new Service { Type = Service.Types.Type.VolumeAccessibilityConstraints } },
                new PluginCapability { VolumeExpansion = new Expansion { Type = Expansion.Types.Type.Online } },
            },
        });

    public override Task<ProbeResponse> Probe(ProbeRequest request, ServerCallContext context) =>
        Task.FromResult(new ProbeResponse { Ready = pools.IsComplete });
}
