using System.Collections.Concurrent;
using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Capture;

/// <summary>An application as it was found.</summary>
/// <param name="Resources">What travels: its objects, and its replicable volumes.</param>
/// <param name="Volumes">All its volumes, also those that cannot be replicated.</param>
public sealed record CapturedApplication(CapturedResources Resources, IReadOnlyList<ApplicationVolume> Volumes);

/// <summary>What somebody may not see of an application.</summary>
/// <param name="Kind">The kind he may not list.</param>
/// <param name="Namespace">Where; null for kinds without namespaces.</param>
public sealed record UnseenKind(ResourceKind Kind, string? Namespace);

/// <summary>Reads an application out of the cluster: asks for everything, then decides by <see cref="CaptureRules"/>. Changes nothing.</summary>
/// <param name="api">Is asked for the objects, with the rights of whoever it acts for.</param>
/// <param name="time">Says when.</param>
/// <param name="cluster">
/// Is asked for what belongs to the cluster and says where the volumes of claims that were found are kept; the same API when left out.
/// </param>
/// <param name="contents">Spares the questions whose answer is known to be empty; when left out, everything is asked.</param>
public sealed class ApplicationCapture(IKubernetesApi api, TimeProvider time, IKubernetesApi? cluster = null, NamespaceContents? contents = null)
{
    private readonly IKubernetesApi _cluster = cluster ?? api;

