using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;

namespace Tonari.Controller.Peers;

/// <summary>Both directions of an exchange: what this side says of the mirrors it has with a neighbour, and what is made of what the neighbour says.</summary>
internal sealed partial class ExchangeBook(IMirrorStore mirrors, PeerViews views, ILogger<ExchangeBook> logger)
{
    /// <summary>This side's views of its mirrors with a neighbour, ordered by id: of all, or of those that are wanted.</summary>
    public IReadOnlyList<MirrorView> ViewsFor(string peer, Func<AppMirror, bool>? wanted = null) =>
    [
        .. mirrors.All.Where(m => m.Spec.Peer == peer && m.Spec.MirrorId is not null && wanted?.Invoke(m) != false)
            .Select(ViewOf).OrderBy(v => v.MirrorId, StringComparer.Ordinal),
    ];

    /// <summary>What is told of one object.</summary>
    public static MirrorView ViewOf(AppMirror mirror)
    {
        var status = mirror.Status;
        var view = MirrorViews.Of(
            mirror.Spec.MirrorId!, mirror.Spec.Paused, status?.Mirror ?? new MirrorStatus(), status?.State?.ToString() ?? "", status?.Transfers ?? [], status?.VerificationProgress);
        if (status is { Mirror.Role: MirrorRole.Secondary, Cause: HealthCause.ReplicaDamaged or HealthCause.SourceDamaged, Message: { } message })
            view.Damage = new FoundDamage { SourceIsWrong = status.Cause == HealthCause.SourceDamaged, Message = message };
        return view;
    }

    /// <summary>Takes note of the answer to a question of ours.</summary>
    public void NoteAnswer(string peer, IReadOnlyList<MirrorView> asked, ExchangeResponse answer, long askedAt)
    {
        var answered = ById(peer, answer.Mirrors);
        var deleted = answer.DeletedMirrorIds.ToHashSet(StringComparer.Ordinal);
        foreach (var id in asked.Select(v => v.MirrorId))
        {
            if (answered.TryGetValue(id, out var facts))
            {
                if (facts is not null)
                    views.Answered(id, facts, askedAt);
            }
            else
            {
                views.Answered(id, new PeerView { Deleted = deleted.Contains(id) }, askedAt);
            }
        }
    }

    /// <summary>Takes note of what a neighbour says by itself, and answers with this side's view of the same mirrors.</summary>
    public ExchangeResponse Answer(ClusterPeer caller, ExchangeRequest request)
    {
        var heard = ById(caller.Name, request.Mirrors);
        var ours = ViewsFor(caller.Name, m => heard.ContainsKey(m.Spec.MirrorId!)).ToDictionary(v => v.MirrorId, StringComparer.Ordinal);
        var response = new ExchangeResponse();
        foreach (var (id, facts) in heard)
        {
            if (!ours.TryGetValue(id, out var view))
                continue;
            if (facts is not null)
                views.Heard(id, facts);
            response.Mirrors.Add(view);
        }
        var deleted = (caller.Status?.DeletedMirrors ?? []).Select(d => d.MirrorId);
        response.DeletedMirrorIds.AddRange(deleted.Where(id => heard.ContainsKey(id) && !ours.ContainsKey(id)));
        return response;
    }

    /// <summary>The neighbour's views by id; null for one that is not understood, which changes nothing that is known.</summary>
    private Dictionary<string, PeerView?> ById(string peer, IEnumerable<MirrorView> said)
    {
        var result = new Dictionary<string, PeerView?>(StringComparer.Ordinal);
        string? first = null;
        var others = 0;
        foreach (var view in said)
        {
            var facts = MirrorViews.Read(view, out var problem);
            if (facts is null && first is null)
                first = problem;
            else if (facts is null)
                others++;
            result[view.MirrorId] = facts;
        }
        if (first is not null)
            LogNotUnderstood(logger, peer, first, others);
        return result;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "What {Peer} says of a mirror is not understood: {Problem} (and {Others} more)")]
    private static partial void LogNotUnderstood(ILogger logger, string peer, string problem, int others);
}
