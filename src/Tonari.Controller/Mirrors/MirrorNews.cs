using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>Something a user wants to be told, as a Kubernetes Event.</summary>
/// <param name="Reason">One CamelCase word.</param>
/// <param name="Message">A sentence.</param>
/// <param name="Warning">It wants attention.</param>
internal sealed record MirrorNews(string Reason, string Message, bool Warning)
{
    /// <summary>What happened between two statuses. Pure.</summary>
    public static IReadOnlyList<MirrorNews> Between(AppMirrorStatus? before, AppMirrorStatus after, MirrorPolicy policy)
    {
        var old = before?.Mirror ?? new MirrorStatus();
        var now = after.Mirror;
        var news = new List<MirrorNews>();

        if (now.Role != old.Role || now.Epoch != old.Epoch) news.AddRange(RoleTaken(old, now, policy));
        if (after.State == MirrorState.Established && before?.State is null or MirrorState.Establishing)
            news.Add(new("Established", $"{policy.Application} is replicated between {policy.LocalCluster} and {policy.PeerCluster}.", Warning: false));
        if (now.Problems.Count > 0 && old.Problems.Count == 0)
            news.Add(new("PreflightFailed", now.Problems[0].Message, Warning: true));

        if (now.Damage is not null && old.Damage is null && after is { Cause: HealthCause.ReplicaDamaged or HealthCause.SourceDamaged, Message: { } damage })
            news.Add(new(after.Cause.ToString()!, damage, Warning: true));

        var known = old.History.Select(record => (record.Id, record.StartedAt)).ToHashSet();
        news.AddRange(now.History
            .Where(record => !known.Contains((record.Id, record.StartedAt)))
            .Select(record => record.Succeeded
                ? new MirrorNews("OperationFinished", $"{record.Type} ({record.Id}): {record.Message}", Warning: false)
                : new MirrorNews("OperationFailed", $"{record.Type} ({record.Id}): {record.Message}", Warning: true)));
        return news;
    }

    private static IEnumerable<MirrorNews> RoleTaken(MirrorStatus old, MirrorStatus now, MirrorPolicy policy)
    {
        switch (now.Role)
        {
            case MirrorRole.Fenced when old.Role != MirrorRole.Fenced:
                yield return new("Fenced", $"{policy.PeerCluster} took over in epoch {now.HighestEpochSeen}; {policy.LocalCluster} no longer serves.", Warning: true);
                break;
            case MirrorRole.Primary when old.Role is MirrorRole.Secondary or MirrorRole.Fenced:
                yield return now.HandoverOperation is null
                    ? new("FailedOver", $"{policy.LocalCluster} took over {policy.Application} in epoch {now.Epoch}.", Warning: true)
                    : new("TookOver", $"{policy.LocalCluster} took over {policy.Application} as planned, epoch {now.Epoch}.", Warning: false);
                break;
            case MirrorRole.Secondary when old.Role == MirrorRole.Fenced:
                yield return new("BecameSecondary", $"{policy.LocalCluster} follows {policy.PeerCluster} in epoch {now.Epoch}; its own writes are set aside.", Warning: false);
                break;
        }
    }
}
