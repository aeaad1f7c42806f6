using System.Collections.Concurrent;
using System.Net;
using Grpc.Core;
using Tonari.Engine;
using Tonari.Kubernetes.Connections;
using Tonari.Kubernetes.Identity;

namespace Tonari.Node.Agent;

/// <summary>Fetches volume deltas from a neighbour's gateway. HTTP/1.1: one TCP stream per delta, whose own flow control is the back-pressure.</summary>
internal sealed class PeerGateway(ClusterIdentity identity) : IDisposable
{
    private readonly ConcurrentDictionary<string, HttpMessageInvoker> _clients = new(StringComparer.Ordinal);

    /// <summary>Opens the body of a delta.</summary>
    /// <exception cref="BaseGoneException">The neighbour has no such base.</exception>
    /// <exception cref="RpcException">UNAVAILABLE: not reached; other codes: the gateway's refusal, with its sentence.</exception>
    public async Task<HttpResponseMessage> OpenAsync(DeltaAddress address, CancellationToken ct)
    {
        var client = _clients.GetOrAdd(address.Fingerprint, Connect);
        using var request = new HttpRequestMessage(HttpMethod.Get, address.ToUri())
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, ct);
        }
        catch (HttpRequestException error)
        {
            var reason = error.InnerException?.Message ?? error.Message;
            throw new RpcException(new Status(StatusCode.Unavailable, $"The neighbour's gateway {address.Endpoint} cannot be reached: {reason}"));
        }

        if (response.StatusCode == HttpStatusCode.OK)
            return response;
        using (response)
            throw await RefusalAsync(address, response, ct);
    }

    public void Dispose()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
    }

    private static async Task<Exception> RefusalAsync(DeltaAddress address, HttpResponseMessage response, CancellationToken ct)
    {
        var text = await ReadSomeAsync(response, ct);
        if (response.StatusCode == HttpStatusCode.Gone && address.From is not null)
            return new BaseGoneException($"The neighbour's gateway {address.Endpoint} answers: {text}");
        var code = response.StatusCode switch
        {
            HttpStatusCode.NotFound => StatusCode.NotFound,
            HttpStatusCode.RequestedRangeNotSatisfiable => StatusCode.OutOfRange,
            HttpStatusCode.BadRequest => StatusCode.InvalidArgument,
            HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => StatusCode.PermissionDenied,
            HttpStatusCode.Conflict or HttpStatusCode.PreconditionFailed => StatusCode.FailedPrecondition,
            _ => StatusCode.Unavailable,
        };
        return new RpcException(new Status(code, $"The neighbour's gateway {address.Endpoint} answers {(int)response.StatusCode}: {text}"));
    }

    private static async Task<string> ReadSomeAsync(HttpResponseMessage response, CancellationToken ct)
    {
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(ct));
        var buffer = new char[AgentLimits.RefusalCharacters];
        try
        {
            return new string(buffer, 0, await reader.ReadBlockAsync(buffer, ct));
        }
        catch (IOException)
        {
            // The status says enough.
            return response.ReasonPhrase ?? "";
        }
    }

    private HttpMessageInvoker Connect(string fingerprint) => new(new SocketsHttpHandler
    {
        SslOptions = PinnedTls.ClientOptions(identity, fingerprint),
        ConnectTimeout = AgentLimits.ConnectTimeout,
        ConnectCallback = (context, ct) => TransferSocket.ConnectAsync(context.DnsEndPoint, TransferSocket.BufferBetweenClusters, ct),
        AllowAutoRedirect = false,
        UseProxy = false,
        UseCookies = false,
    });
}

/// <summary>The neighbour no longer has, or cannot use, what the delta would lead from.</summary>
internal sealed class BaseGoneException(string message) : Exception(message);

/// <summary>Where a delta is fetched.</summary>
internal sealed record DeltaAddress(string Endpoint, string Fingerprint, string Path, SnapshotName? From, SnapshotName To, ByteOffset ResumeAt)
{
    /// <summary>Only these stretches; empty: everything.</summary>
    public IReadOnlyList<ByteRange> Only { get; init; } = [];

    /// <exception cref="ArgumentException">The endpoint or path is none.</exception>
    public Uri ToUri()
    {
        var text = $"https://{Endpoint}{Path}?from={From}&to={To}&resumeAt={ResumeAt.Value}";
        if (Only.Count > 0)
            text += "&only=" + StretchText.Write(Only);
        return Path.StartsWith('/') && !Path.Contains('?', StringComparison.Ordinal) && Uri.TryCreate(text, UriKind.Absolute, out var uri)
            ? uri
            : throw new ArgumentException($"'{Endpoint}' and '{Path}' are not an endpoint (host:port) and a path.");
    }
}
