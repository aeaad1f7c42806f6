using Grpc.Core;
using Tonari.Engine;
using Tonari.Node.Pools;
using Tonari.Node.Storage;

namespace Tonari.Node.Csi;

/// <summary>What every call checks of its arguments.</summary>
internal static class Requests
{
    /// <exception cref="RpcException">INVALID_ARGUMENT.</exception>
    public static void Require(bool condition, string message)
    {
        if (!condition)
            throw new RpcException(new Status(StatusCode.InvalidArgument, message));
    }

    /// <exception cref="RpcException">INVALID_ARGUMENT: empty.</exception>
    public static void RequireText(string value, string name) => Require(value.Length > 0, $"The {name} is missing.");

    /// <summary>Paths that something is made at are absolute (CSI specification, NodeStageVolumeRequest and NodePublishVolumeRequest).</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT: empty, or relative to what only this process knows.</exception>
    public static void RequirePath(string path, string name)
    {
        RequireText(path, name);
        Require(Path.IsPathRooted(path), $"The {name} '{path}' is not an absolute path.");
    }

    /// <summary>An id of this driver, or NOT_FOUND: what has another form cannot exist.</summary>
    /// <exception cref="RpcException">INVALID_ARGUMENT where empty.</exception>
    public static VolumeId RequireVolume(string text)
    {
        RequireText(text, "volume id");
        return VolumeId.TryParse(text, out var id) ? id : throw new NotOnThisNodeException($"There is no volume '{text}' on this node.");
    }

    /// <summary>For calls that take "not found" for success.</summary>
    /// <exception cref="RpcException">UNAVAILABLE: the pools are still being opened, so nothing can be said to be missing.</exception>
    public static void RequireComplete(PoolCatalog pools)
    {
        if (!pools.IsComplete)
            throw new RpcException(new Status(StatusCode.Unavailable, "The storage pools of this node are still being opened; try again."));
    }

    /// <summary>Names are any Unicode without control characters (CSI specification, "Size Limits" and CreateVolumeRequest.name).</summary>
    public static void RequireName(string name)
    {
        RequireText(name, "name");
        Require(!name.Any(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r')), "The name contains control characters.");
    }
}
