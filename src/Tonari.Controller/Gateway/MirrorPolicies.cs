using Grpc.Core;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Gateway;

/// <summary>The policy by which a neighbour's request is judged.</summary>
internal sealed class MirrorPolicies(PeerSelf self)
{
    /// <summary>The policy of an object; a refusal where its spec cannot be used.</summary>
    public MirrorPolicy Of(AppMirror mirror)
    {
        var mapping = MirrorPolicyMapper.Map(mirror, self.ClusterName);
        return mapping.Policy ?? throw new GatewayRefusal(
            StatusCode.FailedPrecondition, $"The mirror on {self.ClusterName} cannot be used: {string.Join(' ', mapping.Problems.Select(p => p.Message))}");
    }
}
