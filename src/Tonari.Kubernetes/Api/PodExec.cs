using System.Globalization;
using System.Net;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using k8s;
using k8s.Autorest;

namespace Tonari.Kubernetes.Api;

/// <summary>
/// Commands in containers over the API server's WebSocket form of exec, subprotocol <c>v4.channel.k8s.io</c>: every message begins with the
/// number of its channel, and the last one on the error channel is a Status with the exit code. Time-outs end our side; the command itself goes on
/// in its container, because the API has no way to end it.
/// </summary>
internal static class PodExec
{
    private const byte StandardOutput = 1;
    private const byte StandardError = 2;
    private const byte Error = 3;
    private const int BufferLength = 32 * 1024;

    public static async Task<ExecResult> RunAsync(IKubernetes client, ExecRequest request, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(request.Timeout, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(ct, limit.Token);
        using var output = new Output(request.OutputLimit);
        try
        {
            using var socket = await ConnectAsync(client, request, both.Token);
            await ReadAsync(socket, output, both.Token);
            return output.Result();
        }
        catch (Exception e) when (limit.IsCancellationRequested && !ct.IsCancellationRequested && e is OperationCanceledException or WebSocketException or ApiUnavailableException)
        {
            return output.Result($"The command did not end within {request.Timeout.TotalSeconds:0.#} s.");
        }
        catch (WebSocketException e)
        {
            return output.Result($"The connection to the container broke before the command had ended: {e.Message}");
        }
    }

    private static async Task<WebSocket> ConnectAsync(IKubernetes client, ExecRequest request, CancellationToken ct)
    {
        var what = $"Running a command in {request.Namespace}/{request.Pod}/{request.Container}";
        try
        {
            return await client.WebSocketNamespacedPodExecAsync(
                request.Pod, request.Namespace, request.Command, request.Container,
                stderr: true, stdin: false, stdout: true, tty: false, webSocketSubProtocol: WebSocketProtocol.V4BinaryWebsocketProtocol,
                cancellationToken: ct);
        }
        catch (HttpOperationException e)
        {
            var status = e.Response?.StatusCode ?? HttpStatusCode.ServiceUnavailable;
            throw ApiErrors.From(status, null, $"{what}: {e.Response?.Content ?? e.Message}", null);
        }
        catch (Exception e) when (e is WebSocketException or HttpRequestException)
        {
            throw new ApiUnavailableException($"{what}: {e.Message}", inner: e);
        }
    }

    private static async Task ReadAsync(WebSocket socket, Output output, CancellationToken ct)
    {
        var buffer = new byte[BufferLength];
        byte channel = 0;
        var begin = true;
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer.AsMemory(), ct);
            if (received.MessageType == WebSocketMessageType.Close)
                return;
            var piece = buffer.AsSpan(0, received.Count);
            if (begin && piece.Length > 0)
            {
                channel = piece[0];
                piece = piece[1..];
            }
            begin = received.EndOfMessage;
            output.Add(channel, piece);
        }
    }

    private sealed class Output(int limit) : IDisposable
    {
        private readonly MemoryStream _standardOutput = new();
        private readonly MemoryStream _standardError = new();
        private readonly MemoryStream _status = new();

        public void Add(byte channel, ReadOnlySpan<byte> piece)
        {
            var kept = channel switch { StandardOutput => _standardOutput, StandardError => _standardError, Error => _status, _ => null };
            if (kept is null)
                return;
            var room = (int)Math.Max(0, (channel == Error ? BufferLength : limit) - kept.Length);
            kept.Write(piece[..Math.Min(piece.Length, room)]);
        }

        public ExecResult Result(string? problem = null)
        {
            int? code = null;
            if (problem is null)
                (code, problem) = ReadStatus();
            return new ExecResult(code, TextOf(_standardOutput), TextOf(_standardError), problem);
        }

        public void Dispose()
        {
            _standardOutput.Dispose();
            _standardError.Dispose();
            _status.Dispose();
        }

        private (int? Code, string? Problem) ReadStatus()
        {
            if (_status.Length == 0)
                return (null, "The connection to the container ended before the command had.");
            try
            {
                var status = JsonNode.Parse(TextOf(_status));
                if (status.At("status").Text() == "Success")
                    return (0, null);
                foreach (var cause in status.At("details", "causes") as JsonArray ?? [])
                {
                    if (cause.At("reason").Text() == "ExitCode" && int.TryParse(cause.At("message").Text(), CultureInfo.InvariantCulture, out var code))
                        return (code, null);
                }
                return (null, status.At("message").Text() ?? "The command could not be run.");
            }
            catch (JsonException)
            {
                return (null, TextOf(_status));
            }
        }

        private static string TextOf(MemoryStream stream) => Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }
}
