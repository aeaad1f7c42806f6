using System.Text.Json.Nodes;
using Grpc.Core;
using k8s.Models;
using Tonari.Controller.Mirrors;
using Tonari.Controller.Peers;
using Tonari.Controller.Preflight;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Gateway;

/// <summary>The beginning and the end of a relationship, as a neighbour asks for them.</summary>
internal sealed partial class MirrorSetup(
    IKubernetesApi api, IMirrorStore mirrors, Admission admission, IPreflight preflight, PeerSelf self, ILogger<MirrorSetup> logger)
{
    /// <summary>What stands in the way here, and the application's volumes where this side is to be the primary.</summary>
    public async Task<PreflightResponse> PreflightAsync(ClusterPeer caller, PreflightRequest request, CancellationToken ct)
    {
        var definition = Checked(request.Mirror);
        if (PeerVolumes.Problem(request.Volumes) is { } problem)
            throw new GatewayRefusal(StatusCode.InvalidArgument, $"This is no preflight of an application: {problem}.");
        var spec = MirrorDefinitions.ToSpec(definition, caller.Name);
        var volumes = request.Volumes.Select(v => new WantedVolume(v.Key, v.SizeBytes, v.StorageClass.Length == 0 ? null : v.StorageClass));
        var result = await preflight.RunAsync(new PreflightQuestion(spec, definition.Namespace, [.. volumes]), ct);
        // Of a namespace that is not the caller's business it learns that alone, not what is in it.
        if (!admission.Allows(caller, definition.Namespace))
            result = new PreflightResult([.. result.Checks.Select(c => c.Name == nameof(PreflightChecks.NamespacesAllowed) ? c : new PreflightVerdict(c.Name, false, null))], []);
        return Answer(result);
    }

    private PreflightResponse Answer(PreflightResult result)
    {
        var response = new PreflightResponse();
        response.Problems.AddRange(result.Problems.Select(Tell));
        response.Checks.AddRange(result.Checks.Select(c => new JudgedCheck { Name = c.Name, Judged = c.Judged, Problem = c.Problem is { } p ? Tell(p) : null }));
        response.Volumes.AddRange(
            result.Volumes.Select(v => new PreflightVolume { Key = v.Key, SizeBytes = v.SizeBytes, StorageClass = v.StorageClass ?? "" }));
        response.StorageClasses.AddRange(result.StorageClasses);
        response.Pools.AddRange(result.Pools.Select(p => new OfferedPool { Name = p.Name, FreeBytes = p.FreeBytes }));
        return response;

        Problem Tell(MirrorProblem p) => new() { Reason = p.Reason, Message = $"On {self.ClusterName}: {p.Message}" };
    }

    /// <summary>Makes sure that this side's half exists; a half that exists is left as its user wants it.</summary>
    public async Task EnsureAsync(ClusterPeer caller, MirrorDefinition? wanted, CancellationToken ct)
    {
        var definition = Checked(wanted);
        admission.DemandNamespace(caller, definition.Namespace, "a mirror");
        foreach (var name in NamespacesHere(definition))
            admission.DemandNamespace(caller, name, "a mirror");
        if (caller.Status?.DeletedMirrors.Any(d => d.MirrorId == definition.MirrorId) == true)
            throw new GatewayRefusal(StatusCode.FailedPrecondition, $"This mirror was deleted on {self.ClusterName}. Configure a new one.");
        var same = mirrors.All.FirstOrDefault(m => m.Spec.MirrorId == definition.MirrorId);
        if (same is { Metadata.DeletionTimestamp: not null })
            throw new GatewayRefusal(StatusCode.FailedPrecondition, $"The mirror is being deleted on {self.ClusterName}. Configure a new one when it is gone.");
        if (same is not null && same.Spec.Peer == caller.Name)
            return;
        if (same is not null)
            throw admission.Refuse(
                caller.Spec.Fingerprint, "a mirror", StatusCode.FailedPrecondition, $"{self.ClusterName} has another mirror of this id. Configure a new one.");
        if (mirrors.All.Count(m => m.Spec.Peer == caller.Name) >= PeerLimits.MostMirrors)
            throw admission.Refuse(
                caller.Spec.Fingerprint, "a mirror", StatusCode.ResourceExhausted, $"{self.ClusterName} has {PeerLimits.MostMirrors} mirrors with you already. Delete some first.");
        var mirror = new AppMirror
        {
            Metadata = new V1ObjectMeta { Name = definition.Name, NamespaceProperty = definition.Namespace },
            Spec = MirrorDefinitions.ToSpec(definition, caller.Name),
        };
        await EnsureNamespaceAsync(definition, ct);
        try
        {
            await api.CreateAsync(mirror, ct);
            LogCreated(logger, definition.Namespace, definition.Name, caller.Name);
        }
        catch (ResourceAlreadyExistsException)
        {
            // The cache may be behind: only the object itself says whether it is this mirror's.
            var existing = await api.FindAsync<AppMirror>(definition.Namespace, definition.Name, ct);
            if (existing?.Spec.MirrorId != definition.MirrorId || existing.Spec.Peer != caller.Name)
                throw new GatewayRefusal(
                    StatusCode.FailedPrecondition,
                    $"{self.ClusterName} already has another mirror {definition.Namespace}/{definition.Name}. Delete it there, or choose another name.");
        }
        catch (ResourceInvalidException e)
        {
            throw new GatewayRefusal(StatusCode.InvalidArgument, $"{self.ClusterName} does not accept the mirror: {e.Message}");
        }
    }

    /// <summary>Deletes this side's half; its own worker does what is to be done before it is gone.</summary>
    public async Task DeleteAsync(ClusterPeer caller, MirrorDeletedRequest request, CancellationToken ct)
    {
        var mirror = mirrors.All.FirstOrDefault(m => m.Spec.MirrorId == request.MirrorId && m.Spec.Peer == caller.Name);
        if (mirror is null || mirror.Metadata.DeletionTimestamp is not null)
            return;
        if (request.KeepReplicaVolumes && mirror.Spec.ReplicaVolumesOnDelete != ReplicaVolumesOnDelete.Keep)
        {
            var patch = new JsonObject { ["spec"] = new JsonObject { ["replicaVolumesOnDelete"] = nameof(ReplicaVolumesOnDelete.Keep) } };
            await api.MergeAsync<AppMirror>(mirror.Namespace, mirror.Name, patch, ct);
        }
        await api.DeleteAsync<AppMirror>(mirror.Namespace, mirror.Name, ct, new DeleteOptions { Uid = mirror.Metadata.Uid });
        LogDeleted(logger, mirror.Namespace, mirror.Name, caller.Name);
    }

    /// <summary>The namespaces of this cluster that the mapping leads to, or from where this side is the primary.</summary>
    private static IEnumerable<string> NamespacesHere(MirrorDefinition definition) =>
        definition.Role == nameof(MirrorRole.Primary) ? definition.NamespaceMapping.Keys : definition.NamespaceMapping.Values;

    private static MirrorDefinition Checked(MirrorDefinition? definition) =>
        MirrorDefinitions.Problem(definition) is { } problem ? throw new GatewayRefusal(StatusCode.InvalidArgument, problem) : definition!;

    private async Task EnsureNamespaceAsync(MirrorDefinition definition, CancellationToken ct)
    {
        if (await api.FindAsync<V1Namespace>(null, definition.Namespace, ct) is not null)
            return;
        try
        {
            await api.CreateAsync(new V1Namespace { Metadata = new V1ObjectMeta { Name = definition.Namespace } }, ct);
        }
        catch (ResourceAlreadyExistsException)
        {
            // Someone else has made it meanwhile, which is as good.
        }
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Made the mirror {Namespace}/{Name} for {Peer}")]
    private static partial void LogCreated(ILogger logger, string @namespace, string name, string peer);

    [LoggerMessage(Level = LogLevel.Information, Message = "Deleting the mirror {Namespace}/{Name}: {Peer} has deleted its half")]
    private static partial void LogDeleted(ILogger logger, string @namespace, string name, string peer);
}
