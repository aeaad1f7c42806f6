using Grpc.Core;
using Tonari.Node.Interop;
using Tonari.Node.Mounting;
using Tonari.Rpc.Csi;
using Mode = Tonari.Rpc.Csi.VolumeCapability.Types.AccessMode.Types.Mode;

namespace Tonari.Node.Csi;

/// <summary>Which volume capabilities this driver has, and what they mean for a mount.</summary>
internal static class CapabilityRules
{
    /// <summary>Why a capability cannot be served, as a sentence; null where it can.</summary>
    public static string? Objection(VolumeCapability capability)
    {
        if (capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.None)
            return "A volume capability says neither block nor mount.";
        if (capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Mount
            && capability.Mount.FsType.Length > 0 && !FileSystemTypes.IsKnown(capability.Mount.FsType))
            return $"The filesystem '{capability.Mount.FsType}' is not supported; use ext4 or xfs.";
        return (capability.AccessMode?.Mode ?? Mode.Unknown) switch
        {
            Mode.Unknown => "A volume capability has no access mode.",
            Mode.SingleNodeWriter or Mode.SingleNodeReaderOnly or Mode.SingleNodeSingleWriter or Mode.SingleNodeMultiWriter => null,
            var mode => $"The access mode {mode} is not supported: a volume lives on one node. Use ReadWriteOnce or ReadWriteOncePod.",
        };
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT: there is none, or one that cannot be served.</exception>
    public static void Require(IReadOnlyCollection<VolumeCapability> capabilities)
    {
        Requests.Require(capabilities.Count > 0, "The volume capabilities are missing.");
        foreach (var capability in capabilities)
            Require(capability);
        Requests.Require(
            capabilities.Select(capability => capability.AccessTypeCase).Distinct().Count() == 1, "A volume is either block or mount, not both.");
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT: it is missing, or cannot be served.</exception>
    public static void Require(VolumeCapability? capability)
    {
        Requests.Require(capability is not null, "The volume capability is missing.");
        var objection = Objection(capability!);
        Requests.Require(objection is null, objection ?? "");
    }

    public static VolumeView ToView(VolumeCapability capability)
    {
        if (capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Block)
            return new VolumeView(Block: true, "", [], IsReader(capability));
        string[] options = [.. capability.Mount.MountFlags];
        var readOnly = IsReader(capability) || MountOptions.Parse(options).Flags.HasFlag(MountFlags.ReadOnly);
        return new VolumeView(Block: false, capability.Mount.FsType, options, readOnly);
    }

    /// <summary>The filesystem all these capabilities ask for; null for block.</summary>
    public static string? FileSystem(IEnumerable<VolumeCapability> capabilities) =>
        capabilities.FirstOrDefault(capability => capability.AccessTypeCase == VolumeCapability.AccessTypeOneofCase.Mount) is { } mount
            ? FileSystemTypes.OrDefault(mount.Mount.FsType)
            : null;

    public static bool IsExclusive(VolumeCapability capability) => capability.AccessMode.Mode == Mode.SingleNodeSingleWriter;

    private static bool IsReader(VolumeCapability capability) => capability.AccessMode.Mode == Mode.SingleNodeReaderOnly;
}
