using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Tonari.Kubernetes.Api;

namespace Tonari.Testing;

/// <summary>The objects that it keeps, and what becomes of them.</summary>
public sealed partial class FakeKubernetesApi
{
    private JsonObject Patch(Key key, ResourceKind kind, ObjectPatch patch, string? subresource)
    {
        switch (patch)
        {
            case ObjectPatch.Merge merge:
                return Change(key, kind, subresource, merge.Body.ResourceVersion(), target => FakePatches.Merge(target, merge.Body));
            case ObjectPatch.Json json:
                return Change(key, kind, subresource, null, target => FakePatches.Json(target, json.Operations));
            case ObjectPatch.Apply apply:
                var before = _applied.GetValueOrDefault((key, apply.FieldManager));
                _applied[(key, apply.FieldManager)] = (JsonObject)apply.Body.DeepClone();
                if (_objects.ContainsKey(key))
                    return Change(key, kind, subresource, apply.Body.ResourceVersion(), target => FakePatches.Apply(target, apply.Body, before));
                var created = (JsonObject)apply.Body.DeepClone();
                created.Remove("status");
                Complete(created, null);
                return Store(key, kind, created, WatchChange.Added);
            default:
                throw new ArgumentException("unknown patch", nameof(patch));
        }
    }

    private JsonObject Change(Key key, ResourceKind kind, string? subresource, string? expectedVersion, Action<JsonObject> change)
    {
        var old = Existing(key, kind);
        if (expectedVersion is not null && expectedVersion != old.ResourceVersion())
            throw new ResourceConflictException($"Operation cannot be fulfilled on {kind.Plural} \"{key.Name}\": the object has been modified");
        var changed = (JsonObject)old.DeepClone();
        change(changed);
        var result = (JsonObject)(subresource == "status" ? old : changed).DeepClone();
        var status = (subresource == "status" ? changed : old)["status"]?.DeepClone();
        result.Remove("status");
        if (status is not null)
            result["status"] = status;
        foreach (var kept in (ReadOnlySpan<string>)["uid", "creationTimestamp", "deletionTimestamp", "generation"])
        {
            result.Metadata().Remove(kept);
            if (old.Metadata()[kept] is { } value)
                result.Metadata()[kept] = value.DeepClone();
        }
        result.Metadata()["resourceVersion"] = old.ResourceVersion();
        if (JsonNode.DeepEquals(result, old))
            return (JsonObject)old.DeepClone();
        if (!JsonNode.DeepEquals(result["spec"], old["spec"]))
            result.Metadata()["generation"] = (old.Metadata()["generation"]?.GetValue<long>() ?? 1) + 1;
        if (result.Metadata()["deletionTimestamp"] is not null && result.Metadata()["finalizers"] is null or JsonArray { Count: 0 })
        {
            Remove(key, kind, result);
            return result;
        }
        return Store(key, kind, result, WatchChange.Modified);
    }

    private void Delete(Key key, ResourceKind kind, JsonObject value, DeletePropagation propagation)
    {
        if (value.Metadata()["finalizers"] is JsonArray { Count: > 0 })
        {
            if (value.Metadata()["deletionTimestamp"] is not null)
                return;
            var ending = (JsonObject)value.DeepClone();
            ending.Metadata()["deletionTimestamp"] = Now();
            Store(key, kind, ending, WatchChange.Modified);
            return;
        }
        Remove(key, kind, value);
        if (propagation == DeletePropagation.Orphan)
            return;
        var owned = _objects.Where(pair => (pair.Value.Metadata()["ownerReferences"] as JsonArray ?? []).Any(o => o.At("uid").Text() == value.Uid())).ToArray();
        foreach (var (ownedKey, ownedValue) in owned)
        {
            if (_objects.ContainsKey(ownedKey))
                Delete(ownedKey, KindOf(ownedValue), ownedValue, propagation);
        }
    }

    private void Remove(Key key, ResourceKind kind, JsonObject value)
    {
        _objects.Remove(key);
        foreach (var applied in _applied.Keys.Where(k => k.Item1 == key).ToArray())
            _applied.Remove(applied);
        var last = (JsonObject)value.DeepClone();
        last.Metadata()["resourceVersion"] = Text(++_version);
        _log.Add((_version, kind, new WatchEvent(WatchChange.Deleted, last)));
        Pulse();
    }

    private JsonObject Store(Key key, ResourceKind kind, JsonObject value, WatchChange type)
    {
        value.Metadata()["resourceVersion"] = Text(++_version);
        _objects[key] = value;
        _log.Add((_version, kind, new WatchEvent(type, (JsonObject)value.DeepClone())));
        Pulse();
        return (JsonObject)value.DeepClone();
    }

    private void Complete(JsonObject value, string? uid)
    {
        if (value["metadata"] is not JsonObject metadata)
            value["metadata"] = metadata = [];
        metadata["uid"] ??= uid ?? $"00000000-0000-0000-0000-{++_uids:x12}";
        metadata["creationTimestamp"] ??= Now();
        metadata["generation"] ??= 1L;
    }

    private JsonObject Existing(Key key, ResourceKind kind) =>
        _objects.GetValueOrDefault(key) ?? throw new ResourceNotFoundException($"{kind.Plural} \"{key.Name}\" not found");

    private ResourceKind KindOf(JsonObject value) =>
        _kinds.FirstOrDefault(k => k.Is(value.Group(), value.Kind()))
        ?? throw new KubernetesApiException($"The fake API does not serve {value.Kind()} of '{value.Group()}'; call Serve first.", HttpStatusCode.NotFound);

    private void Pulse()
    {
        var changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    private string Now() => _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static string Text(long version) => version.ToString(CultureInfo.InvariantCulture);

    private readonly record struct Key(string Group, string Plural, string Namespace, string Name)
    {
        public static Key Of(ResourceKind kind, string? ns, string name) => new(kind.Group, kind.Plural, kind.Namespaced ? ns ?? "" : "", name);
    }
}
