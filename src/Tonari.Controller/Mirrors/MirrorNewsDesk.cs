using System.Threading.Channels;
using Tonari.Controller.Hosting;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Mirrors;

/// <summary>Where news about mirrors is handed in.</summary>
internal interface IMirrorNewsDesk
{
    /// <summary>Never waits and never fails: an Event is a courtesy, and the same facts are in the status.</summary>
    public void Tell(AppMirror mirror, MirrorNews news);
}

/// <summary>Writes news as Kubernetes Events, one after the other.</summary>
internal sealed partial class MirrorNewsDesk(EventRecorder events, ILogger<MirrorNewsDesk> logger) : IMirrorNewsDesk, ILeaderTask
{
    // Events that cannot be written for so long are of no interest any more; the oldest go first.
    private const int MostWaiting = 256;

    private readonly Channel<(AppMirror Mirror, MirrorNews News)> _waiting = Channel.CreateBounded<(AppMirror, MirrorNews)>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    public void Tell(AppMirror mirror, MirrorNews news) => _waiting.Writer.TryWrite((mirror, news));

    public async Task RunAsync(CancellationToken ct)
    {
        await foreach (var (mirror, news) in _waiting.Reader.ReadAllAsync(ct))
        {
            try
            {
                await events.RecordAsync(mirror, news.Warning, news.Reason, news.Message, ct);
            }
            catch (KubernetesApiException e)
            {
                LogNotWritten(logger, news.Reason, news.Message, e);
            }
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Event {Reason} ({Text}) could not be written")]
    private static partial void LogNotWritten(ILogger logger, string reason, string text, Exception e);
}
