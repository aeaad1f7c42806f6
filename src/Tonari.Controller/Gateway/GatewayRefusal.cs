using Grpc.Core;

namespace Tonari.Controller.Gateway;

/// <summary>A request that this side will not carry out. The message goes to the peer, so it holds nothing that is not the peer's business.</summary>
internal sealed class GatewayRefusal(StatusCode code, string message) : Exception(message)
{
    /// <summary>Why, in gRPC's words.</summary>
    public StatusCode Code { get; } = code;

    /// <summary>The same in HTTP's words.</summary>
    public int HttpCode => Code switch
    {
        StatusCode.Unauthenticated => StatusCodes.Status401Unauthorized,
        StatusCode.PermissionDenied => StatusCodes.Status403Forbidden,
        StatusCode.NotFound => StatusCodes.Status404NotFound,
        StatusCode.InvalidArgument => StatusCodes.Status400BadRequest,
        StatusCode.FailedPrecondition => StatusCodes.Status409Conflict,
        _ => StatusCodes.Status503ServiceUnavailable,
    };
}
