using System.Text;
using System.Text.Json.Nodes;

namespace Tonari.Kubernetes.Api;

/// <summary>The lines of a watch, each one JSON event. A broken connection is said as <see cref="ApiUnavailableException"/>.</summary>
internal sealed class WatchLines(Stream stream, string what)
{
    private byte[] _buffer = new byte[64 * 1024];
    private int _start;
    private int _end;
    private int _searched;

    /// <summary>The next line; null when the server has ended the watch. What is left without a line break is dropped: it is half an event.</summary>
    public async ValueTask<string?> NextAsync(CancellationToken ct)
    {
        while (true)
        {
            var length = _buffer.AsSpan(_searched, _end - _searched).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, _searched + length - _start);
                _start = _searched = _searched + length + 1;
                if (line.Length > 0)
                    return line;
                continue;
            }
            _searched = _end;
            if (!await FillAsync(ct))
                return null;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken ct)
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            (_searched, _end, _start) = (_searched - _start, _end - _start, 0);
        }
        if (_end == _buffer.Length)
        {
            if (_end >= ApiLimits.WatchLine)
                throw new ApiUnavailableException($"{what}: an event is longer than {ApiLimits.WatchLine} bytes.");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        try
        {
            var read = await stream.ReadAsync(_buffer.AsMemory(_end), ct);
            _end += read;
            return read > 0;
        }
        catch (Exception e) when (e is IOException or HttpRequestException)
        {
            throw new ApiUnavailableException($"{what}: the connection broke. {e.Message}", inner: e);
        }
    }

    /// <summary>The event that a line is.</summary>
    /// <exception cref="KubernetesApiException">The server ended the watch with an error, or said something else.</exception>
    public static WatchEvent Parse(string line, string what)
    {
        if (JsonNode.Parse(line) is not JsonObject json || json["object"] is not JsonObject value)
            throw new ApiUnavailableException($"{what}: an event is not a JSON object.");
        json.Remove("object");
        return json["type"].Text() switch
        {
            "ADDED" => new WatchEvent(WatchChange.Added, value),
            "MODIFIED" => new WatchEvent(WatchChange.Modified, value),
            "DELETED" => new WatchEvent(WatchChange.Deleted, value),
            "BOOKMARK" => new WatchEvent(WatchChange.Bookmark, value),
            "ERROR" => throw ApiErrors.FromStatus(value, what),
            var other => throw new ApiUnavailableException($"{what}: '{other}' is not a known kind of event."),
        };
    }
}
