using System.Collections.Concurrent;
using Microsoft.Playwright;

namespace Tonari.EndToEnd.Tests.Web;

/// <summary>
/// Listens to everything that a page says and asks for. An error on its console (which is also how a browser tells of what the content policy
/// forbids), a failed request and a request to anywhere else are troubles, and a trouble fails the test.
/// </summary>
internal sealed class PageWatch
{
    private readonly ConcurrentQueue<string> said = new();
    private readonly ConcurrentQueue<string> troubles = new();
    private readonly string origin;
    private int pardons;

    public PageWatch(IPage page, Uri home)
    {
        origin = home.GetLeftPart(UriPartial.Authority);
        page.Console += (_, message) => Hear(message.Type == "error", $"console {message.Type}: {message.Text} ({message.Location})");
        page.PageError += (_, error) => Hear(true, $"script error: {error}");
        page.RequestFailed += (_, request) => Hear(!IsGivenUp(request), $"request failed: {request.Method} {request.Url}: {request.Failure}");
        page.Response += (_, response) => Hear(response.Status >= 400, $"{response.Status} {response.Request.Method} {response.Url}");
        page.Request += (_, request) => Hear(!IsHere(request.Url), $"request: {request.Method} {request.Url}");
        page.WebSocket += (_, socket) => Hear(!IsHere(socket.Url.Replace("wss://", "https://", StringComparison.Ordinal)), $"web socket: {socket.Url}");
    }

    /// <summary>What must not have happened.</summary>
    public IReadOnlyList<string> Troubles => [.. troubles];

    /// <summary>Everything heard, in order.</summary>
    public IReadOnlyList<string> Said => [.. said];

    /// <summary>While what is returned is not disposed of, troubles are expected and only written down: the test takes something away from the page.</summary>
    public IDisposable Pardon()
    {
        Interlocked.Increment(ref pardons);
        return new EndOfPardon(this);
    }

    private void Hear(bool trouble, string text)
    {
        said.Enqueue(text);
        if (trouble && Volatile.Read(ref pardons) == 0) troubles.Enqueue(text);
    }

    private bool IsHere(string url) => url.StartsWith(origin + "/", StringComparison.Ordinal) || url.StartsWith("data:", StringComparison.Ordinal);

    // A page that is left gives up what it was still asking for.
    private static bool IsGivenUp(IRequest request) => request.Failure == "net::ERR_ABORTED";

    private sealed class EndOfPardon(PageWatch watch) : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref watch.pardons);
    }
}
