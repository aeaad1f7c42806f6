using k8s.Models;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Peers;

/// <summary>The objects that stand for neighbours.</summary>
internal static class PeerObjects
{
    /// <summary>A ClusterPeer with nothing restricted.</summary>
    public static ClusterPeer New(string name, string endpoint, string fingerprint) => new()
    {
        Metadata = new V1ObjectMeta { Name = name },
        Spec = new ClusterPeerSpec { Endpoint = endpoint, Fingerprint = fingerprint },
    };

    /// <summary>A cluster's name must serve as an object's name and as part of others: an RFC 1123 label.</summary>
    public static bool IsClusterName(string name) =>
        name.Length is >= 1 and <= 63 && name[0] != '-' && name[^1] != '-' && name.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '-');
}
