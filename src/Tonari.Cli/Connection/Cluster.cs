using System.Net;
using System.Text.Json.Nodes;
using k8s;
using k8s.Models;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Pairing;

namespace Tonari.Cli.Connection;

/// <summary>An object, typed for us and as the API has it for the user.</summary>
internal sealed record Item<T>(T Value, JsonObject Json)
{
    public static Item<T> Of(JsonObject json) => new(KubeJson.FromJson<T>(json), json);
}

/// <summary>The cluster, as the commands ask it. Missing objects are told in the user's words.</summary>
/// <param name="api">Its API.</param>
/// <param name="patience">How long one request may take, where that is less than the API allows itself.</param>
internal sealed class Cluster(IKubernetesApi api, TimeSpan? patience)
{
    public async Task<Item<T>> GetAsync<T>(string? ns, string name, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        return await FindAsync<T>(ns, name, ct) ?? throw Missing<T>(ns, name);
    }

    public async Task<Item<T>?> FindAsync<T>(string? ns, string name, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        return await WithinAsync(token => api.FindAsync(ResourceKind.Of<T>(), Scope<T>(ns), name, token), ct) is { } json ? Item<T>.Of(json) : null;
    }

    /// <summary>All objects, ordered by namespace and name.</summary>
    /// <param name="ns">Null: all namespaces.</param>
    /// <param name="ct">Ends the request.</param>
    public async Task<IReadOnlyList<Item<T>>> ListAsync<T>(string? ns, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var list = await WithinAsync(token => api.ListAsync(ResourceKind.Of<T>(), Scope<T>(ns), ListOptions.All, token), ct);
        return [.. list.Items
            .OrderBy(json => json.Namespace(), StringComparer.Ordinal)
            .ThenBy(json => json.Name(), StringComparer.Ordinal)
            .Select(Item<T>.Of)];
    }

    public Task<T> CreateAsync<T>(T value, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta> => WithinAsync(token => api.CreateAsync(value, token), ct);

    /// <summary>Creates an object whose content is nobody's business: where the server refuses it, its words may repeat what is in it and are left out.</summary>
    public async Task CreateSecretAsync(V1Secret value, CancellationToken ct)
    {
        try
        {
            await CreateAsync(value, ct);
        }
        catch (KubernetesApiException e) when (e is { Status: { } status and not HttpStatusCode.NotFound } && !IsMissingPermission(e))
        {
            throw CliException.Refused(
                $"The API server does not accept the Secret {value.Metadata.NamespaceProperty}/{value.Metadata.Name} ({(int)status} {e.Reason ?? status.ToString()}).",
                "Its words are not repeated here, because they may hold what is secret.");
        }
    }

    // Said before anybody has looked at the object.
    private static bool IsMissingPermission(KubernetesApiException e) =>
        e is { Status: HttpStatusCode.Unauthorized } || (e is ApiForbiddenException && e.Message.Contains("is forbidden: User ", StringComparison.Ordinal));

    /// <summary>Changes parts of an object by merge patch: what is not named stays, whoever wrote it.</summary>
    public async Task<Item<T>> MergeAsync<T>(string? ns, string name, JsonObject patch, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        return Item<T>.Of(await WithinAsync(
            token => api.PatchAsync(ResourceKind.Of<T>(), Scope<T>(ns), name, new ObjectPatch.Merge(patch), null, token), ct));
    }

    /// <summary>Changes an object after having looked at it: the change is made only to what was looked at, and looked at again if it has changed.</summary>
    /// <param name="ns">Namespace.</param>
    /// <param name="name">Name.</param>
    /// <param name="decide">The merge patch; throws to refuse.</param>
    /// <param name="ct">Ends the requests.</param>
    public async Task<Item<T>> ChangeAsync<T>(string? ns, string name, Func<Item<T>, JsonObject> decide, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        var changed = await CarefulChange.RunAsync(
            async () => (await GetAsync<T>(ns, name, ct)).Json,
            seen => decide(Item<T>.Of(seen)),
            async patch => (await MergeAsync<T>(ns, name, patch, ct)).Json);
        return Item<T>.Of(changed);
    }

    public async Task DeleteAsync<T>(string? ns, string name, CancellationToken ct)
        where T : class, IKubernetesObject<V1ObjectMeta>
    {
        if (!await WithinAsync(token => api.DeleteAsync<T>(Scope<T>(ns), name, token), ct))
        {
            throw Missing<T>(ns, name);
        }
    }

    /// <exception cref="CliException">Tonari's controller has not published it.</exception>
    public async Task<ClusterInfo> GetInfoAsync(CancellationToken ct) =>
        await FindInfoAsync(ct) ?? throw CliException.Failed(
            $"Tonari's controller has not published its address: there is no ConfigMap {WellKnown.SystemNamespace}/{PairingObjects.InfoName}.",
            $"Is it running? See kubectl -n {WellKnown.SystemNamespace} get pods.");

    public Task<ClusterInfo?> FindInfoAsync(CancellationToken ct) =>
        WithinAsync(token => ClusterInfo.FindAsync(api, WellKnown.SystemNamespace, token), ct);

    /// <summary>This cluster's name where we may read it: a user may see mirrors without seeing the system namespace.</summary>
    public async Task<string?> FindNameAsync(CancellationToken ct)
    {
        try
        {
            return (await FindInfoAsync(ct))?.ClusterName;
        }
        catch (ApiForbiddenException)
        {
            return null;
        }
    }

    private async Task<TResult> WithinAsync<TResult>(Func<CancellationToken, Task<TResult>> request, CancellationToken ct)
    {
        if (patience is not { } limit)
        {
            return await request(ct);
        }

        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        ending.CancelAfter(limit);
        try
        {
            return await request(ending.Token);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new ApiUnavailableException($"It took longer than the {Format.Exact(limit)} of --request-timeout.", null, e);
        }
    }

    private static string? Scope<T>(string? ns) => ResourceKind.Of<T>().Namespaced ? ns : null;

    private static CliException Missing<T>(string? ns, string name)
    {
        var kind = ResourceKind.Of<T>();
        var list = KindWords.CommandOf(kind.Kind) is { } word ? $"tonari {word} list" : $"kubectl get {kind.Plural}";
        return kind.Namespaced
            ? CliException.Failed($"There is no {kind.Kind} {name} in namespace {ns}.", $"See {list} -A.")
            : CliException.Failed($"There is no {kind.Kind} {name}.", $"See {list}.");
    }
}
