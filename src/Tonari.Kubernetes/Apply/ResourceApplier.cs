using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Transform;

namespace Tonari.Kubernetes.Apply;

/// <summary>
/// Brings captured resources up on this cluster: in order, by server-side apply with force, every object on its own so that one refusal does not hide
/// the others. Repeatable; whatever exists and is not Tonari's keeps that mark: the mirror label is only put on what Tonari creates.
/// </summary>
public sealed class ResourceApplier(IKubernetesApi api, TimeProvider time)
{
    /// <summary>How long a new kind may take to be served.</summary>
    private static readonly TimeSpan DefinitionPatience = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan DefinitionPause = TimeSpan.FromMilliseconds(250);

    /// <summary>Kinds whose objects are never pruned: with them data could go, or everything inside them.</summary>
    private static readonly HashSet<string> NeverPruned = ["Namespace", "CustomResourceDefinition", "PersistentVolume", "PersistentVolumeClaim"];

    /// <summary>
    /// Applies everything. Volumes come first among what they belong to: when one is refused, no workload is applied. Where anything is out of bounds,
    /// nothing is.
    /// </summary>
    public async Task<ApplyReport> ApplyAsync(ApplyRequest request, CancellationToken ct)
    {
        var objects = ApplyOrder.Sort(ResourceTransform.Apply(request.Captured.Objects, request.Transform));
        var results = await OutOfBoundsAsync(objects, [.. request.Volumes.Select(v => v.Volume)], request, ct);
        if (results.Count > 0)
            return new ApplyReport(results);
        var before = objects.Where(value => ApplyOrder.RankOf(value) < ApplyOrder.VolumeRank).ToList();
        await ApplyAllAsync(before, request, results, ct);
        results.AddRange(await new VolumeApplier(api, time).ApplyAsync(request.Volumes, request.Transform, ct));
        if (!new ApplyReport(results).Succeeded)
            return new ApplyReport(results);
        await ApplyAllAsync(objects.Skip(before.Count), request, results, ct);
        if (request.Prune && new ApplyReport(results).Succeeded)
            results.AddRange(await PruneAsync(objects, request.Transform, ct));
        return new ApplyReport(results);
    }

    /// <summary>What of a capture may not be applied here, a sentence each; empty where all may. Changes nothing.</summary>
    public async Task<IReadOnlyList<string>> LookAsync(CapturedResources captured, TransformOptions transform, ApplyBounds bounds, CancellationToken ct)
    {
        var objects = ResourceTransform.Apply(captured.Objects, transform);
        var request = new ApplyRequest(captured, transform, []) { Bounds = bounds };
        return [.. new ApplyReport(await OutOfBoundsAsync(objects, captured.Volumes, request, ct)).Problems];
    }

    private async Task<List<ApplyResult>> OutOfBoundsAsync(
        IEnumerable<JsonObject> objects, IEnumerable<CapturedVolume> volumes, ApplyRequest request, CancellationToken ct)
    {
        var discovery = await api.DiscoverAsync(refresh: false, ct);
        var results = new List<ApplyResult>();
        foreach (var value in objects)
        {
            if (request.Bounds.Refusal(value, discovery.Find(value.Group(), value.Kind())) is { } refusal)
                results.Add(new ApplyResult(NameOf(value), ApplyOutcome.Refused, refusal));
        }
        foreach (var volume in volumes)
        {
            var ns = request.Transform.Namespace(volume.Namespace);
            if (request.Bounds.RefusalOfNamespace(ns) is { } refusal)
                results.Add(new ApplyResult($"PersistentVolumeClaim {ns}/{volume.Claim}", ApplyOutcome.Refused, refusal));
        }
        return results;
    }

    private async Task ApplyAllAsync(IEnumerable<JsonObject> objects, ApplyRequest request, List<ApplyResult> results, CancellationToken ct)
    {
        foreach (var value in objects)
        {
            var name = NameOf(value);
            try
            {
                results.Add(await ApplyOneAsync(value, name, request, ct));
            }
            catch (KubernetesApiException e) when (e is not ApiUnavailableException)
            {
                results.Add(new ApplyResult(name, ApplyOutcome.Failed, value.Kind() == "Secret" ? Unrepeated(e) : e.Message));
            }
        }
    }

    /// <summary>The server's own words about a Secret may repeat what is in it, and end up in a status that many may read.</summary>
    private static string Unrepeated(KubernetesApiException e) =>
        $"The API server does not accept it ({e.Reason ?? e.Status?.ToString() ?? "no reason"}). Its words are not repeated here, because they may hold what is secret; apply it by hand to read them.";

