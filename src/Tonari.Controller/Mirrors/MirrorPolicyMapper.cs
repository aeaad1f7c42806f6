using System.Text.RegularExpressions;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>From what a user wrote to what the planner works by. Pure; never throws, whatever is in the spec.</summary>
internal static partial class MirrorPolicyMapper
{
    /// <summary>
    /// The policy and what is wrong with the spec. A wrong value that a default can stand in for does not stop the mirror: a typing error in the
    /// schedule must not keep an application stopped. What identifies the relationship has no default.
    /// </summary>
    public static PolicyMapping Map(AppMirror mirror, string localCluster)
    {
        var problems = new List<MirrorProblem>();
        var usable = Identity(mirror, problems);
        var spec = mirror.Spec;
        var schedule = Schedule(spec, problems);
        var policy = new MirrorPolicy
        {
            MirrorId = spec.MirrorId ?? "",
            Application = spec.Application ?? "",
            LocalCluster = localCluster,
            PeerCluster = spec.Peer ?? "",
            InitialRole = spec.InitialRole,
            Schedule = schedule,
            WantedRpo = Rpo(spec, schedule, problems),
            VerifySchedule = VerifySchedule(spec, problems),
            Retain = Retain(spec, problems),
            Paused = spec.Paused,
            OnFenced = Enum.IsDefined(spec.OnFenced) ? spec.OnFenced : FencedAction.Stop,
            Operation = Operation(spec.Operation, problems),
            Deleting = mirror.Metadata?.DeletionTimestamp is not null,
            ForceDelete = mirror.Metadata?.Annotations is { } annotations
                && annotations.TryGetValue(WellKnown.ForceDeleteAnnotation, out var force) && force == "true",
        };

        // Whatever else is wrong, an object with an id can be deleted.
        var deletable = policy.Deleting && IsMirrorId(policy.MirrorId);
        return new PolicyMapping(usable || deletable ? policy : null, problems);
    }

    /// <summary>Whether a text can be a mirror id.</summary>
    public static bool IsMirrorId(string? text) => text is not null && MirrorIdForm().IsMatch(text);

    private static bool Identity(AppMirror mirror, List<MirrorProblem> problems)
    {
        var before = problems.Count;
        var spec = mirror.Spec;
        if (spec.MirrorId is null)
            problems.Add(new("NoMirrorId", "The mirror has no id yet; it is given one in a moment."));
        else if (!IsMirrorId(spec.MirrorId))
            problems.Add(new("MirrorIdInvalid", $"spec.mirrorId is '{spec.MirrorId}' and must be 10 characters of a-z and 0-9; leave it out to have one made."));
        else if (Foreign(mirror) is { } other)
            problems.Add(new("MirrorIdChanged", $"spec.mirrorId was changed, but the group snapshots here belong to another id ({other}); set it back."));
        if (string.IsNullOrEmpty(spec.Application))
            problems.Add(new("NoApplication", "spec.application is empty; set it to the name of an Application in this namespace."));
        if (string.IsNullOrEmpty(spec.Peer))
            problems.Add(new("NoPeer", "spec.peer is empty; set it to the name of a ClusterPeer (`kubectl get clusterpeers`)."));
        if (spec.InitialRole is not (MirrorRole.Primary or MirrorRole.Secondary))
            problems.Add(new("InitialRoleInvalid", $"spec.initialRole is {spec.InitialRole}; set it to Primary or Secondary."));
        return problems.Count == before;
    }

    /// <summary>A group snapshot in the status that cannot belong to the id in the spec.</summary>
    private static string? Foreign(AppMirror mirror) => mirror.Status?.Mirror.Snapshots
        .Select(snapshot => snapshot.Name)
        .FirstOrDefault(name => !name.StartsWith(SnapshotNames.GroupPrefix(mirror.Spec.MirrorId!), StringComparison.Ordinal));

