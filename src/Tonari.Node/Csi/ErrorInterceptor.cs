using Grpc.Core;
using Grpc.Core.Interceptors;
using Tonari.Engine;
using Tonari.Node.Freezing;
using Tonari.Node.Mounting;
using Tonari.Node.Storage;

namespace Tonari.Node.Csi;

/// <summary>Gives every failure its gRPC status; the detail is the exception's sentence.</summary>
internal sealed partial class ErrorInterceptor(ILogger<ErrorInterceptor> logger) : Interceptor
{
    public override async Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(request, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Translate(error, context);
        }
    }

    public override async Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request, IServerStreamWriter<TResponse> responseStream, ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            await continuation(request, responseStream, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Translate(error, context);
        }
    }

    public override async Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream, ServerCallContext context, ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        try
        {
            return await continuation(requestStream, context);
        }
        catch (Exception error) when (error is not RpcException)
        {
            throw Translate(error, context);
        }
    }

    internal static StatusCode CodeOf(Exception error) => error switch
    {
        VolumeNotFoundException or SnapshotNotFoundException or NotOnThisNodeException => StatusCode.NotFound,
        PoolNotOpenException => StatusCode.Unavailable,
        IncompatibleVolumeException or AlreadyStagedOtherwiseException => StatusCode.AlreadyExists,
        SizeOutOfRangeException => StatusCode.OutOfRange,
        VolumeInUseException => StatusCode.Aborted,
        VolumeStateException or StagingRefusedException or VolumeBusyException or VolumeConflictException or FreezeFailedException
            or PoolUnusableException or OnlineGrowthRefusedException or NoFreezeGuardException => StatusCode.FailedPrecondition,
        PoolFullException => StatusCode.ResourceExhausted,
        StreamRefusedException or FileDamagedException => StatusCode.DataLoss,
        OperationCanceledException => StatusCode.Cancelled,
        ArgumentException => StatusCode.InvalidArgument,
        _ => StatusCode.Internal,
    };

    private RpcException Translate(Exception error, ServerCallContext context)
    {
        var code = CodeOf(error);
        if (code == StatusCode.Internal)
            LogFailed(context.Method, error);
        else
            LogRefused(context.Method, code, error.Message);
        return new RpcException(new Status(code, error.Message));
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "{Method} failed")]
    private partial void LogFailed(string method, Exception error);

    [LoggerMessage(Level = LogLevel.Information, Message = "{Method} answers {Code}: {Reason}")]
    private partial void LogRefused(string method, StatusCode code, string reason);
}