    private async Task<ApplyResult> ApplyOneAsync(JsonObject value, string name, ApplyRequest request, CancellationToken ct)
    {
        if (await KindOfAsync(value, ct) is not { } kind)
            return new ApplyResult(name, ApplyOutcome.Failed, $"This cluster does not know the kind {value.Kind()} of {value.ApiVersion()}. Install what provides it, or exclude it.");
        // Again: the kind may have become known only by a definition of this capture.
        if (request.Bounds.Refusal(value, kind) is { } refusal)
            return new ApplyResult(name, ApplyOutcome.Refused, refusal);
        var there = await api.FindAsync(kind, value.Namespace(), value.Name(), ct);
        if (there?.Metadata()["deletionTimestamp"] is not null)
            return new ApplyResult(name, ApplyOutcome.Waiting, "An object of this name is being deleted.");
        if (there is not null && (value.Kind() is "Namespace" or "CustomResourceDefinition"))
            return new ApplyResult(name, ApplyOutcome.Left, "It exists already.");
        if (there?.Label(WellKnown.MirrorLabel) is { } other && other != request.Transform.MirrorId)
            return new ApplyResult(name, ApplyOutcome.Refused, $"An object of this name belongs to the mirror with id {other}; nothing was changed.");
        if (there is not null && there.Label(WellKnown.MirrorLabel) is null)
            (value.Metadata()["labels"] as JsonObject)?.Remove(WellKnown.MirrorLabel);
        try
        {
            await SendAsync(kind, value, ct);
        }
        catch (ResourceInvalidException) when (there?.Label(WellKnown.MirrorLabel) is not null && ApplyOrder.RankOf(value) > ApplyOrder.VolumeRank)
        {
            // Fields that cannot be changed, on an object that is ours: make it anew.
            await api.TryDeleteAsync(kind, value.Namespace(), value.Name(), new DeleteOptions { Uid = there.Uid() }, ct);
            return new ApplyResult(name, ApplyOutcome.Waiting, "It has to be made anew, because what changed cannot be changed in place.");
        }
        if (value.Kind() == "CustomResourceDefinition")
            await AwaitEstablishedAsync(kind, value.Name(), ct);
        return new ApplyResult(name, ApplyOutcome.Applied);
    }

    private Task<JsonObject> SendAsync(ResourceKind kind, JsonObject value, CancellationToken ct) =>
        api.PatchAsync(kind, value.Namespace(), value.Name(), new ObjectPatch.Apply(value, WellKnown.FieldManager, Force: true), null, ct);

    // The captured version where it is served; else the preferred one here: of the kinds whose versions
    // come and go between 1.20 and 1.36 (CronJob, PodDisruptionBudget) the forms are alike.
    private async Task<ResourceKind?> KindOfAsync(JsonObject value, CancellationToken ct)
    {
        var discovery = await api.DiscoverAsync(refresh: false, ct);
        if (discovery.Find(value.Group(), value.Kind()) is not { } kind)
            return null;
        var version = value.ApiVersion().Split('/')[^1];
        if (kind.ServedVersions.Contains(version))
            return kind with { Version = version };
        value["apiVersion"] = kind.ApiVersion;
        return kind;
    }

    private async Task AwaitEstablishedAsync(ResourceKind definitions, string name, CancellationToken ct)
    {
        var started = time.GetTimestamp();
        while (time.GetElapsedTime(started) < DefinitionPatience)
        {
            var definition = await api.GetAsync(definitions, null, name, ct);
            var established = (definition.At("status", "conditions") as JsonArray ?? [])
                .Any(c => c.At("type").Text() == "Established" && c.At("status").Text() == "True");
            if (established)
            {
                await api.DiscoverAsync(refresh: true, ct);
                return;
            }
            await Task.Delay(DefinitionPause, time, ct);
        }
        throw new KubernetesApiException($"The definition {name} is not served after {DefinitionPatience.TotalSeconds:0} s; `kubectl describe crd {name}` says why.");
    }

    private async Task<IReadOnlyList<ApplyResult>> PruneAsync(IReadOnlyList<JsonObject> wanted, TransformOptions transform, CancellationToken ct)
    {
        var keep = wanted.Select(NameOf).ToHashSet();
        var results = new List<ApplyResult>();
        foreach (var (kind, value) in await MirroredObjects.FindAsync(api, transform.MirrorId, ct))
        {
            if (NeverPruned.Contains(value.Kind()) || keep.Contains(NameOf(value)))
                continue;
            await api.TryDeleteAsync(kind, value.Namespace(), value.Name(), new DeleteOptions { Uid = value.Uid() }, ct);
            results.Add(new ApplyResult(NameOf(value), ApplyOutcome.Pruned));
        }
        return results;
    }

    private static string NameOf(JsonObject value) =>
        value.Namespace() is { } ns ? $"{value.Kind()} {ns}/{value.Name()}" : $"{value.Kind()} {value.Name()}";
}