    private static TimeSpan Schedule(AppMirrorSpec spec, List<MirrorProblem> problems)
    {
        if (spec.Schedule.Value > LongestDuration)
        {
            problems.Add(new("ScheduleTooLong", $"spec.schedule is {spec.Schedule}; the longest is {LongestDuration.TotalHours:0}h, which is used instead."));
            return LongestDuration;
        }

        if (spec.Schedule.Value >= MirrorLimits.ShortestSchedule) return spec.Schedule.Value;
        problems.Add(new("ScheduleTooShort", $"spec.schedule is {spec.Schedule}; the shortest is {MirrorLimits.ShortestSchedule.TotalSeconds:0}s, which is used instead."));
        return MirrorLimits.ShortestSchedule;
    }

    private static TimeSpan Rpo(AppMirrorSpec spec, TimeSpan schedule, List<MirrorProblem> problems)
    {
        if (spec.WantedRpo is not { } wanted) return 2 * schedule;
        if (wanted.Value > LongestDuration)
        {
            problems.Add(new("WantedRpoInvalid", $"spec.wantedRpo is {wanted}; the longest is {LongestDuration.TotalHours:0}h, which is used instead."));
            return LongestDuration;
        }

        if (wanted.Value > TimeSpan.Zero) return wanted.Value;
        problems.Add(new("WantedRpoInvalid", "spec.wantedRpo is zero; twice the schedule is used instead."));
        return 2 * schedule;
    }

    private static TimeSpan? VerifySchedule(AppMirrorSpec spec, List<MirrorProblem> problems)
    {
        // Written as null it is there all the same.
        var wanted = (spec.Verify ?? new MirrorVerifySpec()).Schedule.Value;
        if (wanted == TimeSpan.Zero) return null;
        if (wanted >= MirrorLimits.ShortestVerifySchedule) return wanted;
        problems.Add(new("VerifyScheduleTooShort", $"spec.verify.schedule is {wanted.TotalSeconds:0}s; the shortest is {MirrorLimits.ShortestVerifySchedule.TotalMinutes:0}m, which is used instead. 0s turns it off."));
        return MirrorLimits.ShortestVerifySchedule;
    }

    private static int Retain(AppMirrorSpec spec, List<MirrorProblem> problems)
    {
        var retain = Math.Clamp(spec.Retain, 1, MostRetained);
        if (retain != spec.Retain)
            problems.Add(new("RetainInvalid", $"spec.retain is {spec.Retain} and must be 1 to {MostRetained}; {retain} is used instead."));
        return retain;
    }

    private static MirrorOperationRequest? Operation(MirrorOperationRequest? request, List<MirrorProblem> problems)
    {
        if (request is null) return null;
        if (request.Id is not { Length: >= 1 and <= LongestOperationId })
            problems.Add(new("OperationIdInvalid", $"spec.operation.id must have 1 to {LongestOperationId} characters; the operation is not looked at."));
        else if (!Enum.IsDefined(request.Type))
            problems.Add(new("OperationTypeInvalid", $"spec.operation.type is {request.Type}, which is no operation."));
        else
            return request;
        return null;
    }

    /// <summary>Longest schedule or wanted RPO: a year. What is longer is no replication, and sums of it would leave the calendar.</summary>
    public static readonly TimeSpan LongestDuration = TimeSpan.FromDays(365);

    // As in the CRD's schema.
    public const int MostRetained = 100;
    private const int LongestOperationId = 63;

    [GeneratedRegex("^[a-z0-9]{10}$", RegexOptions.CultureInvariant)]
    private static partial Regex MirrorIdForm();
}

/// <summary>What a spec means.</summary>
/// <param name="Policy">Null where the spec cannot be used at all.</param>
/// <param name="Problems">What is wrong with it, a sentence each.</param>
internal sealed record PolicyMapping(MirrorPolicy? Policy, IReadOnlyList<MirrorProblem> Problems);
