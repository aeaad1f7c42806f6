using System.Text.Json.Nodes;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Rpc.Regions;

namespace Tonari.Controller.Gateway;

/// <summary>What neighbours may ask. Touches only this side; the caller has been admitted by <see cref="CallGuard"/>.</summary>
internal sealed partial class PeerService(
    IKubernetesApi api, IMirrorStore mirrors, MirrorPolicies policies, Admission admission, ExchangeBook book, MirrorSetup setup, MirrorServing serving, RegionServing regions,
    PeerSelf self, TimeProvider time, ILogger<PeerService> logger) : Peer.PeerBase
{
    public override Task<HelloResponse> Hello(HelloRequest request, ServerCallContext context) => Task.FromResult(
        new HelloResponse { ClusterName = self.ClusterName, Version = self.Version, Time = time.GetUtcNow().ToTimestamp() });

    public override Task<ExchangeResponse> Exchange(ExchangeRequest request, ServerCallContext context) =>
        Task.FromResult(book.Answer(CallGuard.CallerOf(context), request));

    public override Task<PreflightResponse> Preflight(PreflightRequest request, ServerCallContext context) =>
        setup.PreflightAsync(CallGuard.CallerOf(context), request, context.CancellationToken);

    public override async Task<EnsureMirrorResponse> EnsureMirror(EnsureMirrorRequest request, ServerCallContext context)
    {
        await setup.EnsureAsync(CallGuard.CallerOf(context), request.Mirror, context.CancellationToken);
        return new EnsureMirrorResponse();
    }

    public override async Task<SubmitOperationResponse> SubmitOperation(SubmitOperationRequest request, ServerCallContext context)
    {
        var mirror = admission.MirrorOf(CallGuard.CallerOf(context), request.MirrorId, "an operation");
        if (!PeerText.IsWord(request.OperationId))
            throw new GatewayRefusal(StatusCode.InvalidArgument, "An operation's id has 1 to 63 characters that names are made of.");
        if (request.Snapshot.Length > 0 && !MirrorViews.IsGroupOf(request.MirrorId, request.Snapshot))
            throw new GatewayRefusal(StatusCode.InvalidArgument, "The snapshot of an operation is a group snapshot of this mirror.");
        if (request.Keep.Length > LongestName || request.Confirm.Length > LongestName)
            throw new GatewayRefusal(StatusCode.InvalidArgument, $"What an operation keeps and confirms are names of at most {LongestName} characters.");
        if (!System.Enum.TryParse<MirrorOperationType>(request.Type, out var type) || !System.Enum.IsDefined(type) || type.ToString() != request.Type)
            throw new GatewayRefusal(StatusCode.InvalidArgument, $"{self.ClusterName} does not know this kind of operation. Install the same version of Tonari on both clusters.");
        var operation = new MirrorOperationRequest(
            request.OperationId, type, OrNull(request.Snapshot), OrNull(request.Keep), OrNull(request.Confirm));
        if (mirror.Spec.Operation?.Id != operation.Id)
        {
            var patch = new JsonObject { ["spec"] = new JsonObject { ["operation"] = Replacement(operation) } };
            await api.MergeAsync<AppMirror>(mirror.Namespace, mirror.Name, patch, context.CancellationToken);
            LogSubmitted(logger, mirror.Spec.Peer, type, operation.Id, mirror.Namespace, mirror.Name);
        }
        return new SubmitOperationResponse();
    }

    public override Task<SnapshotManifest> RequestSnapshot(RequestSnapshotRequest request, ServerCallContext context) =>
        serving.TakeAsync(CallGuard.CallerOf(context), request, context.CancellationToken);

    public override async Task GetResources(
        GetPeerResourcesRequest request, IServerStreamWriter<PeerResourcesPiece> responseStream, ServerCallContext context)
    {
        var pieces = serving.ResourcesAsync(CallGuard.CallerOf(context), request, context.CancellationToken);
        await foreach (var piece in pieces)
            await responseStream.WriteAsync(new PeerResourcesPiece { Data = piece }, context.CancellationToken);
    }

    public override async Task DigestRegions(DigestPeerRegionsRequest request, IServerStreamWriter<RegionDigests> responseStream, ServerCallContext context)
    {
        await foreach (var message in regions.DigestAsync(CallGuard.CallerOf(context), request, context.CancellationToken))
            await responseStream.WriteAsync(message, context.CancellationToken);
    }

    public override async Task<HoldResponse> Hold(HoldRequest request, ServerCallContext context)
    {
        var mirror = admission.MirrorOf(CallGuard.CallerOf(context), request.MirrorId, "a hold");
        if (PeerText.Span(request.Duration) is not { } duration || duration <= TimeSpan.Zero || !PeerText.IsWord(request.OperationId))
            throw new GatewayRefusal(StatusCode.InvalidArgument, "A hold needs an operation and a duration.");
        var (granted, message) = (false, "");
        var after = await mirrors.UpdateAsync(
            mirror.Namespace,
            mirror.Name,
            (fresh, status) =>
            {
                (var next, granted, message) = PeerRequests.Hold(
                    policies.Of(fresh), status, request.OperationId, request.Epoch, duration, time.GetUtcNow());
                return next;
            },
            context.CancellationToken);
        LogHold(logger, mirror.Spec.Peer, request.Purpose is "Reverse" or "Reclaim" ? request.Purpose : "unknown", mirror.Namespace, mirror.Name, granted, message);
        return after is null
            ? throw new GatewayRefusal(StatusCode.NotFound, "The mirror has just been deleted here.")
            : new HoldResponse { Granted = granted, Message = message };
    }

    public override async Task<ReleaseHoldResponse> ReleaseHold(ReleaseHoldRequest request, ServerCallContext context)
    {
        var mirror = admission.MirrorOf(CallGuard.CallerOf(context), request.MirrorId, "the release of a hold");
        await mirrors.UpdateAsync(
            mirror.Namespace, mirror.Name, (_, status) => PeerRequests.Release(status, request.OperationId), context.CancellationToken);
        return new ReleaseHoldResponse();
    }

    public override async Task<MirrorDeletedResponse> MirrorDeleted(MirrorDeletedRequest request, ServerCallContext context)
    {
        await setup.DeleteAsync(CallGuard.CallerOf(context), request, context.CancellationToken);
        return new MirrorDeletedResponse();
    }

    /// <summary>A merge patch keeps what it does not name: fields of an earlier operation must be removed by name.</summary>
    private static JsonObject Replacement(MirrorOperationRequest operation)
    {
        var json = KubeJson.ToJson(operation);
        foreach (var field in (ReadOnlySpan<string>)["snapshot", "keep", "confirm"])
        {
            if (!json.ContainsKey(field))
                json[field] = null;
        }
        return json;
    }

    private const int LongestName = 253;

    private static string? OrNull(string text) => text.Length == 0 ? null : text;

    [LoggerMessage(Level = LogLevel.Information, Message = "{Peer} asks for {Type} ({Operation}) of {Namespace}/{Name}")]
    private static partial void LogSubmitted(ILogger logger, string peer, MirrorOperationType type, string operation, string @namespace, string name);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Peer} asks to hold {Namespace}/{Name} for {Purpose}: granted {Granted} {Message}")]
    private static partial void LogHold(ILogger logger, string peer, string purpose, string @namespace, string name, bool granted, string message);
}
