using System.Collections.Concurrent;
using Grpc.Core;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>Has a group snapshot read on both sides, volume by volume, and compares the digests as they arrive. Nothing is kept but what differs.</summary>
internal sealed class CompareStep(IPeerClients clients, LocalVolumes volumes) : IMirrorStepHandler
{
    /// <summary>By peer cluster.</summary>
    private readonly ConcurrentDictionary<string, Turns> _turns = new(StringComparer.Ordinal);

    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) =>
        step is CompareReplica compare ? RunAsync(compare, context, ct) : null;

    private async Task<StepResult> RunAsync(CompareReplica step, StepContext context, CancellationToken ct)
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

        // A volume that has left the application has no name any more by which the other side could be asked for it.
        var members = group.Members
            .Select(member => (Volume: context.Status.Volumes.FirstOrDefault(v => v.VolumeId == member.VolumeId), member.SizeBytes))
            .Where(pair => pair.Volume is not null)
            .ToList();
        var progress = new GroupProgress(context.Verification, members.Sum(pair => pair.SizeBytes));
        var damaged = new List<DamagedVolume>();
        long compared = 0;
        try
        {
            foreach (var (volume, size) in members)
            {
                var (read, damage) = await CompareAsync(step.Name, context, group.Pool, volume!, size, progress, ct);
                compared += read;
                if (damage is not null) damaged.Add(damage);
                progress.VolumeDone(size);
            }
        }
        catch (PeerNotFoundException e)
        {
            return new StepResult.Refused(e.Message);
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.NotFound or StatusCode.DataLoss)
        {
            return new StepResult.Refused(AgentErrors.Sentence(e));
        }

        var each = Math.Max(1, MirrorLimits.DamagedRuns / Math.Max(1, damaged.Count));
        return new StepResult.Compared(compared, [.. damaged.Select(volume => volume with { Runs = RegionList.Limit(volume.Runs, each) })]);
    }

    private async Task<(long Read, DamagedVolume? Damage)> CompareAsync(
        string name, StepContext context, string pool, MirrorVolume volume, long size, GroupProgress progress, CancellationToken ct)
    {
        using var turn = await _turns.GetOrAdd(context.Policy.PeerCluster, _ => new Turns(PeerLimits.OwnComparisons)).TakeAsync(ct);

        // Whichever side fails first ends the other's reading.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var regions = (size + MirrorLimits.RegionBytes - 1) / MirrorLimits.RegionBytes;
        var request = new DigestRegionsRequest { Pool = pool, VolumeId = volume.VolumeId, Snapshot = name, RegionBytes = MirrorLimits.RegionBytes };
        using var call = volumes.Agent(pool).DigestRegions(request, new CallOptions(cancellationToken: stop.Token));
        await using var own = call.ResponseStream.ReadAllAsync(stop.Token).GetAsyncEnumerator(stop.Token);
        await using var theirs = clients.For(context.Policy.PeerCluster)
            .DigestRegionsAsync(context.Policy.MirrorId, volume.Key, name, MirrorLimits.RegionBytes, stop.Token)
            .GetAsyncEnumerator(stop.Token);
        var here = new CopyReader(own, regions, $"{volume.Key} on {context.Policy.LocalCluster}");
        var there = new CopyReader(theirs, regions, $"{volume.Key} on {context.Policy.PeerCluster}");
        try
        {
            var differing = await DifferingAsync(here, there, progress);
            var copy = CopyJudgement.Of(Of(here.Summary!), Of(there.Summary!), differing.Count > 0);
            return (here.BytesRead, copy is { } wrong ? new DamagedVolume(volume.Key, volume.VolumeId, wrong, differing.Count, differing.Runs) : null);
        }
        finally
        {
            await stop.CancelAsync();
        }
    }

    private static async Task<RegionList> DifferingAsync(CopyReader here, CopyReader there, GroupProgress progress)
    {
        var differing = new RegionList(MirrorLimits.DamagedRuns);
        await Task.WhenAll(here.MoveAsync(), there.MoveAsync());
        while (Math.Min(here.Index, there.Index) is var index && index < long.MaxValue)
        {
            // What one side does not mention is empty there.
            var (own, other) = (here.Index == index ? here.Digest : 0, there.Index == index ? there.Digest : 0);
            if (own is null || other is null || own != other) differing.Add(index);
            progress.Report(here.BytesRead);
            var (moveHere, moveThere) = (here.Index == index, there.Index == index);
            await Task.WhenAll(moveHere ? here.MoveAsync() : Task.CompletedTask, moveThere ? there.MoveAsync() : Task.CompletedTask);
        }

        await Task.WhenAll(here.EndAsync(), there.EndAsync());
        return differing;
    }

    private static CopyDigest Of(RegionSummary summary) =>
        new(summary.Digest.Length == 0 ? null : summary.Digest, summary.Recorded.Length == 0 ? null : summary.Recorded);

    /// <summary>The progress of all volumes together.</summary>
    private sealed class GroupProgress(IProgress<MirrorVerificationProgress>? sink, long total)
    {
        private long _done;

        public void Report(long read) => sink?.Report(new MirrorVerificationProgress(_done + read, total));

        public void VolumeDone(long size)
        {
            _done += size;
            Report(0);
        }
    }
}
