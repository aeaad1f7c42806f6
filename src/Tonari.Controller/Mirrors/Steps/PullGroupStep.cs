using System.Collections.Concurrent;
using Grpc.Core;
using Tonari.Controller.Agents;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Apply;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>Pulls every volume of a group and its captured resources into staging. Interrupted anywhere, it goes on where it was.</summary>
internal sealed class PullGroupStep(
    IPeerClients clients, IPeerDirectory peers, LocalVolumes volumes, ReplicaPlacement placement, PeerBounds bounds, ResourceApplier applier) : IMirrorStepHandler
{
    // What most captures are smaller than stays in memory while the volumes travel; what is larger is fetched, and judged, once more.
    private const int KeptResources = 1024 * 1024;

    /// <summary>By peer cluster.</summary>
    private readonly ConcurrentDictionary<string, Turns> _deltas = new(StringComparer.Ordinal);

    public Task<StepResult>? TryRun(MirrorStep step, StepContext context, CancellationToken ct) =>
        step is PullGroup pull ? RunAsync(pull, context, ct) : null;

    /// <summary>Where a volume's deltas are at the neighbour's gateway.</summary>
    public static string DeltaPath(string mirrorId, string key) => $"/v1/mirrors/{mirrorId}/volumes/{Uri.EscapeDataString(key)}/delta";

    private async Task<StepResult> RunAsync(PullGroup step, StepContext context, CancellationToken ct)
    {
        try
        {
            return await PullAsync(step, context, ct);
        }
        catch (PeerNotFoundException e)
        {
            return new StepResult.Refused(e.Message);
        }
        catch (PeerRefusedException e) when (e.Reason == PeerRefusal.Request)
        {
            return new StepResult.Refused(e.Message);
        }
        catch (SnapshotGoneException e)
        {
            return new StepResult.Refused(e.Message);
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.DataLoss)
        {
            return new StepResult.Spoilt(AgentErrors.Sentence(e));
        }
        catch (PeerException e)
        {
            return new StepResult.Failed(e.Message);
        }
    }

    private async Task<StepResult> PullAsync(PullGroup step, StepContext context, CancellationToken ct)
    {
        var mirrorId = context.Policy.MirrorId;
        var client = clients.For(context.Policy.PeerCluster);
        var final = context.Status.Sync is { Final: true };

        // Asked again only for the list of volumes: the group exists, and asking by its name is idempotent.
        var manifest = await client.RequestSnapshotAsync(mirrorId, context.Status.Epoch, step.Name, final, ct);
        if (PeerVolumes.Problem(manifest) is { } problem)
            return new StepResult.Failed($"What {context.Policy.PeerCluster} says of {step.Name} is refused: {problem}.");
        if (context.Status.Sync?.TakenAt is { } taken && PeerText.Time(manifest.TakenAt) != taken)
            return new StepResult.Refused($"{step.Name} was taken anew on {context.Policy.PeerCluster}; what was pulled of it so far is of another point in time.");
        if (manifest.Volumes.Count == 0)
            return new StepResult.Refused($"{step.Name} holds no volume; check what belongs to {context.Policy.Application}.");

        var ids = manifest.Volumes.Select(volume => volume.VolumeId).ToHashSet(StringComparer.Ordinal);
        var pool = await placement.ChooseAsync(context, ids, manifest.Volumes.Sum(volume => volume.SizeBytes), ct);
        if ((bounds.RefusalOfVolumes(context, manifest, pool) ?? await RefusalOfThoseHereAsync(context, ids, pool, ct)) is { } refusal)
            return new StepResult.Failed(refusal);

        var resources = await ResourcesAsync(client, step, context, ct);
        var kept = resources.Length <= KeptResources;
        if (!kept) resources = [];
        var wireBytes = await PullVolumesAsync(step, context, manifest, pool, ct);
        if (!kept) resources = await ResourcesAsync(client, step, context, ct);
        await volumes.Agent(pool).PutResourcesAsync(pool, step.Name, resources, LocalVolumes.Options(LocalVolumes.LongCall, ct));
        return new StepResult.Pulled(
            wireBytes + resources.Length,
            [.. manifest.Volumes.Select(v => new MirrorVolume(v.Key, v.VolumeId, pool, v.SizeBytes, v.StorageClass.Length == 0 ? null : v.StorageClass))]);
    }

    private async Task<string?> RefusalOfThoseHereAsync(StepContext context, HashSet<string> ids, string pool, CancellationToken ct) =>
        (await volumes.CurrentAsync(ids.Select(id => (pool, id)), ct))
            .Select(there => PeerBounds.RefusalOfVolume(there, context.Policy.MirrorId, context.Status)).FirstOrDefault(refusal => refusal is not null);

    /// <summary>
    /// The captured resources, once it is sure that they could be applied here: a fail-over must not be the first to find out that they may not.
    /// </summary>
    private async Task<byte[]> ResourcesAsync(IPeerClient client, PullGroup step, StepContext context, CancellationToken ct)
    {
        var resources = await client.GetResourcesAsync(context.Policy.MirrorId, step.Name, ct);
        var captured = CapturedResources.FromBytes(resources);
        var problems = await applier.LookAsync(captured, PromotionSteps.Transform(context, captured), bounds.Of(context.Mirror), ct);
        return problems.Count == 0
            ? resources
            : throw new StepFailedException(
                $"The resources of {step.Name} could not be applied here, so it is not received: {string.Join(' ', problems.Take(3))}"
                + (problems.Count > 3 ? $" And {problems.Count - 3} more." : ""));
    }

    private async Task<long> PullVolumesAsync(PullGroup step, StepContext context, SnapshotManifest manifest, string pool, CancellationToken ct)
    {
        var progress = new GroupProgress(manifest, context.Progress);
        var parallel = Math.Min(MirrorWorkerLimits.ParallelPulls, manifest.Volumes.Count);
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = ct };
        await Parallel.ForEachAsync(
            manifest.Volumes, options, async (volume, token) => await PullVolumeAsync(step, context, volume, pool, parallel, progress, token));
        return progress.WireBytes;
    }

    private async Task PullVolumeAsync(
        PullGroup step, StepContext context, ManifestVolume volume, string pool, int parallel, GroupProgress progress, CancellationToken ct)
    {
        var agent = volumes.Agent(pool);
        var replica = await agent.EnsureReplicaAsync(
            new EnsureReplicaRequest { Pool = pool, VolumeId = volume.VolumeId, SizeBytes = volume.SizeBytes },
            LocalVolumes.Options(LocalVolumes.SmallCall, ct));

        // Looked at again: it may have become another's between the first look and now.
        if (PeerBounds.RefusalOfVolume(replica, context.Policy.MirrorId, context.Status) is { } refusal) throw new StepFailedException(refusal);

        // A volume that joined the application after the common snapshot has no part in it and travels whole.
        var from = step.Base is { } common && replica.Snapshots.Any(snapshot => snapshot.Name == common) ? common : "";
        var peer = peers.Find(context.Policy.PeerCluster)
            ?? throw new PeerUnreachableException($"There is no ClusterPeer {context.Policy.PeerCluster} here any more; pair the clusters again.");
        var limit = context.Mirror.Spec.RateLimitBytesPerSecond;
        var request = new PullRequest
        {
            Pool = pool,
            VolumeId = volume.VolumeId,
            From = from,
            To = step.Name,
            PeerEndpoint = peer.Spec.Endpoint,
            PeerFingerprint = peer.Spec.Fingerprint,
            DeltaPath = DeltaPath(context.Policy.MirrorId, volume.Key),
            SizeBytes = volume.SizeBytes,
            RateLimitBytesPerSecond = limit is null ? 0 : Math.Max(1, limit.Value / parallel),
        };
        using var turn = await _deltas.GetOrAdd(context.Policy.PeerCluster, _ => new Turns(PeerLimits.OwnDeltas)).TakeAsync(ct);
        using var call = agent.Pull(request, new CallOptions(cancellationToken: ct));
        var done = false;
        try
        {
            await foreach (var report in call.ResponseStream.ReadAllAsync(ct))
            {
                progress.Report(volume.Key, report);
                done = report.Done;
            }
        }
        catch (RpcException e) when (e.StatusCode == StatusCode.NotFound)
        {
            // The pool is open (it has just made sure of the replica), so a snapshot is gone at one of the ends:
            // a fresh sync finds out what both still have.
            throw new SnapshotGoneException(AgentErrors.Sentence(e), e);
        }

        // A stream that ends early without an error has not verified anything.
        if (!done) throw new StepFailedException($"The pull of {volume.Key} ended before it was verified.");
    }

    private sealed class SnapshotGoneException(string message, Exception inner) : Exception(message, inner);

    /// <summary>The progress of all volumes together, in the order of the manifest.</summary>
    private sealed class GroupProgress(SnapshotManifest manifest, IProgress<IReadOnlyList<MirrorTransfer>> sink)
    {
        private readonly ConcurrentDictionary<string, PullProgress> _reports = new(StringComparer.Ordinal);

        public long WireBytes => _reports.Values.Sum(report => report.WireBytes);

        public void Report(string key, PullProgress report)
        {
            _reports[key] = report;
            sink.Report(
            [
                .. manifest.Volumes.Select(volume => _reports.TryGetValue(volume.Key, out var known)
                    ? new MirrorTransfer(volume.Key, known.BytesDone, known.BytesToDo, known.WireBytes)
                    : new MirrorTransfer(volume.Key, 0, 0, 0)),
            ]);
        }
    }
}
