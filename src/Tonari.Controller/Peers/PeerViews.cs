using System.Collections.Concurrent;
using Tonari.Mirroring;

namespace Tonari.Controller.Peers;

/// <summary>
/// What the neighbours last said of each mirror. Kept in memory only: after a restart nothing is known until the first exchange.
/// Safe for use from several threads.
/// </summary>
internal sealed class PeerViews(TimeProvider time)
{
    private readonly ConcurrentDictionary<string, Entry> _entries = new(StringComparer.Ordinal);

    /// <summary>Raised with the mirror id after its view has changed, reachability included. Handlers must only leave a note and return.</summary>
    public event Action<string>? Changed;

    /// <summary>What is known now; null before the first exchange: that nothing has been heard yet is no word about the other side.</summary>
    public PeerView? Get(string mirrorId) =>
        _entries.TryGetValue(mirrorId, out var entry) ? entry.Facts with { Reachable = IsFresh(entry) } : null;

    /// <summary>A mark to hand to <see cref="Answered"/>: taken before the question is sent.</summary>
    public long Mark() => time.GetTimestamp();

    /// <summary>
    /// The peer has answered a question of ours that was sent at <paramref name="askedAt"/>. Where the peer has spoken by itself since then, the
    /// answer may be older than that and only counts as a sign of life.
    /// </summary>
    public void Answered(string mirrorId, PeerView facts, long askedAt)
    {
        var wake = false;
        _entries.AddOrUpdate(
            mirrorId,
            _ =>
            {
                wake = true;
                return new Entry(facts, time.GetTimestamp(), null, WasReachable: true);
            },
            (_, old) =>
            {
                var current = old.HeardAt is { } heard && heard >= askedAt ? old.Facts : facts;
                wake = !old.WasReachable || !MirrorViews.SaysTheSame(old.Facts, current);
                return new Entry(current, time.GetTimestamp(), old.HeardAt, WasReachable: true);
            });
        if (wake)
            Changed?.Invoke(mirrorId);
    }

    /// <summary>The peer has said this in a question of its own. No proof that it can be reached from here.</summary>
    public void Heard(string mirrorId, PeerView facts)
    {
        var wake = false;
        _entries.AddOrUpdate(
            mirrorId,
            _ =>
            {
                wake = true;
                return new Entry(facts, null, time.GetTimestamp(), WasReachable: false);
            },
            (_, old) =>
            {
                wake = !MirrorViews.SaysTheSame(old.Facts, facts);
                return old with { Facts = facts, HeardAt = time.GetTimestamp() };
            });
        if (wake)
            Changed?.Invoke(mirrorId);
    }

    /// <summary>Wakes the workers of mirrors whose peer has become silent. To be called every few seconds.</summary>
    public void NoticeSilence()
    {
        foreach (var (id, entry) in _entries)
        {
            if (entry.WasReachable && !IsFresh(entry) && _entries.TryUpdate(id, entry with { WasReachable = false }, entry))
                Changed?.Invoke(id);
        }
    }

    /// <summary>The relationship is gone from this side.</summary>
    public void Forget(string mirrorId) => _entries.TryRemove(mirrorId, out _);

    private bool IsFresh(Entry entry) =>
        entry.AnsweredAt is { } at && time.GetElapsedTime(at) < MirrorLimits.PeerSilence;

    private sealed record Entry(PeerView Facts, long? AnsweredAt, long? HeardAt, bool WasReachable);
}
