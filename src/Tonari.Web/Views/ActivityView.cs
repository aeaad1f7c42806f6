using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>How something that was done stands.</summary>
public enum ActivityOutcome
{
    /// <summary>It is still being done.</summary>
    Running,

    /// <summary>It reached its aim.</summary>
    Succeeded,

    /// <summary>It did not.</summary>
    Failed,

    /// <summary>It was not begun: whoever asked may not, or it could not be done as things were.</summary>
    Refused,
}

/// <summary>Something that is or was done with a mirror.</summary>
/// <param name="Namespace">Namespace of the mirror.</param>
/// <param name="Mirror">Name of the mirror.</param>
/// <param name="Application">Name of the application.</param>
/// <param name="Id">Id of the operation, or the name of a scheduled sync's snapshot.</param>
/// <param name="Type">What it is.</param>
/// <param name="Outcome">How it stands.</param>
/// <param name="StartedAt">When it was accepted.</param>
/// <param name="FinishedAt">When it ended.</param>
/// <param name="DowntimeMs">How long the application answered nowhere, milliseconds, where it is known.</param>
/// <param name="WireBytes">Bytes that travelled, compressed.</param>
/// <param name="Message">What came of it, or what happens now.</param>
public sealed record ActivityView(
    string Namespace, string Mirror, string Application, string Id, MirrorOperationType Type, ActivityOutcome Outcome, DateTimeOffset StartedAt,
    DateTimeOffset? FinishedAt, long? DowntimeMs, long? WireBytes, string? Message)
{
    /// <summary>What is and was done with these mirrors, newest first.</summary>
    public static IReadOnlyList<ActivityView> Of(IEnumerable<AppMirror> mirrors) =>
        [.. mirrors.SelectMany(OfOne).OrderByDescending(a => a.FinishedAt ?? DateTimeOffset.MaxValue).ThenByDescending(a => a.StartedAt)];

    private static IEnumerable<ActivityView> OfOne(AppMirror mirror)
    {
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (status.Operation is { } o)
        {
            yield return new ActivityView(
                mirror.Namespace, mirror.Name, mirror.Spec.Application, o.Request.Id, o.Request.Type, ActivityOutcome.Running, o.StartedAt, null, null,
                o.WireBytes > 0 ? o.WireBytes : null, o.Message);
        }
        foreach (var r in status.History)
        {
            yield return new ActivityView(
                mirror.Namespace, mirror.Name, mirror.Spec.Application, r.Id, r.Type, r.Succeeded ? ActivityOutcome.Succeeded : ActivityOutcome.Failed, r.StartedAt,
                r.FinishedAt, r.DowntimeMs, r.WireBytes, r.Message);
        }
    }
}
