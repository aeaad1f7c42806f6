using Tonari.Rpc.Agent;

namespace Tonari.Controller.Agents;

/// <summary>The node agents of this cluster, found by the pools they keep.</summary>
internal interface IAgentDirectory
{
    /// <summary>The agent that keeps a pool; an <see cref="AgentUnavailableException"/> when there is none or it has not reported for long.</summary>
    public AgentConnection Find(string pool);
}

/// <summary>A connection to a node agent, shared by all who use it.</summary>
/// <param name="Endpoint">Its address, <c>host:port</c>.</param>
/// <param name="Node">Its node.</param>
/// <param name="Client">For questions. Every call is bounded by its cancellation token only.</param>
/// <param name="Http">For deltas.</param>
internal sealed record AgentConnection(string Endpoint, string Node, Agent.AgentClient Client, HttpMessageInvoker Http);

/// <summary>No agent can be asked; the message says why and what to do.</summary>
internal sealed class AgentUnavailableException(string message) : Exception(message);
