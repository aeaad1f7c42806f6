using Grpc.Core;

namespace Tonari.Node.Csi;

/// <summary>Pages of an ordered list. A token names the last entry of its page, so it stays good when entries come and go.</summary>
internal static class Paging
{
    private const string Prefix = "after:";

    /// <param name="all">Ordered by <paramref name="keyOf"/>, ordinally.</param>
    /// <param name="keyOf">What entries are ordered by; unique.</param>
    /// <param name="maxEntries">0: no limit.</param>
    /// <param name="token">Of the page before; empty: from the start.</param>
    /// <exception cref="RpcException">ABORTED: not a token of ours. INVALID_ARGUMENT: a negative limit.</exception>
    public static (IReadOnlyList<T> Page, string NextToken) Take<T>(IReadOnlyList<T> all, Func<T, string> keyOf, int maxEntries, string token)
    {
        Requests.Require(maxEntries >= 0, "max_entries cannot be negative.");
        if (token.Length > 0 && !token.StartsWith(Prefix, StringComparison.Ordinal))
            throw new RpcException(new Status(StatusCode.Aborted, "The starting token is not one of ours; list again from the start."));
        var after = token.Length > 0 ? token[Prefix.Length..] : null;
        var rest = after is null ? all : [.. all.Where(entry => string.CompareOrdinal(keyOf(entry), after) > 0)];
        if (maxEntries == 0 || rest.Count <= maxEntries)
            return (rest, "");
        T[] page = [.. rest.Take(maxEntries)];
        return (page, Prefix + keyOf(page[^1]));
    }
}
