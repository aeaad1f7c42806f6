using Grpc.Net.Client;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Connections;
using Tonari.Kubernetes.Identity;
using Tonari.Kubernetes.Resources;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Agents;

/// <summary>From StoragePool objects to connections; one connection per address, whatever number of pools.</summary>
internal sealed class AgentDirectory(IPools pools, ClusterIdentity identity, TimeProvider time) : IAgentDirectory, IDisposable
{
    /// <summary>An agent that has not reported for this long is not asked: it reports every few seconds, and its API server may be slow.</summary>
    public static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    private readonly Lock _lock = new();
    private readonly Dictionary<string, (AgentConnection Connection, GrpcChannel Channel, HttpMessageInvoker Http)> _connections = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    public AgentConnection Find(string pool)
    {
        var found = pools.All.FirstOrDefault(p => p.Name == pool)
            ?? throw new AgentUnavailableException($"There is no StoragePool {pool}. Check that tonari-node runs on its node.");
        if (found.Status is not { AgentEndpoint: { Length: > 0 } endpoint, Node: var node })
            throw new AgentUnavailableException($"The StoragePool {pool} names no agent yet. Check the pod tonari-node on its node.");
        if (!IsReady(found, time.GetUtcNow()))
            throw new AgentUnavailableException($"The agent of the StoragePool {pool} on {node} has not reported for {Silence.TotalMinutes:0} minutes. Check the pod tonari-node there.");
        return Connect(endpoint, node ?? "");
    }

    /// <summary>Whether the pool's agent has reported lately.</summary>
    public static bool IsReady(StoragePool pool, DateTimeOffset now) =>
        pool.Status is { AgentEndpoint.Length: > 0, HeartbeatTime: { } at } && now - at < Silence;

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            foreach (var (_, channel, http) in _connections.Values)
            {
                channel.Dispose();
                http.Dispose();
            }
            _connections.Clear();
        }
    }

    private AgentConnection Connect(string endpoint, string node)
    {
        lock (_lock)
        {
            if (_connections.TryGetValue(endpoint, out var known))
                return known.Connection;
            var channel = GrpcChannel.ForAddress(
                $"https://{endpoint}",
                new GrpcChannelOptions { HttpHandler = Handler(), DisposeHttpClient = true, MaxReceiveMessageSize = PeerLimits.LargestMessage });
            var deltas = Handler();
            deltas.ConnectCallback = (context, ct) => TransferSocket.ConnectAsync(context.DnsEndPoint, TransferSocket.BufferInCluster, ct);
            var http = new HttpMessageInvoker(deltas);
            var connection = new AgentConnection(endpoint, node, new Agent.AgentClient(channel), http);
            _connections[endpoint] = (connection, channel, http);
            return connection;
        }
    }

    private SocketsHttpHandler Handler() => new()
    {
        SslOptions = PinnedTls.ClientOptions(identity, identity.Fingerprint),
        ConnectTimeout = PeerLimits.Connect,
        KeepAlivePingDelay = PeerLimits.KeepAlive,
        KeepAlivePingTimeout = PeerLimits.KeepAlive,
        EnableMultipleHttp2Connections = true,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };
}

/// <summary>The StoragePool objects, as last seen.</summary>
internal interface IPools
{
    /// <summary>All of them.</summary>
    public IReadOnlyList<StoragePool> All { get; }
}