    private static readonly ResourceKind Crds = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);

    /// <summary>Kinds listed at the same time.</summary>
    private const int Parallelism = 8;

    /// <summary>The same, but spares no question: what was created a moment ago is found too, whatever its kind. Costs a request for each kind and namespace.</summary>
    public ApplicationCapture OfEveryKind => contents is null ? this : new ApplicationCapture(api, time, cluster);

    /// <summary>Captures an application.</summary>
    /// <exception cref="KubernetesApiException">Something could not be read; a capture with holes would be a lost resource.</exception>
    /// <exception cref="ConsentMissingException">It takes something that has not consented (<see cref="ApplicationConsent"/>).</exception>
    public async Task<CapturedApplication> CaptureAsync(Application application, string cluster, CancellationToken ct)
    {
        await ApplicationConsent.DemandAsync(_cluster, application, ct);
        return await CaptureAsync(application, cluster, null, application.Namespace, ct);
    }

    /// <summary>What a capture would hold, as far as whoever asks may see it; the rest is named.</summary>
    /// <exception cref="KubernetesApiException">Something could not be read for another reason than missing rights.</exception>
    public async Task<(CapturedApplication Application, IReadOnlyList<UnseenKind> Unseen)> LookAsync(Application application, CancellationToken ct)
    {
        var unseen = new ConcurrentBag<UnseenKind>();
        var captured = await CaptureAsync(application, "", unseen, null, ct);
        return (captured, [.. unseen.Distinct().OrderBy(u => u.Namespace, StringComparer.Ordinal).ThenBy(u => u.Kind.Kind, StringComparer.Ordinal)]);
    }

    private async Task<CapturedApplication> CaptureAsync(
        Application application, string source, ConcurrentBag<UnseenKind>? unseen, string? consentTo, CancellationToken ct)
    {
        var scope = ApplicationScope.Of(application);
        var discovery = await api.DiscoverAsync(refresh: contents is not { KnowsKinds: true }, ct);
        var found = await FindNamespacedAsync(scope, discovery, unseen, ct);
        var chosenOfCluster = await FindClusterScopedAsync(scope, discovery, unseen, ct);
        if (consentTo is not null)
            chosenOfCluster.ForEach(value => ApplicationConsent.Demand(value, consentTo));
        found.AddRange(chosenOfCluster);
        var chosen = CaptureRules.Choose(found, scope);
        var definitions = await DefinitionsOfAsync(chosen, discovery, ct);
        var (captured, all) = await VolumesAsync(scope, chosen, unseen, ct);
        var objects = (IEnumerable<JsonObject>)[.. await NamespacesAsync(scope, unseen, ct), .. definitions, .. chosen];
        var resources = new CapturedResources
        {
            CapturedAt = time.GetUtcNow(),
            SourceCluster = source,
            Objects = [.. objects.Select(Trim)],
            Volumes = captured,
        };
        return new CapturedApplication(resources, all);
    }

    /// <summary>Its volumes only, also of namespaces that do not consent: what is mounted is mounted.</summary>
    public async Task<IReadOnlyList<ApplicationVolume>> DescribeVolumesAsync(Application application, CancellationToken ct) =>
        (await CaptureAsync(application, "", null, null, ct)).Volumes;

    private async Task<List<JsonObject>> FindNamespacedAsync(
        ApplicationScope scope, ApiDiscovery discovery, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct)
    {
        var wanted = discovery.Kinds.Where(CaptureRules.IsCapturable).SelectMany(kind => scope.Namespaces.Select(ns => (Kind: kind, Namespace: ns)))
            .Where(one => contents is null || contents.MayHold(one.Kind, one.Namespace.Name));
        var found = new List<JsonObject>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(wanted, options, async (one, token) =>
        {
            var items = await ListAsync(one.Kind, one.Namespace.Name, one.Namespace.Selector.ToQuery(), unseen, token);
            lock (found)
                found.AddRange(items);
        });
        return found;
    }

    private Task<IReadOnlyList<JsonObject>> ListAsync(ResourceKind kind, string? ns, string? selector, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct) =>
        ListAsync(api, kind, ns, selector, unseen, ct);

    private static async Task<IReadOnlyList<JsonObject>> ListAsync(
        IKubernetesApi asked, ResourceKind kind, string? ns, string? selector, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct)
    {
        try
        {
            return (await asked.ListAsync(kind, ns, new ListOptions(selector), ct)).Items;
        }
        catch (ApiForbiddenException) when (unseen is not null)
        {
            unseen.Add(new UnseenKind(kind, ns));
            return [];
        }
        catch (ResourceNotFoundException)
        {
            return []; // The kind has gone since discovery, and its objects with it.
        }
        catch (KubernetesApiException e) when (e.Status == HttpStatusCode.MethodNotAllowed)
        {
            return []; // Discovery says it can be listed, its server does not.
        }
    }

    private async Task<List<JsonObject>> FindClusterScopedAsync(
        ApplicationScope scope, ApiDiscovery discovery, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct)
    {
        var found = new List<JsonObject>();
        foreach (var choice in scope.ClusterResources)
        {
            var kind = discovery.Kinds.FirstOrDefault(k =>
                !k.Namespaced && k.Group == choice.Group && string.Equals(k.Kind, choice.Kind, StringComparison.OrdinalIgnoreCase));
            if (kind is null)
                continue; // Not there (yet): nothing to capture.
            if (choice.Name is not { } name)
                found.AddRange(await ListAsync(kind, null, choice.Selector.ToQuery(), unseen, ct));
            else if (await FindAsync(kind, name, unseen, ct) is { } one)
                found.Add(one);
        }
        return found;
    }

    private async Task<JsonObject?> FindAsync(ResourceKind kind, string name, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct)
    {
        try
        {
            return await api.FindAsync(kind, null, name, ct);
        }
        catch (ApiForbiddenException) when (unseen is not null)
        {
            unseen.Add(new UnseenKind(kind, null));
            return null;
        }
    }

    // Custom resources travel with their definition, for a cluster that does not know the kind yet.
    private async Task<IReadOnlyList<JsonObject>> DefinitionsOfAsync(IReadOnlyList<JsonObject> objects, ApiDiscovery discovery, CancellationToken ct)
    {
        var names = objects
            .Where(value => value.Group() != WellKnown.Group && !CaptureRules.IsBuiltIn(value.Group()))
            .Select(value => discovery.Find(value.Group(), value.Kind()))
            .OfType<ResourceKind>()
            .Select(kind => $"{kind.Plural}.{kind.Group}")
            .ToHashSet();
        var definitions = new List<JsonObject>();
        foreach (var name in names.Order(StringComparer.Ordinal))
        {
            if (await _cluster.FindAsync(Crds, null, name, ct) is { } definition)
                definitions.Add(definition);
        }
        return definitions;
    }

    private async Task<IReadOnlyList<JsonObject>> NamespacesAsync(ApplicationScope scope, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct)
    {
        var found = new List<JsonObject>();
        foreach (var name in scope.NamespaceNames.Order(StringComparer.Ordinal))
        {
            if (await FindAsync(ResourceKind.Of<V1Namespace>(), name, unseen, ct) is { } ns)
                found.Add(ns);
        }
        return found;
    }

    private async Task<(IReadOnlyList<CapturedVolume> Captured, IReadOnlyList<ApplicationVolume> All)> VolumesAsync(
        ApplicationScope scope, IReadOnlyList<JsonObject> objects, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct)
    {
        var claims = new List<V1PersistentVolumeClaim>();
        var chosen = new HashSet<(string, string)>();
        foreach (var ns in scope.Namespaces)
        {
            var selector = ns.Selector.ToQuery();
            var all = await ClaimsAsync(ns.Name, null, unseen, ct);
            claims.AddRange(all);
            var selected = selector is null ? all : await ClaimsAsync(ns.Name, selector, unseen, ct);
            chosen.UnionWith(selected.Select(c => (c.Namespace(), c.Name())));
        }
        chosen.UnionWith(ApplicationVolumes.ClaimsOf(objects, claims));
        var wanted = claims.Where(c => chosen.Contains((c.Namespace(), c.Name())) && !string.IsNullOrEmpty(c.Spec.VolumeName)).Select(c => c.Spec.VolumeName);
        var volumes = await VolumesByNameAsync([.. wanted], ct);
        var pools = await _cluster.ListAsync<StoragePool>(null, ct);

        var captured = new List<CapturedVolume>();
        var described = new List<ApplicationVolume>();
        foreach (var claim in claims.Where(c => chosen.Contains((c.Namespace(), c.Name()))).OrderBy(c => $"{c.Namespace()}/{c.Name()}", StringComparer.Ordinal))
        {
            if (scope.Excludes.Any(e => e is { Group: "", Kind: "PersistentVolumeClaim" } && (e.Name is null || e.Name == claim.Name())))
                continue;
            var volume = claim.Spec.VolumeName is { Length: > 0 } name ? volumes.GetValueOrDefault(name) : null;
            var description = ApplicationVolumes.Describe(claim, volume, pools);
            described.Add(description);
            if (description.Replicable)
                captured.Add(ApplicationVolumes.Capture(claim, volume!));
        }
        return (captured, described);
    }

    // One by one: the list holds the volumes of all applications.
    private async Task<IReadOnlyDictionary<string, V1PersistentVolume>> VolumesByNameAsync(IReadOnlyCollection<string> names, CancellationToken ct)
    {
        var found = new ConcurrentDictionary<string, V1PersistentVolume>(StringComparer.Ordinal);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(names, options, async (name, token) =>
        {
            if (await _cluster.FindAsync<V1PersistentVolume>(null, name, token) is { } volume)
                found[name] = volume;
        });
        return found;
    }

    private async Task<IReadOnlyList<V1PersistentVolumeClaim>> ClaimsAsync(string ns, string? selector, ConcurrentBag<UnseenKind>? unseen, CancellationToken ct) =>
        [.. (await ListAsync(ResourceKind.Of<V1PersistentVolumeClaim>(), ns, selector, unseen, ct)).Select(KubeJson.FromJson<V1PersistentVolumeClaim>)];

    private static JsonObject Trim(JsonObject value)
    {
        var trimmed = (JsonObject)value.DeepClone();
        trimmed.Remove("status");
        trimmed.Metadata().Remove("managedFields");
        return trimmed;
    }
}
