using Tonari.Controller.Peers;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>From an AppMirror object to what the planner calls a policy.</summary>
internal sealed class MirrorPolicies(PeerSelf self)
{
    /// <summary>The policy of an object; its mirror id must be set.</summary>
    public MirrorPolicy Of(AppMirror mirror) => new()
    {
        MirrorId = mirror.Spec.MirrorId ?? throw new InvalidOperationException($"The mirror {mirror.Namespace}/{mirror.Name} has no id yet."),
        Application = mirror.Spec.Application,
        LocalCluster = self.ClusterName,
        PeerCluster = mirror.Spec.Peer,
        InitialRole = mirror.Spec.InitialRole,
        Schedule = mirror.Spec.Schedule.Value,
        WantedRpo = mirror.Spec.EffectiveWantedRpo,
        Retain = mirror.Spec.Retain,
        Paused = mirror.Spec.Paused,
        OnFenced = mirror.Spec.OnFenced,
        Operation = mirror.Spec.Operation,
        Deleting = mirror.Metadata.DeletionTimestamp is not null,
        ForceDelete = mirror.Metadata.Annotations?.TryGetValue(WellKnown.ForceDeleteAnnotation, out var force) == true && force == "true",
    };
}
