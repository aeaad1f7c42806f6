using System.Net;
using System.Net.Sockets;

namespace Tonari.Kubernetes.Connections;

/// <summary>
/// Sockets that volume data travels through. What is under way when a connection breaks travels twice, and the kernel would hold up to 36 MiB of it at each
/// hop (tcp(7): tcp_wmem, tcp_rmem) wherever the receiver's disk is the slower one. These hold less than 4 MiB on the whole way, where nothing in between
/// keeps data of its own.
/// </summary>
public static class TransferSocket
{
    /// <summary>
    /// The kernel's buffer of a receiver in the other cluster, bytes. Its window, and so what a way there can hold, is 1.5 to 2 MiB of it by the kernel's
    /// reckoning and the steps of window scaling (RFC 7323): 75 to 100 MiB/s in 20 ms.
    /// </summary>
    public const int BufferBetweenClusters = 3 << 20;

    /// <summary>The kernel's buffer of a gateway, bytes. The agents that it receives from are in its own cluster: half of it in 1 ms are 125 MiB/s.</summary>
    public const int BufferInCluster = 256 << 10;

    /// <summary>What a sender's kernel takes beyond that, bytes: enough to be busy until the program runs again.</summary>
    public const int Unsent = 64 << 10;

    // A connection may be silent while the source reads a whole image for its digest, so silence proves nothing; the kernel asks the other side
    // instead, and finds a dead one after idle + interval × count = 25 s.
    private const int KeepAliveIdleSeconds = 10;
    private const int KeepAliveIntervalSeconds = 5;
    private const int KeepAliveCount = 3;

    /// <summary>Connects as a receiver; a peer that dies in silence is noticed after 25 s.</summary>
    /// <param name="endpoint">Where to.</param>
    /// <param name="buffer">What the kernel may hold, bytes; see <see cref="LimitReceiving"/>.</param>
    /// <param name="ct">Gives up.</param>
    /// <exception cref="SocketException">Not reached.</exception>
    public static async ValueTask<Stream> ConnectAsync(EndPoint endpoint, int buffer, CancellationToken ct)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveTime, KeepAliveIdleSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveInterval, KeepAliveIntervalSeconds);
            socket.SetSocketOption(SocketOptionLevel.Tcp, SocketOptionName.TcpKeepAliveRetryCount, KeepAliveCount);
            LimitReceiving(socket, buffer);
            await socket.ConnectAsync(endpoint, ct);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Bounds what the kernel holds for a receiver. Before connecting: the peer is told of no larger window then.</summary>
    /// <param name="socket">Not connected yet.</param>
    /// <param name="buffer">Bytes. Where the program is no administrator and twice net.core.rmem_max is less, it is that. A kernel that knows no such option goes on
    /// as it is: that costs bytes, not data.</param>
    public static void LimitReceiving(Socket socket, int buffer)
    {
        const int SocketLevel = 1;
        const int ReceiveBufferForce = 33; // SO_RCVBUFFORCE, socket(7): beyond net.core.rmem_max

        // The kernel doubles what it is told, for its bookkeeping.
        var half = buffer / 2;
        try
        {
            socket.SetRawSocketOption(SocketLevel, ReceiveBufferForce, BitConverter.GetBytes(half));
        }
        catch (SocketException)
        {
            socket.ReceiveBufferSize = half;
        }
    }

    /// <summary>Bounds what the kernel holds for a sender beyond what the receiver has room for. Connections that a listening socket accepts have it, too.</summary>
    public static void LimitSending(Socket socket)
    {
        const int TcpLevel = 6;
        const int NotSentLowWaterMark = 25; // TCP_NOTSENT_LOWAT, tcp(7)
        try
        {
            socket.SetRawSocketOption(TcpLevel, NotSentLowWaterMark, BitConverter.GetBytes(Unsent));
        }
        catch (SocketException)
        {
            // A kernel that does not know it holds more; that costs bytes, not data.
        }
    }
}
