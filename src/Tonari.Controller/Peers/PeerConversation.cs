using System.Collections.Concurrent;
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
    private readonly WakeSignal _wake = new();
    private readonly ConcurrentDictionary<string, bool> _touched = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Said> _said = new(StringComparer.Ordinal);
    private long? _saidAllAt;
    private bool _silent;

    /// <summary>A mirror with this neighbour may have changed: exchange soon if what would be said is different now. From any thread.</summary>
    public void Nudge(AppMirror mirror)
    {
        if (mirror.Spec.MirrorId is not { } id)
            return;
        _touched[id] = true;
        _wake.Set();
    }

    /// <summary>Runs until cancelled.</summary>
    public Task RunAsync(CancellationToken ct) => Together.RunAsync([ExchangeLoopAsync, HelloLoopAsync], ct);

    private async Task ExchangeLoopAsync(CancellationToken ct)
    {
        while (true)
        {
            _wake.Reset();
            foreach (var batch in WorthSaying().Chunk(PeerLimits.MirrorsPerExchange))
                await ExchangeAsync(batch, ct);
            views.NoticeSilence();
            await Task.Delay(PeerLimits.LeastExchange, time, ct);
            await _wake.WaitAsync(UntilNext(), time, ct);
        }
    }

    /// <summary>
    /// Now and then everything, so that both sides know that the other lives; in between what has changed, and what something is going on with:
    /// what an exchange costs must not grow with the number of mirrors that rest.
    /// </summary>
    private IReadOnlyList<MirrorView> WorthSaying()
    {
        var touched = _touched.Keys.ToHashSet(StringComparer.Ordinal);
        foreach (var id in touched)
            _touched.TryRemove(id, out _);
        if (_saidAllAt is not { } at || time.GetElapsedTime(at) >= PeerLimits.IdleExchange)
        {
            _saidAllAt = time.GetTimestamp();
            var all = book.ViewsFor(peer);
            foreach (var gone in _said.Keys.Except(all.Select(v => v.MirrorId), StringComparer.Ordinal).ToList())
                _said.Remove(gone);
            return all;
        }
        var busy = Ours().Where(IsBusy).Select(m => m.Spec.MirrorId).ToHashSet(StringComparer.Ordinal);
        return [.. book.ViewsFor(peer, m => touched.Contains(m.Spec.MirrorId!) || busy.Contains(m.Spec.MirrorId)).Where(IsNews)];

        bool IsNews(MirrorView view) => !_said.TryGetValue(view.MirrorId, out var said) || !said.View.Equals(view)
            || (busy.Contains(view.MirrorId) && time.GetElapsedTime(said.At) >= PeerLimits.BusyExchange);
    }

    private IEnumerable<AppMirror> Ours() => mirrors.All.Where(m => m.Spec.Peer == peer && m.Spec.MirrorId is not null);

    private TimeSpan UntilNext()
    {
        var pause = Ours().Any(IsBusy) ? PeerLimits.BusyExchange : PeerLimits.IdleExchange;
        return pause > PeerLimits.LeastExchange ? pause - PeerLimits.LeastExchange : TimeSpan.Zero;
    }

    private async Task ExchangeAsync(IReadOnlyList<MirrorView> ours, CancellationToken ct)
    {
        foreach (var view in ours)
            _said[view.MirrorId] = new Said(view, time.GetTimestamp());
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

    private bool IsBusy(AppMirror mirror) =>
        mirror.Status?.Mirror is { } s && (s.Operation is not null || s.Sync is not null || s.Promotion is not null || s.Hold is not null || s.Role == MirrorRole.Unassigned)
        || (mirror.Spec.MirrorId is { } id && views.Get(id)?.OperationId is not null);

    [LoggerMessage(Level = LogLevel.Warning, Message = "No exchange with {Peer}: {Reason}")]
    private static partial void LogSilent(ILogger logger, string peer, string reason);

    [LoggerMessage(Level = LogLevel.Information, Message = "Exchanging with {Peer} again")]
    private static partial void LogBack(ILogger logger, string peer);

    /// <summary>What the neighbour was last told of a mirror.</summary>
    /// <param name="View">What.</param>
    /// <param name="At">When, a mark of the clock.</param>
    private sealed record Said(MirrorView View, long At);
}

/// <summary>What came of greeting a neighbour.</summary>
/// <param name="ClusterName">Its name for itself.</param>
/// <param name="Version">Its version.</param>
/// <param name="RoundTrip">How long the answer took.</param>
/// <param name="Skew">Its clock minus ours, give or take half the round trip.</param>
/// <param name="Reason">One word why it failed; null when it answered.</param>
/// <param name="Problem">The sentence to it.</param>
internal sealed record Greeting(string? ClusterName, string? Version, TimeSpan? RoundTrip, TimeSpan? Skew, string? Reason, string? Problem);
