using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Peers;

/// <summary>The neighbours this cluster knows, as last seen.</summary>
internal interface IPeerDirectory
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<ClusterPeer> All { get; }

    /// <summary>The one of this name.</summary>
    public ClusterPeer? Find(string name) => All.FirstOrDefault(p => p.Name == name);
}

/// <summary>Connections to the neighbours.</summary>
internal interface IPeerClients
{
    /// <summary>The client for a ClusterPeer; a <see cref="PeerUnreachableException"/> when there is none of this name or it is suspended.</summary>
    public IPeerClient For(string peerName);
}
