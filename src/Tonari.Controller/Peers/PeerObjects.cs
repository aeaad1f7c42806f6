using k8s.Models;
using Tonari.Kubernetes.Pairing;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Peers;

/// <summary>The objects that stand for neighbours.</summary>
internal static class PeerObjects
{
    /// <summary>A ClusterPeer with nothing restricted.</summary>
    /// <param name="name">The neighbour's name.</param>
    /// <param name="endpoint">Where its gateway is reached.</param>
    /// <param name="fingerprint">Its certificate's.</param>
    /// <param name="attempt">The join attempt that it came of, on the inviter's side.</param>
    public static ClusterPeer New(string name, string endpoint, string fingerprint, string? attempt = null) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = name,
            Annotations = string.IsNullOrEmpty(attempt) ? null : new Dictionary<string, string> { [PairingObjects.AttemptAnnotation] = attempt },
        },
        Spec = new ClusterPeerSpec { Endpoint = endpoint, Fingerprint = fingerprint },
    };

    /// <summary>A cluster's name must serve as an object's name and as part of others: an RFC 1123 label.</summary>
    public static bool IsClusterName(string name) => NameForms.IsLabel(name);
}
