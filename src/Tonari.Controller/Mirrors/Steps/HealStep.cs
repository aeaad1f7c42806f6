using Grpc.Core;
using Tonari.Controller.Peers;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>Has the regions that differ here fetched again, volume by volume.</summary>
internal sealed class HealStep(IPeerDirectory peers, LocalVolumes volumes) : IMirrorStepHandler
{
    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) =>
        step is HealReplica heal ? RunAsync(heal, context, ct) : null;

    private async Task<StepResult> RunAsync(HealReplica step, StepContext context, CancellationToken ct)
    {
        GroupSnapshot? group;
        try
        {
            group = await volumes.FindGroupAsync(context.Status, step.Name, ct);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DataLoss)
        {
            return new StepResult.Refused(AgentErrors.Sentence(e));
        }

        if (group is null) return new StepResult.Refused($"{step.Name} is no longer here.");

        long wireBytes = 0;
        var unhealed = new SortedSet<string>(StringComparer.Ordinal);
        try
        {
            foreach (var volume in step.Volumes)
            {
                if (group.Members.FirstOrDefault(member => member.VolumeId == volume.VolumeId) is not { } member) continue;

                // What was staged was cloned from what is damaged; it is received again.
                await SnapshotSteps.DiscardAsync(volumes, group.Pool, volume.VolumeId, ct);
                var healed = await volumes.Agent(group.Pool).HealAsync(Request(step.Name, context, group.Pool, volume, member.SizeBytes), new CallOptions(cancellationToken: ct));
                wireBytes += healed.WireBytes;
                unhealed.UnionWith(healed.Unhealed);
            }
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.NotFound or StatusCode.DataLoss)
        {
            // Gone at one of the ends, or what was fetched does not make it what it was: asking again changes neither.
            return new StepResult.Refused(AgentErrors.Sentence(e));
        }

        return new StepResult.Healed(wireBytes, [.. unhealed]);
    }

    private HealRequest Request(string name, StepContext context, string pool, DamagedVolume volume, long size)
    {
        var peer = peers.Find(context.Policy.PeerCluster)
            ?? throw new PeerUnreachableException($"There is no ClusterPeer {context.Policy.PeerCluster} here any more; pair the clusters again.");
        var request = new HealRequest
        {
            Pool = pool,
            VolumeId = volume.VolumeId,
            Snapshot = name,
            PeerEndpoint = peer.Spec.Endpoint,
            PeerFingerprint = peer.Spec.Fingerprint,
            DeltaPath = PullGroupStep.DeltaPath(context.Policy.MirrorId, volume.Key),
            RateLimitBytesPerSecond = context.Mirror.Spec.RateLimitBytesPerSecond ?? 0,
        };
        foreach (var run in volume.Runs)
        {
            var offset = run.First * MirrorLimits.RegionBytes;
            request.Stretches.Add(new ByteStretch { Offset = offset, Length = Math.Min(run.Count * MirrorLimits.RegionBytes, size - offset) });
        }

        return request;
    }
}
