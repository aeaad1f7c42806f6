using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Tonari.Controller.Hosting;
using Tonari.Controller.Peers;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>
/// Gives every AppMirror its worker and looks after the object itself: the finalizer before anything else, an id if it has none,
/// and in the end the finalizer's removal.
/// </summary>
internal sealed partial class MirrorSupervisor(
    IKubernetesApi api,
    IMirrorStore mirrors,
    PeerViews peers,
    PeerStatusWriter peerStatuses,
    IMirrorEffects effects,
    IMirrorNewsDesk news,
    PeerSelf self,
    TimeProvider time,
    ILoggerFactory loggers) : ILeaderTask
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(2);
    private readonly Dictionary<string, Life> _lives = [];
    private readonly Dictionary<string, Life> _byMirrorId = new(StringComparer.Ordinal);
    private readonly WakeSignal _wake = new();
    private readonly ILogger _logger = loggers.CreateLogger<MirrorSupervisor>();

    /// <summary>A new mirror id: nobody has to be asked whether 10 random characters of 36 are taken.</summary>
    public Func<string> NewId { get; init; } = () => RandomNumberGenerator.GetString("abcdefghijklmnopqrstuvwxyz0123456789", 10);

    /// <summary>Runs until cancelled, and then until the last worker has ended. The informer must have listed before.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        mirrors.Changed += OnMirrorChanged;
        peers.Changed += OnPeerChanged;
        try
        {
            while (true)
            {
                ct.ThrowIfCancellationRequested();
                _wake.Reset();
                var well = await TendAllAsync(ct);
                await _wake.WaitAsync(well ? MirrorWorkerLimits.LongestSleep : AfterFailure, time, ct);
            }
        }
        finally
        {
            mirrors.Changed -= OnMirrorChanged;
            peers.Changed -= OnPeerChanged;
            await EndAllAsync();
        }
    }

    private void OnMirrorChanged(AppMirror mirror) => _wake.Set();

    private void OnPeerChanged(string mirrorId)
    {
        lock (_lives)
        {
            if (_byMirrorId.TryGetValue(mirrorId, out var life)) life.Worker.Wake();
        }
    }

    private async Task<bool> TendAllAsync(CancellationToken ct)
    {
        var all = mirrors.All;
        Observe(all);
        var firsts = all.Where(mirror => mirror.Spec.MirrorId is not null)
            .GroupBy(mirror => mirror.Spec.MirrorId!)
            .ToDictionary(group => group.Key, group => group.OrderBy(Age).First().Metadata.Uid);
        var tended = await Task.WhenAll(all.Select(mirror => TendAsync(mirror, firsts, ct)));
        return tended.All(well => well);
    }

    /// <summary>Of two objects with one id the older is meant; names decide between twins, so that every controller decides alike.</summary>
    private static (DateTime?, string) Age(AppMirror mirror) => (mirror.Metadata.CreationTimestamp, $"{mirror.Namespace}/{mirror.Name}");

    private void Observe(IReadOnlyList<AppMirror> all)
    {
        var known = all.ToDictionary(mirror => mirror.Metadata.Uid);
        lock (_lives)
        {
            foreach (var (uid, life) in _lives)
            {
                if (life.Record.Observe(known.GetValueOrDefault(uid))) life.Worker.Wake();
            }

            foreach (var (uid, life) in _lives.Where(entry => entry.Value.Task.IsCompleted).ToList())
            {
                _lives.Remove(uid);
                if (ReferenceEquals(_byMirrorId.GetValueOrDefault(life.MirrorId), life)) _byMirrorId.Remove(life.MirrorId);
            }
        }
    }

    private async Task<bool> TendAsync(AppMirror mirror, Dictionary<string, string> firsts, CancellationToken ct)
    {
        try
        {
            var deleting = mirror.Metadata.DeletionTimestamp is not null;
            var ours = mirror.Metadata.Finalizers?.Contains(WellKnown.Finalizer) == true;
            var other = mirror.Spec.MirrorId is { } id && firsts[id] != mirror.Metadata.Uid;
            if (deleting)
                await TendDyingAsync(mirror, ours, other, ct);
            else if (!ours)
                await PatchAsync(mirror, new JsonObject { ["metadata"] = Finalizers(mirror, [.. mirror.Metadata.Finalizers ?? [], WellKnown.Finalizer]) }, ct);
            else if (mirror.Spec.MirrorId is null)
                await PatchAsync(mirror, new JsonObject { ["metadata"] = Version(mirror), ["spec"] = new JsonObject { ["mirrorId"] = NewId() } }, ct);
            else if (other)
                await RefuseTwinAsync(mirror, ct);
            else
                Begin(mirror, ct);
            return true;
        }
        catch (Exception e) when (e is ResourceConflictException or ResourceNotFoundException)
        {
            return true; // It has changed since it was seen; the change wakes us.
        }
        catch (KubernetesApiException e)
        {
            LogNotTended(_logger, mirror.Namespace, mirror.Name, e);
            return false;
        }
    }

    private async Task TendDyingAsync(AppMirror mirror, bool ours, bool twin, CancellationToken ct)
    {
        if (!ours) return;

        // Without an id of its own it was never taken up, so nothing here belongs to it; a twin's snapshots are the other's.
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        var never = twin || !MirrorPolicyMapper.IsMirrorId(mirror.Spec.MirrorId);
        if (!never && !status.CleanedUp)
        {
            Begin(mirror, ct);
            return;
        }

        // The neighbour could not be told: it is told when it comes back, and cleans its own side then.
        if (!never && !status.PeerToldOfDeletion && !string.IsNullOrEmpty(mirror.Spec.Peer))
            await peerStatuses.AddTombstoneAsync(mirror.Spec.Peer, mirror.Spec.MirrorId!, ct);
        await PatchAsync(
            mirror,
            new JsonObject { ["metadata"] = Finalizers(mirror, [.. mirror.Metadata.Finalizers.Where(name => name != WellKnown.Finalizer)]) },
            ct);
        if (!never) peers.Forget(mirror.Spec.MirrorId!);
    }

    private async Task RefuseTwinAsync(AppMirror mirror, CancellationToken ct)
    {
        var problem = new MirrorProblem(
            "MirrorIdTaken", $"Another AppMirror of this cluster has the id {mirror.Spec.MirrorId}; delete this one, or leave spec.mirrorId out of it.");
        var status = MirrorStatusWriter.Derive(
            mirror, new PolicyMapping(null, [problem]), null, new MirrorWrite(mirror.Status?.Mirror ?? new MirrorStatus(), [], time.GetUtcNow()));
        if (MirrorStatusWriter.Compare(mirror.Status, status) == StatusDifference.None) return;
        await api.UpdateStatusAsync(new AppMirror { Metadata = mirror.Metadata, Spec = mirror.Spec, Status = status }, ct);
    }

    private void Begin(AppMirror mirror, CancellationToken ct)
    {
        lock (_lives)
        {
            if (_lives.ContainsKey(mirror.Metadata.Uid)) return;
            var record = new MirrorRecord(mirror, self.ClusterName, api, peers.Get, news);
            var worker = new MirrorWorker(record, effects, time, loggers.CreateLogger<MirrorWorker>());
            var life = new Life(mirror.Spec.MirrorId!, record, worker, Task.Run(() => worker.RunAsync(ct), CancellationToken.None));
            _lives.Add(mirror.Metadata.Uid, life);
            _byMirrorId[life.MirrorId] = life;
        }
    }

    private async Task EndAllAsync()
    {
        List<Task> tasks;
        lock (_lives) tasks = [.. _lives.Values.Select(life => life.Task)];
        try
        {
            await Task.WhenAll(tasks);
        }
        catch (OperationCanceledException)
        {
            // That is how workers end.
        }

        lock (_lives)
        {
            _lives.Clear();
            _byMirrorId.Clear();
        }
    }

    private Task<AppMirror> PatchAsync(AppMirror mirror, JsonObject patch, CancellationToken ct) =>
        api.MergeAsync<AppMirror>(mirror.Namespace, mirror.Name, patch, ct);

    // With the version that was seen: a patch must not undo what somebody else has written meanwhile.
    private static JsonObject Version(AppMirror mirror) => new() { ["resourceVersion"] = mirror.Metadata.ResourceVersion };

    private static JsonObject Finalizers(AppMirror mirror, IReadOnlyList<string> finalizers)
    {
        var metadata = Version(mirror);
        metadata["finalizers"] = new JsonArray([.. finalizers.Select(name => JsonValue.Create(name))]);
        return metadata;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The mirror {Namespace}/{Name} could not be looked after; it is tried again")]
    private static partial void LogNotTended(ILogger logger, string @namespace, string name, Exception e);

    private sealed record Life(string MirrorId, MirrorRecord Record, MirrorWorker Worker, Task Task);
}
