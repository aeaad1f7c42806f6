using System.Net.Sockets;
using Grpc.Core;
using Tonari.Controller.Peers;

namespace Tonari.Controller.Tests.Peers;

public sealed class PeerErrorsTests
{
    [Fact]
    public void What_the_kernel_says_of_a_connection_is_told() =>
        Told(StatusCode.Unavailable, new HttpRequestException("x", new SocketException((int)SocketError.ConnectionRefused)))
            .ShouldBe("green cannot be reached: Connection refused.");

    [Theory]
    [InlineData(StatusCode.Unavailable, "green cannot be reached.")]
    [InlineData(StatusCode.Internal, "The connection to green broke.")]
    public void What_the_client_says_of_its_own_frames_is_kept_from_people(StatusCode code, string told) =>
        Told(code, new HttpRequestException("The HTTP/2 server did not respond to a ping request within the configured KeepAlivePingTimeout.")).ShouldBe(told);

    private static string Told(StatusCode code, Exception cause)
    {
        var error = PeerErrors.Translate("green", new RpcException(new Status(code, "Error starting gRPC call.", cause)), CancellationToken.None);
        return error.ShouldBeOfType<PeerUnreachableException>().Message;
    }
}
