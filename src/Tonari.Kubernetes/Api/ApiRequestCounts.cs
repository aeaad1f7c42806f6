using System.Collections.Concurrent;

namespace Tonari.Kubernetes.Api;

/// <summary>One sort of request to the API server, as Kubernetes' own metrics and RBAC name them.</summary>
/// <param name="Verb">get, list, watch, create, update, patch, delete or other.</param>
/// <param name="Resource">Plural name of the kind, with a subresource as <c>appmirrors/status</c>; <c>discovery</c> where a path names none.</param>
public readonly record struct ApiRequestSort(string Verb, string Resource)
{
    /// <summary>What a request asks for, by its method and its path.</summary>
    public static ApiRequestSort Of(HttpMethod method, Uri address)
    {
        var path = address.AbsolutePath.Split('/', StringSplitOptions.RemoveEmptyEntries);
        var rest = path.AsSpan(Math.Min(path.Length, path is ["api", ..] ? 2 : 3));
        if (rest.IsEmpty || path[0] is not ("api" or "apis"))
            return new ApiRequestSort("get", "discovery");
        if (rest is ["namespaces", _, _, ..])
            rest = rest[2..];
        var resource = rest.Length > 2 ? $"{rest[0]}/{rest[2]}" : rest[0];
        return new ApiRequestSort(VerbOf(method, address.Query, rest.Length > 1), resource);
    }

    private static string VerbOf(HttpMethod method, string query, bool one) => method.Method switch
    {
        "GET" when query.Contains("watch=true", StringComparison.Ordinal) => "watch",
        "GET" => one ? "get" : "list",
        "POST" => "create",
        "PUT" => "update",
        "PATCH" => "patch",
        "DELETE" => "delete",
        _ => "other",
    };
}

/// <summary>Counts what a program asks of its API server. Safe for use from several threads.</summary>
public sealed class ApiRequestCounts
{
    private readonly ConcurrentDictionary<ApiRequestSort, long> _counts = new();

    /// <summary>How many of each sort since the start.</summary>
    public IReadOnlyDictionary<ApiRequestSort, long> Counts => _counts.ToDictionary();

    /// <summary>One more.</summary>
    public void Add(ApiRequestSort sort) => _counts.AddOrUpdate(sort, 1, (_, count) => count + 1);
}
