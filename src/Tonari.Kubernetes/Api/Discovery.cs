using System.Collections.Concurrent;
using System.Text.Json.Nodes;

namespace Tonari.Kubernetes.Api;

/// <summary>
/// What a server serves, asked group by group: every server since 1.20 answers this form. A kind that the preferred version of its group
/// lacks (CronJob in the batch group of 1.20) is taken from the next version that has it.
/// </summary>
internal sealed class Discovery(Func<string, CancellationToken, Task<JsonObject>> get) : IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private ApiDiscovery? _known;
    private long _begun;
    private long _answered;

    public async Task<ApiDiscovery> GetAsync(bool refresh, CancellationToken ct)
    {
        if (!refresh && _known is { } known)
            return known;
        var begun = Volatile.Read(ref _begun);
        await _one.WaitAsync(ct);
        try
        {
            // Whoever has waited for an answer that was begun after he came has a fresh one: many who come at once ask once.
            if (_known is not null && _answered > begun)
                return _known;
            var number = Interlocked.Increment(ref _begun);
            _known = await AskAsync(ct);
            _answered = number;
            return _known;
        }
        finally
        {
            _one.Release();
        }
    }

    public void Dispose() => _one.Dispose();

    private async Task<ApiDiscovery> AskAsync(CancellationToken ct)
    {
        var groups = await get("/apis", ct);
        var wanted = new List<(string Group, IReadOnlyList<string> Versions)> { ("", ["v1"]) };
        foreach (var group in groups["groups"]?.AsArray() ?? [])
            wanted.Add((group!["name"].Text()!, VersionsOf(group)));

        var found = new ConcurrentDictionary<string, IReadOnlyList<ResourceKind>>();
        var unavailable = new ConcurrentBag<string>();
        var options = new ParallelOptions { MaxDegreeOfParallelism = ApiLimits.DiscoveryParallelism, CancellationToken = ct };
        await Parallel.ForEachAsync(wanted, options, async (group, token) =>
        {
            try
            {
                found[group.Group] = await KindsOfAsync(group.Group, group.Versions, token);
            }
            catch (KubernetesApiException) when (group.Group.Length > 0)
            {
                // An aggregated API whose server is gone must not blind us to all others.
                unavailable.Add(group.Group);
            }
        });
        var kinds = wanted.SelectMany(group => found.GetValueOrDefault(group.Group, []));
        return new ApiDiscovery([.. kinds], [.. unavailable.Order(StringComparer.Ordinal)]);
    }

    private static IReadOnlyList<string> VersionsOf(JsonNode group)
    {
        var preferred = group.At("preferredVersion", "version").Text();
        var all = (group["versions"]?.AsArray() ?? []).Select(v => v!["version"].Text()!);
        return [.. all.OrderByDescending(v => v == preferred)];
    }

    private async Task<IReadOnlyList<ResourceKind>> KindsOfAsync(string group, IReadOnlyList<string> versions, CancellationToken ct)
    {
        var kinds = new Dictionary<string, ResourceKind>(StringComparer.Ordinal);
        foreach (var version in versions)
        {
            var list = await get(group.Length == 0 ? $"/api/{version}" : $"/apis/{group}/{version}", ct);
            foreach (var resource in list["resources"]?.AsArray() ?? [])
            {
                var plural = resource!["name"].Text()!;
                if (plural.Contains('/', StringComparison.Ordinal))
                    continue;
                var namespaced = resource["namespaced"]?.GetValue<bool>() ?? false;
                var verbs = (resource["verbs"]?.AsArray() ?? []).Select(v => v.Text()!).ToArray();
                if (kinds.TryGetValue(plural, out var known))
                    kinds[plural] = known with { ServedVersions = [.. known.ServedVersions, version] };
                else
                    kinds[plural] = new ResourceKind(group, version, resource["kind"].Text()!, plural, namespaced) { Verbs = verbs, ServedVersions = [version] };
            }
        }
        return [.. kinds.Values];
    }
}
