using k8s.Models;
using Tonari.Kubernetes.Api;

namespace Tonari.Kubernetes.Pairing;

/// <summary>What the controller publishes about its cluster.</summary>
/// <param name="ClusterName">Name of the cluster.</param>
/// <param name="PeerEndpoint"><c>host:port</c> of its peer gateway.</param>
/// <param name="Fingerprint">Of its certificate, lower-case hex.</param>
/// <param name="Version">Of its controller.</param>
public sealed record ClusterInfo(string ClusterName, string PeerEndpoint, string Fingerprint, string? Version)
{
    /// <summary>What is published; null while nothing is, or not all of it.</summary>
    public static async Task<ClusterInfo?> FindAsync(IKubernetesApi api, string systemNamespace, CancellationToken ct)
    {
        var map = await api.FindAsync<V1ConfigMap>(systemNamespace, PairingObjects.InfoName, ct);
        string? Value(string key) => map?.Data?.TryGetValue(key, out var value) == true ? value : null;
        return Value(PairingObjects.InfoClusterName) is { } name
            && Value(PairingObjects.InfoPeerEndpoint) is { } endpoint
            && Value(PairingObjects.InfoFingerprint) is { } fingerprint
                ? new ClusterInfo(name, endpoint, fingerprint, Value(PairingObjects.InfoVersion))
                : null;
    }
}
