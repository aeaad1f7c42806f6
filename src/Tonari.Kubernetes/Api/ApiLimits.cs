namespace Tonari.Kubernetes.Api;

/// <summary>Every bound on talking to the API server, with its reason.</summary>
internal static class ApiLimits
{
    /// <summary>One request and its whole answer. The API server itself gives up after 60 s; a page of 500 objects comes in well under a second.</summary>
    public static readonly TimeSpan Request = TimeSpan.FromSeconds(30);

    /// <summary>A connection, TLS included, is made in this time or not at all: several lost packets, or a server under heavy load.</summary>
    public static readonly TimeSpan Connect = TimeSpan.FromSeconds(10);

    /// <summary>A connection on which nothing arrives is asked for a sign of life after this time, and dropped after <see cref="PingTimeout"/>.</summary>
    public static readonly TimeSpan PingDelay = TimeSpan.FromSeconds(15);

    /// <summary>See <see cref="PingDelay"/>.</summary>
    public static readonly TimeSpan PingTimeout = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Requests of one program under way at a time; the others wait. A server that is asked more at once than it can work on refuses some of it, and lets a
    /// lease run out for the rest (API priority and fairness, Kubernetes documentation). Watches, and whatever is done in a user's name, do not count.
    /// </summary>
    public const int RequestsAtOnce = 24;

    /// <summary>Objects per page of a list: what kubectl and client-go use.</summary>
    public const int PageSize = 500;

    /// <summary>Groups whose resources are asked for at the same time during discovery.</summary>
    public const int DiscoveryParallelism = 8;

    /// <summary>Longest line of a watch: etcd's object limit is 1.5 MiB, JSON with escapes needs several times that.</summary>
    public const int WatchLine = 16 * 1024 * 1024;

    /// <summary>Longest error text of a server that does not answer in the API's form.</summary>
    public const int ErrorText = 512;
}
