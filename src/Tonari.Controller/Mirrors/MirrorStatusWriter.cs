using System.Globalization;
using System.Text.Json;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>From the planner's record to everything a user sees of a mirror. Pure.</summary>
internal static class MirrorStatusWriter
{
    /// <summary>The whole status of the object.</summary>
    public static AppMirrorStatus Derive(AppMirror mirror, PolicyMapping mapping, PeerView? peer, MirrorWrite write)
    {
        var record = StatusTrimming.Fit(write.Status);
        var old = mirror.Status ?? new AppMirrorStatus();
        var generation = mirror.Metadata.Generation;
        if (mapping.Policy is not { } policy)
        {
            var first = mapping.Problems[0];
            return old with
            {
                Mirror = record,
                Health = MirrorHealth.Critical,
                Cause = HealthCause.NotAccepted,
                Message = first.Message,
                Transfers = [],
                VerificationProgress = null,
                ObservedGeneration = generation,
                Conditions = Condition.Set(
                    Accepted(old.Conditions, mapping, write.Now, generation), "Ready", false, "NotAccepted", first.Message, write.Now, generation),
            };
        }

        var report = MirrorReport.Of(policy, record, peer, write.Now);
        return new AppMirrorStatus
        {
            Mirror = record,
            State = report.State,
            Health = report.Health,
            Cause = report.Cause,
            Message = report.Reason,
            ProtectedTime = report.ProtectedAt,
            Lag = report.ProtectedAt is { } at ? new GoDuration(Seconds(write.Now - at)) : null,
            // A controller that has just started shows what was known last.
            Peer = peer ?? (old.Peer is { } known ? known with { Reachable = false } : null),
            Transfers = write.Transfers,
            VerificationProgress = write.Verification,
            ObservedGeneration = generation,
            Conditions = Conditions(old.Conditions, mapping, policy, record, peer, report, write.Now, generation),
        };
    }

    /// <summary>Whether two statuses differ in anything but the wording of ages, which change by themselves.</summary>
    public static StatusDifference Compare(AppMirrorStatus? old, AppMirrorStatus next)
    {
        if (old is null) return StatusDifference.Facts;
        if (Json(old) == Json(next)) return StatusDifference.None;
        return Json(Ageless(old)) == Json(Ageless(next)) ? StatusDifference.Wording : StatusDifference.Facts;
    }

    /// <summary>The size of a status as it travels, bytes.</summary>
    public static int Size(AppMirrorStatus status) => JsonSerializer.SerializeToUtf8Bytes(status, KubeJson.Options).Length;

    private static IReadOnlyList<Condition> Conditions(
        IReadOnlyList<Condition> old, PolicyMapping mapping, MirrorPolicy policy, MirrorStatus status, PeerView? peer, MirrorReport report,
        DateTimeOffset now, long? generation)
    {
        var conditions = Accepted(old, mapping, now, generation);
        conditions = Condition.Set(
            conditions, "Ready", report.Health switch { MirrorHealth.Normal => true, MirrorHealth.Unknown => null, _ => false },
            report.State.ToString(), report.Reason, now, generation);

        conditions = peer is { Reachable: true }
            ? Condition.Set(conditions, "PeerReachable", true, "Answers", $"{policy.PeerCluster} answers.", now, generation)
            : Condition.Set(
                conditions, "PeerReachable", false, "Silent",
                $"{policy.PeerCluster} has not answered {(peer is null ? "since this controller started" : $"for {MirrorLimits.PeerSilence.TotalSeconds:0} s")}.", now, generation);

        var stopped = status.Problems.Count > 0;
        conditions = Condition.Set(
            conditions, "PreflightPassed", stopped ? false : status.Role == MirrorRole.Unassigned ? null : true,
            stopped ? Word(status.Problems[0].Reason) : status.Role == MirrorRole.Unassigned ? "Pending" : "Passed",
            stopped ? string.Join(' ', status.Problems.Select(problem => problem.Message)) : "Nothing stands in the way.", now, generation);

        var late = report.ProtectedAt is not { } at || now - at > policy.WantedRpo;
        conditions = Condition.Set(
            conditions, "Synced", !late, late ? report.ProtectedAt is null ? "NoSnapshot" : "Late" : "InTime",
            report.ProtectedAt is null
                ? "No group snapshot is complete on both sides yet."
                : late ? "The newest complete group snapshot is older than wanted." : "The newest complete group snapshot is as new as wanted.", now, generation);

        conditions = Proven(conditions, status, peer, report, now, generation);
        var fenced = status.Role == MirrorRole.Fenced;
        return Condition.Set(
            conditions, "Fenced", fenced, fenced ? "PeerTookOver" : "NotFenced",
            fenced ? $"{policy.PeerCluster} took over in epoch {status.HighestEpochSeen}; choose what is kept: resync or fail back."
                : "No other side has taken over.", now, generation);
    }

    private static IReadOnlyList<Condition> Proven(
        IReadOnlyList<Condition> old, MirrorStatus status, PeerView? peer, MirrorReport report, DateTimeOffset now, long? generation)
    {
        if (report.Cause is HealthCause.ReplicaDamaged or HealthCause.SourceDamaged)
            return Condition.Set(old, "ReplicaProven", false, report.Cause.ToString(), report.Reason, now, generation);
        var proof = status.Role == MirrorRole.Secondary ? status.Proven : peer?.Proven;
        return proof is null
            ? Condition.Set(old, "ReplicaProven", null, "NotYet", "The replica has not been compared with its primary yet.", now, generation)
            : Condition.Set(
                old, "ReplicaProven", true, "Equal",
                string.Create(CultureInfo.InvariantCulture, $"{proof.Snapshot} was the same on both sides at {proof.ProvenAt.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z."), now, generation);
    }

    private static IReadOnlyList<Condition> Accepted(IReadOnlyList<Condition> old, PolicyMapping mapping, DateTimeOffset now, long? generation) =>
        mapping.Problems.Count == 0
            ? Condition.Set(old, "Accepted", true, "Accepted", "The spec can be worked by.", now, generation)
            : Condition.Set(
                old, "Accepted", false, Word(mapping.Problems[0].Reason), string.Join(' ', mapping.Problems.Select(problem => problem.Message)), now, generation);

    // A reason is one word by the API conventions, and the server refuses an empty one.
    private static string Word(string reason) => reason.Length == 0 ? "Problem" : reason;

    private static TimeSpan Seconds(TimeSpan span) => TimeSpan.FromSeconds(Math.Max(0, Math.Floor(span.TotalSeconds)));

    private static AppMirrorStatus Ageless(AppMirrorStatus status) => status with
    {
        Lag = null,
        Message = WithoutNumbers(status.Message),
        Conditions = [.. status.Conditions.Select(condition => condition with { Message = WithoutNumbers(condition.Message) ?? "" })],
    };

    private static string? WithoutNumbers(string? text) => text is null ? null : string.Concat(text.Where(c => !char.IsAsciiDigit(c)));

    private static string Json(AppMirrorStatus status) => JsonSerializer.Serialize(status, KubeJson.Options);
}

/// <summary>How two statuses differ.</summary>
internal enum StatusDifference
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>In ages that grow by themselves.</summary>
    Wording,

    /// <summary>In something that happened.</summary>
    Facts,
}
