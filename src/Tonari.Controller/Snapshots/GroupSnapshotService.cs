using System.Collections.Concurrent;
using Tonari.Controller.Agents;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Hooks;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Agent;

namespace Tonari.Controller.Snapshots;

/// <inheritdoc/>
internal sealed partial class GroupSnapshotService(
    IKubernetesApi api, ApplicationCapture capture, HookRunner hooks, IAgentDirectory agents, PeerSelf self, ILogger<GroupSnapshotService> logger)
    : IGroupSnapshotService
{
    /// <summary>One per application that ever had a snapshot here: as many as there are objects.</summary>
    private readonly ConcurrentDictionary<(string, string), SemaphoreSlim> _turns = new();

    /// <summary>
    /// The last one of each application. A secondary asks for it once more when it begins to pull; nothing is captured anew for that, least of all while the
    /// application is stopped for a swap.
    /// </summary>
    private readonly ConcurrentDictionary<(string, string), (string Name, bool IsLast, TakenGroup Taken)> _last = new();

    /// <inheritdoc/>
    public async Task<TakenGroup> TakeAsync(WantedGroup wanted, CancellationToken ct)
    {
        var turn = _turns.GetOrAdd((wanted.Namespace, wanted.Application), _ => new SemaphoreSlim(1));
        await turn.WaitAsync(ct);
        try
        {
            return await TakeAloneAsync(wanted, ct);
        }
        catch (SnapshotRefusedException e)
        {
            LogRefused(logger, wanted.Name, wanted.Namespace, wanted.Application, e.Message);
            throw;
        }
        finally
        {
            turn.Release();
        }
    }

    /// <inheritdoc/>
    public async Task UndoAsync(string pool, string snapshot)
    {
        try
        {
            await new SnapshotAgent(agents, pool).DeleteAsync(snapshot, CancellationToken.None);
            LogUndone(logger, snapshot);
        }
        catch (Exception e) when (e is SnapshotRefusedException or AgentUnavailableException)
        {
            LogNotUndone(logger, snapshot, e.Message);
        }
    }

    /// <inheritdoc/>
    public async Task DeleteForgottenAsync(string pool, string mirrorId, string newest, MirrorStatus status)
    {
        try
        {
            var here = await new SnapshotAgent(agents, pool).ListAsync(SnapshotNames.GroupPrefix(mirrorId), CancellationToken.None);
            foreach (var name in ForgottenSnapshots.Of(status, mirrorId, newest, here))
                await UndoAsync(pool, name);
        }
        catch (Exception e) when (e is SnapshotRefusedException or AgentUnavailableException)
        {
            LogNotListed(logger, pool, e.Message);
        }
    }

    private async Task<TakenGroup> TakeAloneAsync(WantedGroup wanted, CancellationToken ct)
    {
        var (@namespace, name, snapshot) = (wanted.Namespace, wanted.Application, wanted.Name);
        var application = await api.FindAsync<Application>(@namespace, name, ct)
            ?? throw new SnapshotRefusedException($"There is no Application {@namespace}/{name} on {self.ClusterName}. Create it, or correct spec.application.");
        if (ApplicationScope.Of(application).NamespaceNames.FirstOrDefault(ns => !wanted.MayRead(ns)) is { } kept)
            throw new SnapshotRefusedException(
                $"The application {name} spans the namespace {kept} on {self.ClusterName}, which is not allowed to whom the snapshot is for. "
                + "Add it to spec.allowedNamespaces of the ClusterPeer there, or leave it out of the application.");
        if (await TakenBeforeAsync(wanted, ct) is { } before)
            return before;

        // Captured before the freeze, once: nothing that can be done earlier may lengthen the stop of a planned swap.
        var captured = await CaptureAsync(application, wanted.IsLast, ct);
        var plan = SnapshotPlan.Of(application, captured);
        var agent = new SnapshotAgent(agents, plan.Pool);

        IReadOnlyList<HookRecord> records = [];
        var group = await agent.FindAsync(snapshot, ct);
        if (group is null)
            (group, records) = await TakeNewAsync(application, plan, agent, snapshot, ct);

        // It is there: whoever asked may leave, but it is not left half done with nobody knowing of it.
        var volumes = Members(group, plan, name);
        var size = await agent.ResourcesSizeAsync(snapshot, CancellationToken.None);
        if (size is null)
        {
            var bytes = Packed(plan);
            await agent.PutResourcesAsync(snapshot, bytes);
            size = bytes.Length;
        }
        var frozen = group.FrozenFor?.ToTimeSpan() ?? TimeSpan.Zero;
        LogTaken(logger, snapshot, @namespace, name, volumes.Count, frozen);
        var taken = new TakenGroup(plan.Pool, group.TakenAt.ToDateTimeOffset(), frozen, volumes, size.Value, records);
        _last[(@namespace, name)] = (snapshot, wanted.IsLast, taken);
        return taken;
    }

    private async Task<TakenGroup?> TakenBeforeAsync(WantedGroup wanted, CancellationToken ct)
    {
        if (!_last.TryGetValue((wanted.Namespace, wanted.Application), out var last) || last.Name != wanted.Name || (wanted.IsLast && !last.IsLast))
            return null;
        var agent = new SnapshotAgent(agents, last.Taken.Pool);
        var there = await agent.FindAsync(wanted.Name, ct);
        var whole = there?.TakenAt.ToDateTimeOffset() == last.Taken.TakenAt && await agent.ResourcesSizeAsync(wanted.Name, ct) == last.Taken.ResourcesBytes;
        return whole ? last.Taken with { Hooks = [] } : null;
    }

    private async Task<CapturedApplication> CaptureAsync(Application application, bool everyKind, CancellationToken ct)
    {
        try
        {
            return await (everyKind ? capture.OfEveryKind : capture).CaptureAsync(application, self.ClusterName, ct);
        }
        catch (Exception e) when (e is ConsentMissingException or CapturedResourcesException)
        {
            throw new SnapshotRefusedException(e.Message, e);
        }
    }

    private async Task<(GroupSnapshot Group, IReadOnlyList<HookRecord> Records)> TakeNewAsync(
        Application application, SnapshotPlan plan, SnapshotAgent agent, string snapshot, CancellationToken ct)
    {
        var namespaces = ApplicationScope.Of(application).NamespaceNames.ToList();
        var records = new List<HookRecord>();
        GroupSnapshot group;
        try
        {
            var before = await hooks.RunAsync(application.Namespace, application.Name, namespaces, HookStage.PreSnapshot, ct);
            records.AddRange(before.Records);
            if (before.Problem is { } problem)
                throw new SnapshotRefusedException(problem);
            group = await agent.TakeAsync(snapshot, plan.Volumes.Select(v => v.VolumeId));
        }
        finally
        {
            // Whatever happened and whoever has left meanwhile: what a pre-snapshot hook has stopped must go on.
            var after = await hooks.RunAsync(application.Namespace, application.Name, namespaces, HookStage.PostSnapshot, CancellationToken.None);
            records.AddRange(after.Records);
            if (after.Problem is { } problem)
                LogPostHook(logger, snapshot, problem);
        }
        return (group, records);
    }

    private static byte[] Packed(SnapshotPlan plan)
    {
        try
        {
            return plan.Resources.ToBytes();
        }
        catch (CapturedResourcesException e)
        {
            throw new SnapshotRefusedException(e.Message, e);
        }
    }

    /// <summary>The group's own members: one that was taken before has the volumes of then.</summary>
    private static List<TakenVolume> Members(GroupSnapshot group, SnapshotPlan plan, string application)
    {
        var known = plan.Volumes.ToDictionary(v => v.VolumeId, StringComparer.Ordinal);
        return
        [
            .. group.Members.Select(m => known.TryGetValue(m.VolumeId, out var volume)
                ? volume with { SizeBytes = m.SizeBytes }
                : throw new SnapshotRefusedException(
                    $"The group snapshot {group.Name} holds the volume {m.VolumeId}, which no longer belongs to the application {application}. The next sync takes a new one.")),
        ];
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Took {Snapshot} of {Namespace}/{Application}: {Volumes} volumes, frozen for {Frozen}")]
    private static partial void LogTaken(ILogger logger, string snapshot, string @namespace, string application, int volumes, TimeSpan frozen);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleted {Snapshot}, which may not be handed out any more")]
    private static partial void LogUndone(ILogger logger, string snapshot);

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Snapshot} may not be handed out any more and could not be deleted: {Reason}")]
    private static partial void LogNotUndone(ILogger logger, string snapshot, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Whether the pool {Pool} holds group snapshots that nobody knows of cannot be said: {Reason}")]
    private static partial void LogNotListed(ILogger logger, string pool, string reason);

    [LoggerMessage(Level = LogLevel.Error, Message = "No snapshot {Snapshot} of {Namespace}/{Application}: {Reason}")]
    private static partial void LogRefused(ILogger logger, string snapshot, string @namespace, string application, string reason);

    [LoggerMessage(Level = LogLevel.Warning, Message = "After the snapshot {Snapshot}: {Problem}")]
    private static partial void LogPostHook(ILogger logger, string snapshot, string problem);
}
