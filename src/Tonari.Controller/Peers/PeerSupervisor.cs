using Tonari.Controller.Hosting;
using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Peers;

/// <summary>Gives every ClusterPeer its conversation, and tells it when a mirror has changed.</summary>
internal sealed partial class PeerSupervisor(
    Informer<ClusterPeer> peers, PeerConnections connections, IMirrorStore mirrors, ExchangeBook book, PeerViews views, PeerStatusWriter status, TimeProvider time,
    ILoggerFactory loggers) : ILeaderTask
{
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Talk> _talks = new(StringComparer.Ordinal);
    private readonly WakeSignal _wake = new();
    private readonly ILogger _logger = loggers.CreateLogger<PeerSupervisor>();

    /// <summary>To be called for every change of a ClusterPeer.</summary>
    public void PeerChanged() => _wake.Set();

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken ct)
    {
        mirrors.Changed += OnMirrorChanged;
        try
        {
            while (true)
            {
                _wake.Reset();
                await AlignAsync(ct);
                connections.Sweep();
                await _wake.WaitAsync(PeerLimits.StatusRefresh, time, ct);
            }
        }
        finally
        {
            mirrors.Changed -= OnMirrorChanged;
            foreach (var name in Names())
                await EndAsync(name);
        }
    }

    private async Task AlignAsync(CancellationToken ct)
    {
        var wanted = peers.Items.Select(p => p.Name).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in Names().Where(name => !wanted.Contains(name)))
            await EndAsync(gone);
        foreach (var name in wanted.Except(Names(), StringComparer.Ordinal).ToList())
            Begin(name, ct);
    }

    private void Begin(string name, CancellationToken ct)
    {
        var conversation = new PeerConversation(name, connections, mirrors, book, views, status, time, loggers.CreateLogger<PeerConversation>());
        var end = CancellationTokenSource.CreateLinkedTokenSource(ct);
        lock (_lock)
            _talks[name] = new Talk(conversation, end, Task.Run(() => KeepTalkingAsync(name, conversation, end.Token), CancellationToken.None));
    }

    private async Task KeepTalkingAsync(string name, PeerConversation conversation, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await conversation.RunAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // Whatever goes wrong with one neighbour, the others are talked to, and this one again soon.
                LogBroke(_logger, name, e);
            }
            await Task.Delay(AfterFailure, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task EndAsync(string name)
    {
        Talk? talk;
        lock (_lock)
            _talks.Remove(name, out talk);
        if (talk is null)
            return;
        await talk.End.CancelAsync();
        await talk.Task;
        talk.End.Dispose();
    }

    private List<string> Names()
    {
        lock (_lock)
            return [.. _talks.Keys];
    }

    private void OnMirrorChanged(AppMirror mirror)
    {
        lock (_lock)
        {
            if (_talks.TryGetValue(mirror.Spec.Peer, out var talk))
                talk.Conversation.Nudge(mirror);
        }
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Talking with {Peer} broke off")]
    private static partial void LogBroke(ILogger logger, string peer, Exception e);

    private sealed record Talk(PeerConversation Conversation, CancellationTokenSource End, Task Task);
}
