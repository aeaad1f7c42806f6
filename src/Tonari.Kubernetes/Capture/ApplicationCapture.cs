using System.Net;
using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Capture;

/// <summary>An application as it was found.</summary>
/// <param name="Resources">What travels: its objects, and its replicable volumes.</param>
/// <param name="Volumes">All its volumes, also those that cannot be replicated.</param>
public sealed record CapturedApplication(CapturedResources Resources, IReadOnlyList<ApplicationVolume> Volumes);

/// <summary>Reads an application out of the cluster: asks for everything, then decides by <see cref="CaptureRules"/>. Changes nothing.</summary>
public sealed class ApplicationCapture(IKubernetesApi api, TimeProvider time)
{
    private static readonly ResourceKind Crds = new("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);

    /// <summary>Kinds listed at the same time.</summary>
    private const int Parallelism = 8;

    /// <summary>Captures an application.</summary>
    /// <exception cref="KubernetesApiException">Something could not be read; a capture with holes would be a lost resource.</exception>
    public async Task<CapturedApplication> CaptureAsync(Application application, string cluster, CancellationToken ct)
    {
        var scope = ApplicationScope.Of(application);
        var discovery = await api.DiscoverAsync(refresh: true, ct);
        var found = await FindNamespacedAsync(scope, discovery, ct);
        found.AddRange(await FindClusterScopedAsync(scope, discovery, ct));
        var chosen = CaptureRules.Choose(found, scope);
        var definitions = await DefinitionsOfAsync(chosen, discovery, ct);
        var (captured, all) = await VolumesAsync(scope, chosen, ct);
        var objects = (IEnumerable<JsonObject>)[.. await NamespacesAsync(scope, ct), .. definitions, .. chosen];
        var resources = new CapturedResources
        {
            CapturedAt = time.GetUtcNow(),
            SourceCluster = cluster,
            Objects = [.. objects.Select(Trim)],
            Volumes = captured,
        };
        return new CapturedApplication(resources, all);
    }

    /// <summary>Its volumes only.</summary>
    public async Task<IReadOnlyList<ApplicationVolume>> DescribeVolumesAsync(Application application, CancellationToken ct) =>
        (await CaptureAsync(application, "", ct)).Volumes;

    private async Task<List<JsonObject>> FindNamespacedAsync(ApplicationScope scope, ApiDiscovery discovery, CancellationToken ct)
    {
        var wanted = discovery.Kinds.Where(CaptureRules.IsCapturable).SelectMany(kind => scope.Namespaces.Select(ns => (Kind: kind, Namespace: ns)));
        var found = new List<JsonObject>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(wanted, options, async (one, token) =>
        {
            var items = await ListAsync(one.Kind, one.Namespace.Name, one.Namespace.Selector.ToQuery(), token);
            lock (found)
                found.AddRange(items);
        });
        return found;
    }

    private async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceKind kind, string? ns, string? selector, CancellationToken ct)
    {
        try
        {
            return (await api.ListAsync(kind, ns, new ListOptions(selector), ct)).Items;
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

    private async Task<List<JsonObject>> FindClusterScopedAsync(ApplicationScope scope, ApiDiscovery discovery, CancellationToken ct)
    {
        var found = new List<JsonObject>();
        foreach (var choice in scope.ClusterResources)
        {
            var kind = discovery.Kinds.FirstOrDefault(k =>
                !k.Namespaced && k.Group == choice.Group && string.Equals(k.Kind, choice.Kind, StringComparison.OrdinalIgnoreCase));
            if (kind is null)
                continue; // Not there (yet): nothing to capture.
            if (choice.Name is not { } name)
                found.AddRange(await ListAsync(kind, null, choice.Selector.ToQuery(), ct));
            else if (await api.FindAsync(kind, null, name, ct) is { } one)
                found.Add(one);
        }
        return found;
    }

    // Custom resources travel with their definition, for a cluster that does not know the kind yet.
    private async Task<IReadOnlyList<JsonObject>> DefinitionsOfAsync(IReadOnlyList<JsonObject> objects, ApiDiscovery discovery, CancellationToken ct)
    {
        var names = objects
            .Where(value => value.Group() != WellKnown.Group)
            .Select(value => discovery.Find(value.Group(), value.Kind()))
            .OfType<ResourceKind>()
            .Select(kind => $"{kind.Plural}.{kind.Group}")
            .ToHashSet();
        var definitions = await ListAsync(Crds, null, null, ct);
        return [.. definitions.Where(d => names.Contains(d.Name())).OrderBy(d => d.Name(), StringComparer.Ordinal)];
    }

    private async Task<IReadOnlyList<JsonObject>> NamespacesAsync(ApplicationScope scope, CancellationToken ct)
    {
        var found = new List<JsonObject>();
        foreach (var name in scope.NamespaceNames.Order(StringComparer.Ordinal))
        {
            if (await api.FindAsync(ResourceKind.Of<V1Namespace>(), null, name, ct) is { } ns)
                found.Add(ns);
        }
        return found;
    }

    private async Task<(IReadOnlyList<CapturedVolume> Captured, IReadOnlyList<ApplicationVolume> All)> VolumesAsync(
        ApplicationScope scope, IReadOnlyList<JsonObject> objects, CancellationToken ct)
    {
        var claims = new List<V1PersistentVolumeClaim>();
        var chosen = new HashSet<(string, string)>();
        foreach (var ns in scope.Namespaces)
        {
            var selector = ns.Selector.ToQuery();
            var all = await api.ListAsync<V1PersistentVolumeClaim>(ns.Name, ct);
            claims.AddRange(all);
            var selected = selector is null ? all : await api.ListAsync<V1PersistentVolumeClaim>(ns.Name, ct, selector);
            chosen.UnionWith(selected.Select(c => (c.Namespace(), c.Name())));
        }
        chosen.UnionWith(ApplicationVolumes.ClaimsOf(objects, claims));
        var volumes = (await api.ListAsync<V1PersistentVolume>(null, ct)).ToDictionary(v => v.Name());
        var pools = await api.ListAsync<StoragePool>(null, ct);

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

    private static JsonObject Trim(JsonObject value)
    {
        var trimmed = (JsonObject)value.DeepClone();
        trimmed.Remove("status");
        trimmed.Metadata().Remove("managedFields");
        return trimmed;
    }
}
