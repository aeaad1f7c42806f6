using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Tonari.Kubernetes.Json;

namespace Tonari.Kubernetes.Api;

/// <summary>The Kubernetes API with C# types: the client package's and our own.</summary>
public static class TypedApi
{
    /// <summary>One object.</summary>
    /// <exception cref="ResourceNotFoundException">There is none.</exception>
    public static async Task<T> GetAsync<T>(this IKubernetesApi api, string? ns, string name, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta> =>
        KubeJson.FromJson<T>(await api.GetAsync(ResourceKind.Of<T>(), ns, name, ct));

    /// <summary>One object; null if there is none.</summary>
    public static async Task<T?> FindAsync<T>(this IKubernetesApi api, string? ns, string name, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta> =>
        await api.FindAsync(ResourceKind.Of<T>(), ns, name, ct) is { } json ? KubeJson.FromJson<T>(json) : null;

    /// <summary>One object; null if there is none, or if the server does not know the kind.</summary>
    public static async Task<JsonObject?> FindAsync(this IKubernetesApi api, ResourceKind kind, string? ns, string name, CancellationToken ct)
    {
        try
        {
            return await api.GetAsync(kind, ns, name, ct);
        }
        catch (ResourceNotFoundException)
        {
            return null;
        }
    }

    /// <summary>All objects of a type, in a namespace or (null) in all of them.</summary>
    public static async Task<IReadOnlyList<T>> ListAsync<T>(this IKubernetesApi api, string? ns, CancellationToken ct, string? labelSelector = null)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var list = await api.ListAsync(ResourceKind.Of<T>(), ns, new ListOptions(labelSelector), ct);
        return [.. list.Items.Select(KubeJson.FromJson<T>)];
    }

    /// <summary>Creates an object and returns it as the server keeps it.</summary>
    /// <exception cref="ResourceAlreadyExistsException">One of that name exists.</exception>
    public static async Task<T> CreateAsync<T>(this IKubernetesApi api, T value, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta> =>
        KubeJson.FromJson<T>(await api.CreateAsync(ResourceKind.Of<T>(), Complete(value), ct));

    /// <summary>Replaces an object if it has not changed since it was read.</summary>
    /// <exception cref="ResourceConflictException">It has changed.</exception>
    public static async Task<T> UpdateAsync<T>(this IKubernetesApi api, T value, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta> =>
        KubeJson.FromJson<T>(await api.ReplaceAsync(ResourceKind.Of<T>(), Complete(value), null, ct));

    /// <summary>Replaces an object's status if the object has not changed since it was read.</summary>
    /// <exception cref="ResourceConflictException">It has changed.</exception>
    public static async Task<T> UpdateStatusAsync<T>(this IKubernetesApi api, T value, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta> =>
        KubeJson.FromJson<T>(await api.ReplaceAsync(ResourceKind.Of<T>(), Complete(value), "status", ct));

    /// <summary>RFC 7386 merge patch.</summary>
    public static async Task<T> MergeAsync<T>(this IKubernetesApi api, string? ns, string name, JsonObject patch, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta> =>
        KubeJson.FromJson<T>(await api.PatchAsync(ResourceKind.Of<T>(), ns, name, new ObjectPatch.Merge(patch), null, ct));

    /// <summary>Server-side apply with force, as field manager <see cref="WellKnown.FieldManager"/>.</summary>
    public static async Task<T> ApplyAsync<T>(this IKubernetesApi api, T value, CancellationToken ct)
        where T : IKubernetesObject<V1ObjectMeta>
    {
        var patch = new ObjectPatch.Apply(Complete(value), WellKnown.FieldManager, Force: true);
        return KubeJson.FromJson<T>(
            await api.PatchAsync(ResourceKind.Of<T>(), value.Metadata.NamespaceProperty, value.Metadata.Name, patch, null, ct));
    }

    /// <summary>Deletes an object; false if there was none.</summary>
    public static Task<bool> DeleteAsync<T>(this IKubernetesApi api, string? ns, string name, CancellationToken ct, DeleteOptions? options = null)
        where T : IKubernetesObject<V1ObjectMeta> =>
        api.TryDeleteAsync(ResourceKind.Of<T>(), ns, name, options ?? new DeleteOptions(), ct);

    /// <summary>Deletes an object; false if there was none.</summary>
    public static async Task<bool> TryDeleteAsync(
        this IKubernetesApi api, ResourceKind kind, string? ns, string name, DeleteOptions options, CancellationToken ct)
    {
        try
        {
            await api.DeleteAsync(kind, ns, name, options, ct);
            return true;
        }
        catch (ResourceNotFoundException)
        {
            return false;
        }
    }

    private static JsonObject Complete<T>(T value)
    {
        var kind = ResourceKind.Of<T>();
        var json = KubeJson.ToJson(value);
        json["apiVersion"] = kind.ApiVersion;
        json["kind"] = kind.Kind;
        return json;
    }
}
