using Tonari.Controller.Hosting;
using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Peers;

/// <summary>
/// Talks with one neighbour for as long as its ClusterPeer exists: greets it now and then, and exchanges views of the common mirrors, more
/// often while something is going on and at once when something has changed here.
/// </summary>
internal sealed partial class PeerConversation(
    string peer, IPeerClients clients, IMirrorStore mirrors, ExchangeBook book, PeerViews views, PeerStatusWriter status, TimeProvider time,
    ILogger<PeerConversation> logger)
{
    private readonly WakeSignal _changed = new();
    private IReadOnlyList<MirrorView> _said = [];
    private bool _silent;

    /// <summary>A mirror with this neighbour may have changed: exchange soon if what would be said is different now.</summary>
    public void Nudge() => _changed.Set();

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Together.RunAsync([ExchangeLoopAsync, HelloLoopAsync], ct);

    private async Task ExchangeLoopAsync(CancellationToken ct)
    {
        while (true)
        {
            _changed.Reset();
            await ExchangeAsync(ct);
            views.NoticeSilence();
            var pause = Busy() ? PeerLimits.BusyExchange : PeerLimits.IdleExchange;
            var until = time.GetTimestamp() + (long)(pause.TotalSeconds * time.TimestampFrequency);
            await Task.Delay(PeerLimits.LeastExchange, time, ct);
            while (time.GetElapsedTime(time.GetTimestamp(), until) is { } left && left > TimeSpan.Zero)
            {
                await _changed.WaitAsync(left, time, ct);
                _changed.Reset();
                if (!Same(_said, book.ViewsFor(peer)))
                    break;
            }
        }
    }

    private async Task ExchangeAsync(CancellationToken ct)
    {
        var ours = book.ViewsFor(peer);
        _said = ours;
        if (ours.Count == 0)
            return;
        var request = new ExchangeRequest();
        request.Mirrors.AddRange(ours);
        var askedAt = views.Mark();
        try
        {
            book.NoteAnswer(peer, ours, await clients.For(peer).ExchangeAsync(request, ct), askedAt);
            if (_silent)
                LogBack(logger, peer);
            _silent = false;
        }
        catch (PeerException e)
        {
            if (!_silent)
                LogSilent(logger, peer, e.Message);
            _silent = true;
        }
    }

    private async Task HelloLoopAsync(CancellationToken ct)
    {
        while (true)
        {
            await status.WriteAsync(peer, await GreetAsync(ct), ct);
            await Task.Delay(PeerLimits.HelloInterval, time, ct);
        }
    }

    private async Task<Greeting> GreetAsync(CancellationToken ct)
    {
        try
        {
            var client = clients.For(peer);
            var started = time.GetTimestamp();
            var answer = await client.HelloAsync(ct);
            var roundTrip = time.GetElapsedTime(started);
            // One that is no time cannot be added to: a clock that tells nothing counts as right.
            var skew = PeerText.Time(answer.Time) is { } theirs ? theirs - time.GetUtcNow() + (roundTrip / 2) : TimeSpan.Zero;
            return new Greeting(
                PeerText.OneLine(answer.ClusterName, PeerLimits.LongestWord), PeerText.OneLine(answer.Version, PeerLimits.LongestWord), roundTrip, skew, null, null);
        }
        catch (PeerException e)
        {
            var reason = e switch
            {
                PeerRefusedException { Reason: PeerRefusal.Stranger } => "NotPaired",
                PeerRefusedException { Reason: PeerRefusal.NotAllowed } => "Suspended",
                PeerRefusedException => "Refused",
                _ => "Unreachable",
            };
            return new Greeting(null, null, null, null, reason, e.Message);
        }
    }

    private bool Busy() => mirrors.All.Any(m => m.Spec.Peer == peer && IsBusy(m));

    private bool IsBusy(AppMirror mirror) =>
        mirror.Status?.Mirror is { } s && (s.Operation is not null || s.Sync is not null || s.Promotion is not null || s.Hold is not null || s.Role == MirrorRole.Unassigned)
        || (mirror.Spec.MirrorId is { } id && views.Get(id).OperationId is not null);

    private static bool Same(IReadOnlyList<MirrorView> a, IReadOnlyList<MirrorView> b) => a.SequenceEqual(b);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No exchange with {Peer}: {Reason}")]
    private static partial void LogSilent(ILogger logger, string peer, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Exchanging with {Peer} again")]
    private static partial void LogBack(ILogger logger, string peer);
}

/// <summary>What came of greeting a neighbour.</summary>
/// <param name="ClusterName">Its name for itself.</param>
/// <param name="Version">Its version.</param>
/// <param name="RoundTrip">How long the answer took.</param>
/// <param name="Skew">Its clock minus ours, give or take half the round trip.</param>
/// <param name="Reason">One word why it failed; null when it answered.</param>
/// <param name="Problem">The sentence to it.</param>
internal sealed record Greeting(string? ClusterName, string? Version, TimeSpan? RoundTrip, TimeSpan? Skew, string? Reason, string? Problem);
