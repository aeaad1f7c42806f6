using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Web.Views;

/// <summary>Something that is or was done: by whom, when, what, to what, and what came of it.</summary>
/// <param name="StartedAt">When it was asked for or, of what nobody is known to have asked for, begun.</param>
/// <param name="FinishedAt">When it ended; null while it runs, and where it is not known.</param>
/// <param name="By">Who, roughly.</param>
/// <param name="User">His name; null unless a user did it.</param>
/// <param name="Kind">What.</param>
/// <param name="Outcome">How it stands.</param>
/// <param name="Namespace">Namespace of the object; null for what belongs to the whole cluster.</param>
/// <param name="Name">Name of the object: of the mirror for operations.</param>
/// <param name="Application">Name of the application it is about.</param>
/// <param name="Operation">Id of the operation, or the name of a scheduled sync's snapshot.</param>
/// <param name="DowntimeMs">How long the application answered nowhere, milliseconds, where it is known.</param>
/// <param name="WireBytes">Bytes that travelled, compressed.</param>
/// <param name="Message">What came of it, or what happens now, in English.</param>
public sealed record ActivityView(
    DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, ActivityActor By, string? User, ActivityKind Kind, ActivityOutcome Outcome,
    string? Namespace, string? Name, string? Application, string? Operation, long? DowntimeMs, long? WireBytes, string? Message)
{
    /// <summary>Everything, newest first, after what is running: what the mirrors remember and what users asked for, joined by the operation's id.</summary>
    internal static IReadOnlyList<ActivityView> Of(IEnumerable<AppMirror> mirrors, IReadOnlyList<ActivityEntry> journal)
    {
        var asked = journal.Where(e => e.Operation is not null && e.Outcome != ActivityOutcome.Refused).GroupBy(KeyOf).ToDictionary(g => g.Key, g => g.MinBy(e => e.At)!);
        var done = mirrors.SelectMany(OfMirror).Select(v => asked.Remove((v.Namespace, v.Name, v.Operation), out var entry) ? v.AskedBy(entry) : v).ToList();
        var others = journal.Where(e => e.Operation is null || e.Outcome == ActivityOutcome.Refused).Concat(asked.Values).Select(OfEntry);
        return [.. done.Concat(others).OrderByDescending(v => v.Outcome == ActivityOutcome.Running).ThenByDescending(v => v.StartedAt)];
    }

    /// <summary>What a mirror remembers of one operation or sync; who asked for it is not among it.</summary>
    internal static ActivityView OfRecord(string ns, string mirror, string application, MirrorOperationRecord record) => new(
        record.StartedAt, record.FinishedAt, record.Type is MirrorOperationType.Sync or MirrorOperationType.Verify && record.Id == record.Snapshot ? ActivityActor.Tonari : ActivityActor.Unknown, null,
        KindOf(record.Type), record.Succeeded ? ActivityOutcome.Succeeded : ActivityOutcome.Failed, ns, mirror, application, record.Id, record.DowntimeMs,
        record.WireBytes, record.Message);

    /// <summary>An operation as a kind of activity.</summary>
    internal static ActivityKind KindOf(MirrorOperationType type) => type switch
    {
        MirrorOperationType.Sync => ActivityKind.Sync,
        MirrorOperationType.CancelTransfer => ActivityKind.CancelTransfer,
        MirrorOperationType.FailOver => ActivityKind.FailOver,
        MirrorOperationType.Resync => ActivityKind.Resync,
        MirrorOperationType.Reverse => ActivityKind.Reverse,
        MirrorOperationType.FailBack => ActivityKind.FailBack,
        MirrorOperationType.Verify => ActivityKind.Verify,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    private static IEnumerable<ActivityView> OfMirror(AppMirror mirror)
    {
        var status = mirror.Status?.Mirror ?? new MirrorStatus();
        if (status.Operation is { } o)
        {
            yield return new ActivityView(
                o.StartedAt, null, ActivityActor.Unknown, null, KindOf(o.Request.Type), ActivityOutcome.Running, mirror.Namespace, mirror.Name,
                mirror.Spec.Application, o.Request.Id, null, o.WireBytes > 0 ? o.WireBytes : null, o.Message);
        }
        foreach (var record in status.History)
            yield return OfRecord(mirror.Namespace, mirror.Name, mirror.Spec.Application, record);
    }

    private static ActivityView OfEntry(ActivityEntry e) => new(
        e.At, null, e.User is null ? ActivityActor.Unknown : ActivityActor.User, e.User, e.Kind,
        e.Operation is not null && e.Outcome == ActivityOutcome.Succeeded ? ActivityOutcome.Asked : e.Outcome,
        e.Namespace, e.Name, e.Application, e.Operation, null, null, e.Message);

    private static (string?, string?, string?) KeyOf(ActivityEntry e) => (e.Namespace, e.Name, e.Operation);

    private ActivityView AskedBy(ActivityEntry entry) => this with { By = ActivityActor.User, User = entry.User };
}
