using System.Globalization;
using System.Threading.Channels;
using k8s.Models;
using Tonari.Kubernetes;
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
internal sealed partial class MirrorNewsDesk(IKubernetesApi api, TimeProvider time, ILogger<MirrorNewsDesk> logger) : BackgroundService, IMirrorNewsDesk
{
    // Events that cannot be written for so long are of no interest any more; the oldest go first.
    private const int MostWaiting = 256;

    private readonly Channel<Corev1Event> _waiting =
        Channel.CreateBounded<Corev1Event>(new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropOldest });

    private int _number;

    public void Tell(AppMirror mirror, MirrorNews news) =>
        _waiting.Writer.TryWrite(Event(mirror, news, time.GetUtcNow(), Interlocked.Increment(ref _number)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await foreach (var item in _waiting.Reader.ReadAllAsync(stoppingToken))
        {
            try
            {
                await api.CreateAsync(item, stoppingToken);
            }
            catch (KubernetesApiException e)
            {
                LogNotWritten(logger, item.Reason, item.Message, e);
            }
        }
    }

    /// <summary>The Event object. Pure.</summary>
    public static Corev1Event Event(AppMirror mirror, MirrorNews news, DateTimeOffset now, int number) => new()
    {
        Metadata = new V1ObjectMeta
        {
            Name = string.Create(CultureInfo.InvariantCulture, $"{mirror.Name}.{now.UtcTicks:x}.{number:x}"),
            NamespaceProperty = mirror.Namespace,
        },
        InvolvedObject = new V1ObjectReference
        {
            ApiVersion = WellKnown.ApiVersion,
            Kind = "AppMirror",
            Name = mirror.Name,
            NamespaceProperty = mirror.Namespace,
            Uid = mirror.Metadata.Uid,
        },
        Reason = news.Reason,
        Message = news.Message.Length <= MirrorWorkerLimits.MessageLength ? news.Message : news.Message[..MirrorWorkerLimits.MessageLength],
        Type = news.Warning ? "Warning" : "Normal",
        FirstTimestamp = now.UtcDateTime,
        LastTimestamp = now.UtcDateTime,
        Count = 1,
        Source = new V1EventSource { Component = "tonari-controller" },
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The Event {Reason} ({Text}) could not be written")]
    private static partial void LogNotWritten(ILogger logger, string reason, string text, Exception e);
}
