using System.Text.Json.Nodes;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>What can be asked of mirrors. Everything is a write of <c>spec</c>, or a deletion, that the caller could do with kubectl.</summary>
internal sealed class MirrorActions(
    IKubernetesApi api, WebSources sources, WebOptions options, UserActions users, ApplicationActions applications, IRandomness randomness)
{
    private const int LongestId = 63;

    public Task<AppMirror> ConfigureAsync(Caller caller, string ns, ConfigureRequest request, CancellationToken ct)
    {
        var mirror = WantedMirror.Of(ns, request, randomness.NewId(MirrorRequests.MirrorIdLength));
        var action = new UserAction(ActivityKind.Configure, ns, mirror.Name, Permission.To<AppMirror>("create", ns))
        {
            Application = mirror.Spec.Application,
            Detail = $"To {mirror.Spec.Peer}, every {mirror.Spec.Schedule}.",
        };
        return users.RunAsync(caller, action, async acting =>
        {
            if (sources.Peers.Find(null, mirror.Spec.Peer) is null)
                throw new RefusedException($"There is no neighbour {mirror.Spec.Peer}.", "Invite it, or accept its invitation.");
            if (sources.Mirrors.Items.FirstOrDefault(m => m.Namespace == ns && m.Spec.Application == mirror.Spec.Application) is { } other)
                throw new RefusedException($"{mirror.Spec.Application} is replicated by the mirror {other.Name} already.", "Delete that first, or leave it.");
            if (sources.Applications.Find(ns, mirror.Spec.Application) is null)
            {
                if (!request.Define)
                    throw new RefusedException($"There is no Application {mirror.Spec.Application} in namespace {ns}.", "Define it, or set define to take everything in that namespace.");
                await applications.DefineAsync(caller, ns, new DefineRequest(mirror.Spec.Application), ct);
            }
            return await acting.CreateAsync(mirror, ct);
        }, ct);
    }

    public async Task<OperationAnswer> AskAsync(Caller caller, string ns, string name, OperationRequest asked, CancellationToken ct)
    {
        var request = Read(asked);
        var action = Changing(ActivityView.KindOf(request.Type), ns, name) with { Operation = request.Id, Detail = DetailOf(request) };
        var changed = await users.RunAsync(caller, action, acting => ChangeAsync(acting, ns, name, mirror =>
        {
            Check(mirror, request);
            return MirrorRequests.Ask(request);
        }, ct), ct);
        return AnswerOf(changed, request.Id) ?? new OperationAnswer(request.Id, OperationOutcome.Asked, null);
    }

    /// <summary>How an operation stands; null where nothing is known of it.</summary>
    public static OperationAnswer? AnswerOf(AppMirror mirror, string id)
    {
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (status.History.LastOrDefault(r => r.Id == id) is { } record)
            return new OperationAnswer(id, record.Succeeded ? OperationOutcome.Succeeded : OperationOutcome.Failed, record);
        if (status.Operation?.Request.Id == id)
            return new OperationAnswer(id, OperationOutcome.Running, null);
        return mirror.Spec.Operation?.Id == id ? new OperationAnswer(id, OperationOutcome.Asked, null) : null;
    }

    public Task PauseAsync(Caller caller, string ns, string name, bool paused, CancellationToken ct) =>
        users.RunAsync(
            caller, Changing(paused ? ActivityKind.Pause : ActivityKind.Resume, ns, name),
            acting => ChangeAsync(acting, ns, name, _ => MirrorRequests.Pause(paused), ct), ct);

    public Task DeleteAsync(Caller caller, string ns, string name, bool force, bool keepReplicaVolumes, CancellationToken ct)
    {
        var wishes = force || keepReplicaVolumes;
        var delete = Permission.To<AppMirror>("delete", ns, name);
        var action = Changing(ActivityKind.EndReplication, ns, name) with
        {
            Needs = wishes ? [delete, Permission.To<AppMirror>("patch", ns, name)] : [delete],
            Detail = wishes ? $"{(force ? "By force. " : "")}{(keepReplicaVolumes ? "The replica's volumes are kept." : "")}".TrimEnd() : null,
        };
        return users.RunAsync(caller, action, async acting =>
        {
            if (wishes)
                await ChangeAsync(acting, ns, name, _ => MirrorRequests.Ending(force, keepReplicaVolumes), ct);
            if (!await acting.DeleteAsync<AppMirror>(ns, name, ct))
                throw new ResourceNotFoundException($"There is no AppMirror {name} in namespace {ns}.");
        }, ct);
    }

    private UserAction Changing(ActivityKind kind, string ns, string name) => new(kind, ns, name, Permission.To<AppMirror>("patch", ns, name))
    {
        Application = sources.Mirrors.Find(ns, name)?.Spec.Application,
    };

    private static string? DetailOf(MirrorOperationRequest request) =>
        request.Snapshot is { } snapshot ? $"From {snapshot}." : request.Keep is { } keep ? $"The data of {keep} is kept." : null;

    // Looks with Tonari's own rights, for what it decides by is here in copies anyhow, and changes in the user's name.
    private async Task<AppMirror> ChangeAsync(IKubernetesApi acting, string ns, string name, Func<AppMirror, JsonObject> decide, CancellationToken ct)
    {
        var kind = ResourceKind.Of<AppMirror>();
        return KubeJson.FromJson<AppMirror>(await CarefulChange.RunAsync(
            () => api.GetAsync(kind, ns, name, ct),
            seen => decide(KubeJson.FromJson<AppMirror>(seen)),
            patch => acting.PatchAsync(kind, ns, name, new ObjectPatch.Merge(patch), null, ct)));
    }

    private void Check(AppMirror mirror, MirrorOperationRequest request)
    {
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (mirror.Spec.Operation == request)
            return; // The same request again: as good as asked once.
        if (AnswerOf(mirror, request.Id) is not null)
            throw new RefusedException($"The id {request.Id} was used for another request already.", "Choose another id, or leave it out.");
        switch (MirrorRequests.HindranceOf(mirror, request.Type))
        {
            case RequestHindrance.NotTakenUp { Earlier: var earlier }:
                throw new RefusedException($"The {earlier.Type} asked for before ({earlier.Id}) has not been taken up yet.", "Wait for it.");
            case RequestHindrance.Running { Operation: var running }:
                throw new RefusedException($"The {running.Request.Type} {running.Request.Id} is still running ({running.Stage}).", "Wait for it to end.");
        }
        if (request.Type == MirrorOperationType.FailOver)
            CheckFailOver(mirror, status, request);
        if (request.Type is MirrorOperationType.Resync or MirrorOperationType.FailBack && request.Confirm != mirror.Spec.Application)
            throw new NotUnderstoodException($"{request.Type} sets writes of one side aside: set confirm to the application's name, {mirror.Spec.Application}.");
        if (request.Type == MirrorOperationType.Resync && request.Keep != options.ClusterName && request.Keep != mirror.Spec.Peer)
            throw new NotUnderstoodException($"Set keep to the cluster whose data is kept: {options.ClusterName} or {mirror.Spec.Peer}.");
    }

    private void CheckFailOver(AppMirror mirror, MirrorStatus status, MirrorOperationRequest request)
    {
        if (status.Role != MirrorRole.Secondary)
        {
            throw new RefusedException(
                $"{options.ClusterName} is not the secondary of {mirror.Name} but {status.Role.ToString().ToLowerInvariant()}.",
                status.Role == MirrorRole.Primary ? $"Fail over on {mirror.Spec.Peer}, or move the application as planned: Reverse." : "Look at its state.");
        }
        if (status.Snapshots.Count == 0)
            throw new RefusedException("No group snapshot is complete here yet, so there is nothing to start the application from.", "Wait for the first sync.");
        if (request.Snapshot is { } named && status.Snapshots.All(s => s.Name != named))
            throw new RefusedException($"There is no complete group snapshot {named} here.", $"There is: {string.Join(", ", status.Snapshots.Select(s => s.Name))}.");
        if (StartDoubt.Of(status, request.Snapshot ?? status.Snapshots[^1].Name) is { } doubt && request.Confirm != mirror.Spec.Application)
        {
            throw new RefusedException(
                $"{doubt.Damaged} is known to differ from {mirror.Spec.Peer}{(doubt.Same ? "" : ", and what was chosen was received on top of it")}.",
                $"{(doubt.Instead is { } older ? $"Choose {older} or an older one" : "There is no older one")}; "
                + $"to start from what differs all the same, set confirm to the application's name, {mirror.Spec.Application}.");
        }
    }

    private MirrorOperationRequest Read(OperationRequest asked)
    {
        if (asked.Type is not { } type)
            throw new NotUnderstoodException($"Set type to one of {string.Join(", ", Enum.GetNames<MirrorOperationType>())}.");
        if (asked.Id is { Length: 0 or > LongestId })
            throw new NotUnderstoodException($"An id has 1 to {LongestId} characters.");
        Unless(asked.Snapshot is null || type == MirrorOperationType.FailOver, "snapshot", "FailOver");
        Unless(asked.Keep is null || type == MirrorOperationType.Resync, "keep", "Resync");
        return new MirrorOperationRequest(asked.Id ?? randomness.NewId(MirrorRequests.OperationIdLength), type, asked.Snapshot, asked.Keep, asked.Confirm);

        static void Unless(bool good, string field, string only)
        {
            if (!good)
                throw new NotUnderstoodException($"{field} is for {only} alone.");
        }
    }
}
