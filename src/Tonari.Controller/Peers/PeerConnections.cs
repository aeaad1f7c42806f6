using System.Net;
using Grpc.Net.Client;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Pairing;

namespace Tonari.Controller.Peers;

/// <summary>One channel per neighbour, made anew when its ClusterPeer names another address or certificate.</summary>
internal sealed class PeerConnections(IPeerDirectory peers, ClusterIdentity identity, PeerSelf self, TimeProvider time) : IPeerClients, IDisposable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Connection> _connections = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public IPeerClient For(string peerName)
    {
        var peer = peers.Find(peerName)
            ?? throw new PeerUnreachableException($"There is no ClusterPeer {peerName} here. Pair the clusters first, with `tonari peer invite` and `tonari peer join`.");
        if (peer.Spec.Suspended)
            throw new PeerUnreachableException($"The ClusterPeer {peerName} is suspended here.");
        if (!PeerEndpoint.IsValid(peer.Spec.Endpoint))
            throw new PeerUnreachableException($"The ClusterPeer {peerName} has no usable spec.endpoint; write it as host:port.");
        lock (_lock)
        {
            if (_connections.TryGetValue(peerName, out var known))
            {
                if (known.Endpoint == peer.Spec.Endpoint && known.Fingerprint == peer.Spec.Fingerprint)
                    return known.Client;
                _connections.Remove(peerName);
                known.Channel.Dispose();
            }
            var channel = Open(peer.Spec.Endpoint, peer.Spec.Fingerprint, identity);
            var client = new PeerClient(peerName, channel.CreateCallInvoker(), self, time);
            _connections[peerName] = new Connection(peer.Spec.Endpoint, peer.Spec.Fingerprint, channel, client);
            return client;
        }
    }

    /// <summary>A channel to a gateway that must show the certificate with this fingerprint.</summary>
    public static GrpcChannel Open(string endpoint, string fingerprint, ClusterIdentity identity) => GrpcChannel.ForAddress(
        $"https://{endpoint}",
        new GrpcChannelOptions
        {
            HttpHandler = Handler(identity, fingerprint),
            DisposeHttpClient = true,
            MaxReceiveMessageSize = PeerLimits.LargestMessage,
            MaxSendMessageSize = PeerLimits.LargestMessage,
        });

    /// <summary>Lets go of channels whose ClusterPeer is gone.</summary>
    public void Sweep()
    {
        lock (_lock)
        {
            foreach (var name in _connections.Keys.Where(n => peers.Find(n) is null).ToList())
            {
                _connections.Remove(name, out var gone);
                gone!.Channel.Dispose();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var connection in _connections.Values)
                connection.Channel.Dispose();
            _connections.Clear();
        }
    }

    private static SocketsHttpHandler Handler(ClusterIdentity identity, string fingerprint) => new()
    {
        SslOptions = PinnedTls.ClientOptions(identity, fingerprint),
        ConnectTimeout = PeerLimits.Connect,
        KeepAlivePingDelay = PeerLimits.KeepAlive,
        KeepAlivePingTimeout = PeerLimits.KeepAlive,
        KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
        EnableMultipleHttp2Connections = true,
        UseProxy = false,
        AutomaticDecompression = DecompressionMethods.None,
    };

    private sealed record Connection(string Endpoint, string Fingerprint, GrpcChannel Channel, IPeerClient Client);
}
