using Google.Protobuf;
using Grpc.Core;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Agents;

/// <summary>Gives captured resources to an agent, in pieces.</summary>
internal static class ResourcesUpload
{
    /// <summary>As agent.proto says.</summary>
    private const int PieceBytes = 1024 * 1024;

    /// <summary>Keeps resources with a group snapshot, staged or complete.</summary>
    /// <exception cref="RpcException">What the agent answered, or that it did not.</exception>
    public static async Task PutResourcesAsync(this Agent.AgentClient agent, string pool, string name, byte[] resources, CallOptions options)
    {
        using var call = agent.PutResources(options);
        Exception? broken = null;
        try
        {
            for (var at = 0; at == 0 || at < resources.Length; at += PieceBytes)
            {
                var data = ByteString.CopyFrom(resources, at, Math.Min(PieceBytes, resources.Length - at));
                await call.RequestStream.WriteAsync(new ResourcesPiece { Pool = pool, Name = name, Data = data }, options.CancellationToken);
            }

            await call.RequestStream.CompleteAsync();
        }
        catch (Exception error) when (error is IOException or InvalidOperationException)
        {
            // Who refuses, or is gone, may have closed the stream before everything was written. The answer says why.
            broken = error;
        }

        await call.ResponseAsync;
        if (broken is not null)
            throw new RpcException(new Status(StatusCode.Unavailable, "The agent answered before it had all resources.", broken));
    }
}
