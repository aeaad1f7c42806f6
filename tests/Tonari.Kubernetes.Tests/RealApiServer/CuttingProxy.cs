using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Tonari.Kubernetes.Tests.RealApiServer;

/// <summary>A TCP proxy whose connections can be cut, or silenced so that nothing more arrives while they stay open.</summary>
internal sealed class CuttingProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly int _target;
    private readonly CancellationTokenSource _end = new();
    private readonly ConcurrentDictionary<TcpClient, CancellationTokenSource> _connections = new();
    private readonly Task _accepting;

    public CuttingProxy(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Connections { get; private set; }

    /// <summary>Every connection ends at once.</summary>
    public void Cut()
    {
        foreach (var (client, cut) in _connections)
        {
            cut.Cancel();
            client.Close();
        }
        _connections.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Stop();
        Cut();
        await _accepting;
        _end.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_end.Token);
                Connections++;
                var cut = _connections[client] = CancellationTokenSource.CreateLinkedTokenSource(_end.Token);
                _ = ForwardAsync(client, cut.Token);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException)
        {
            // The proxy is being closed.
        }
    }

    private async Task ForwardAsync(TcpClient client, CancellationToken ct)
    {
        using var server = new TcpClient();
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target, ct);
            await using var here = client.GetStream();
            await using var there = server.GetStream();
            await Task.WhenAny(here.CopyToAsync(there, ct), there.CopyToAsync(here, ct));
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException or InvalidOperationException)
        {
            // The connection was cut, which is what this is for.
        }
        finally
        {
            client.Close();
        }
    }
}
