using k8s.Models;

namespace Tonari.Kubernetes.Resources;

/// <summary>Amounts as Kubernetes writes them.</summary>
public static class Quantities
{
    /// <summary>An amount of storage, in the form people use: <c>1Gi</c> rather than <c>1073741824</c>.</summary>
    /// <param name="bytes">Bytes, at least 0.</param>
    public static ResourceQuantity Bytes(long bytes) => new(bytes, 0, ResourceQuantity.SuffixFormat.BinarySI);

    /// <summary>The <c>capacity</c> or <c>requests</c> of a volume or a claim.</summary>
    /// <param name="bytes">Bytes, at least 0.</param>
    public static Dictionary<string, ResourceQuantity> Storage(long bytes) => new() { ["storage"] = Bytes(bytes) };
}
