using Tonari.Controller.Peers;
using Tonari.Mirroring;
using Tonari.Rpc.Peer;
using Tonari.Web.Views;

namespace Tonari.Controller.Preflight;

/// <summary>From what both sides said to what people look at. Nothing that the neighbour sends is shown without bound.</summary>
internal static class PreflightReports
{
    /// <summary>More classes, pools or checks than any cluster has.</summary>
    private const int Most = 200;

    private const int LongestText = 1000;

    /// <summary>Derives the report.</summary>
    /// <param name="verdict">What both sides said.</param>
    /// <param name="cluster">Name of this cluster.</param>
    /// <param name="peer">Name of the neighbour.</param>
    public static PreflightReport Of(RelationshipVerdict verdict, string cluster, string peer)
    {
        var here = PreflightChecks.Of(verdict.Role).Select(check => Here(verdict, check, cluster)).ToList();
        var there = There(verdict, peer);
        var says = verdict.Neighbours is { Checks.Count: > 0 } answer && verdict.Role == MirrorRole.Primary ? answer : null;
        return new PreflightReport
        {
            Checks = [.. here, .. there],
            Volumes = [.. (verdict.Own?.Volumes ?? []).Select(v => new PreflightVolumeView(v.Key, v.SizeBytes, v.StorageClass))],
            StorageClasses = says is null ? null : [.. says.StorageClasses.Take(Most).Select(Short)],
            Pools = says is null ? null : [.. says.Pools.Take(Most).Select(p => new PreflightPoolView(Short(p.Name), Math.Max(0, p.FreeBytes)))],
        };
    }

    private static PreflightCheckView Here(RelationshipVerdict verdict, PreflightCheck check, string cluster)
    {
        var own = verdict.Own?.Checks.FirstOrDefault(c => c.Name == check.Name) ?? new PreflightVerdict(check.Name, false, null);
        // It has just been asked: that is newer than its last greeting.
        if (check.Name == nameof(PreflightChecks.PeerAnswers) && (own.Judged || verdict.Own is null))
            own = own with { Judged = true, Problem = verdict.WhyNotAsked };
        return View(PreflightSide.Here, cluster, check.Name, own.Judged, own.Problem);
    }

    private static IEnumerable<PreflightCheckView> There(RelationshipVerdict verdict, string peer)
    {
        var role = verdict.Role == MirrorRole.Primary ? MirrorRole.Secondary : MirrorRole.Primary;
        if (verdict.Neighbours is not { } answer)
            return PreflightChecks.Of(role).Select(check => View(PreflightSide.There, peer, check.Name, false, null));
        return answer.Checks.Count > 0
            ? answer.Checks.Take(Most).Select(c => View(PreflightSide.There, peer, c.Name, c.Judged, c.Problem is null ? null : ProblemOf(c.Problem)))
            : [.. answer.Problems.Take(Most).Select(p => View(PreflightSide.There, peer, nameof(PreflightCheckName.Other), true, ProblemOf(p)))];
    }

    private static PreflightCheckView View(PreflightSide side, string cluster, string name, bool judged, MirrorProblem? problem)
    {
        var known = PreflightChecks.Find(name);
        var outcome = problem is not null ? CheckOutcome.Failed : judged ? CheckOutcome.Passed : CheckOutcome.NotAsked;
        return new PreflightCheckView(side, cluster, known is null ? PreflightCheckName.Other : Enum.Parse<PreflightCheckName>(known.Name), outcome, known?.Forbids == true, problem?.Reason, problem?.Message);
    }

    private static MirrorProblem ProblemOf(Problem problem) => new(Short(problem.Reason), Short(problem.Message));

    private static string Short(string text) => PeerText.OneLine(text, LongestText);
}
