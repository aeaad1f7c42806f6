using System.Net.Sockets;
using System.Security.Authentication;
using Grpc.Core;

namespace Tonari.Controller.Peers;

/// <summary>From gRPC's statuses to the small family that callers decide by.</summary>
internal static class PeerErrors
{
    /// <summary>The exception to throw for <paramref name="error"/>; a cancellation when the caller has cancelled.</summary>
    public static Exception Translate(string peer, RpcException error, CancellationToken ct)
    {
        if (ct.IsCancellationRequested)
            return new OperationCanceledException("The call was cancelled.", error, ct);
        if (Root(error) is AuthenticationException)
            return new PeerUnreachableException(
                $"{peer} shows another certificate than the one that is pinned here. If that cluster was made anew, delete its ClusterPeer and pair again.", error);
        var detail = PeerText.OneLine(error.Status.Detail);
        return error.StatusCode switch
        {
            StatusCode.NotFound => new PeerNotFoundException(detail, error),
            StatusCode.Unauthenticated => new PeerRefusedException(PeerRefusal.Stranger, detail, error),
            StatusCode.PermissionDenied => new PeerRefusedException(PeerRefusal.NotAllowed, detail, error),
            StatusCode.FailedPrecondition or StatusCode.AlreadyExists or StatusCode.Aborted =>
                new PeerRefusedException(PeerRefusal.State, detail, error),
            StatusCode.InvalidArgument or StatusCode.OutOfRange or StatusCode.ResourceExhausted =>
                new PeerRefusedException(PeerRefusal.Request, detail, error),
            StatusCode.Unimplemented => new PeerRefusedException(
                PeerRefusal.Request, $"{peer} does not know this request; install the same version of Tonari on both clusters.", error),
            StatusCode.Unavailable when error.Status.DebugException is null =>
                new PeerUnreachableException($"{peer} cannot answer now: {detail}", error),
            StatusCode.Unavailable or StatusCode.Cancelled =>
                new PeerUnreachableException($"{peer} cannot be reached{Cause(error)}", error),
            StatusCode.DeadlineExceeded => new PeerUnreachableException($"{peer} has not answered in time.", error),
            StatusCode.Internal when error.Status.DebugException is HttpRequestException or IOException =>
                new PeerUnreachableException($"The connection to {peer} broke{Cause(error)}", error),
            _ => new PeerRefusedException(PeerRefusal.Failure, $"{peer} failed: {detail}", error),
        };
    }

    // What the kernel says of a connection ("Connection refused", "No route to host") helps; what the HTTP client says of its frames and pings
    // does not, and stays with the inner exception.
    private static string Cause(RpcException error) => Root(error) is SocketException socket ? $": {socket.Message}." : ".";

    private static Exception Root(RpcException error)
    {
        var e = error.Status.DebugException ?? error;
        while (e.InnerException is { } inner)
            e = inner;
        return e;
    }
}
