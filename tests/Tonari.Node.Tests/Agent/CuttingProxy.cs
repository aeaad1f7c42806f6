using System.Net;
using System.Net.Sockets;
using Tonari.Kubernetes.Connections;

namespace Tonari.Node.Tests.Agent;

/// <summary>A cable between a receiver and an agent that can be pulled out: it carries so many bytes of answers and then breaks every
/// connection. Holds no more than the gateway in whose place it is.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _work;
    private long _left = long.MaxValue;

    public CuttingProxy(string target)
    {
        Target = target;
        _listener.Start();
        _work = AcceptAsync();
    }

    /// <summary>Where new connections lead, host:port.</summary>
    public string Target { get; set; }

    public string Endpoint => _listener.LocalEndpoint.ToString()!;

    /// <summary>Completes when the cable breaks.</summary>
    public TaskCompletionSource Broken { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Breaks after so many bytes; <see cref="long.MaxValue"/>: never.</summary>
    public void BreakAfter(long bytes)
    {
        Broken = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        Interlocked.Exchange(ref _left, bytes);
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (true)
            _ = CarryAsync(await _listener.AcceptSocketAsync(_stop.Token));
    }

    private async Task CarryAsync(Socket near)
    {
        using var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
        using (near)
        {
            try
            {
                TransferSocket.LimitSending(near);
                TransferSocket.LimitReceiving(far, TransferSocket.BufferInCluster);
                await far.ConnectAsync(IPEndPoint.Parse(Target), _stop.Token);
                await await Task.WhenAny(CopyAsync(near, far, counts: false), CopyAsync(far, near, counts: true));
            }
            catch (Exception error) when (error is SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // Both ends are closed below; that is all there is to say.
            }
        }
    }

    private async Task CopyAsync(Socket from, Socket to, bool counts)
    {
        var buffer = new byte[64 * 1024];
        while (await from.ReceiveAsync(buffer, _stop.Token) is > 0 and var read)
        {
            if (counts && Interlocked.Add(ref _left, -read) < 0)
            {
                Broken.TrySetResult();
                return;
            }

            await to.SendAsync(buffer.AsMemory(0, read), _stop.Token);
        }
    }
}
