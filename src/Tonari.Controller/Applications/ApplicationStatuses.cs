using System.Globalization;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Applications;

/// <summary>What an Application shows. Pure.</summary>
internal static class ApplicationStatuses
{
    /// <summary>The status after a capture.</summary>
    public static ApplicationStatus Of(Application application, CapturedApplication captured, IEnumerable<AppMirror> mirrors, DateTimeOffset now)
    {
        var (reason, message) = Judge(captured);
        return Of(application, captured, reason, message, mirrors, now);
    }

    /// <summary>The status of one that takes what has not consented: nothing is told of it.</summary>
    public static ApplicationStatus Refused(Application application, string message, IEnumerable<AppMirror> mirrors, DateTimeOffset now) =>
        Of(application, new CapturedApplication(new CapturedResources(), []), "ConsentMissing", message, mirrors, now);

    private static ApplicationStatus Of(
        Application application, CapturedApplication captured, string reason, string message, IEnumerable<AppMirror> mirrors, DateTimeOffset now)
    {
        return new ApplicationStatus
        {
            Volumes = captured.Volumes,
            Resources = captured.Resources.Objects.Count,
            Mirrors = [.. mirrors.Where(m => m.Namespace == application.Namespace && m.Spec.Application == application.Name).Select(m => m.Name).Order(StringComparer.Ordinal)],
            Message = message,
            Conditions = Condition.Set(application.Status?.Conditions, "Replicable", reason == Ready, reason, message, now, application.Metadata.Generation),
        };
    }

    /// <summary>Whether two statuses say the same.</summary>
    public static bool SaysTheSame(ApplicationStatus? a, ApplicationStatus b) =>
        a is not null && a.Resources == b.Resources && a.Message == b.Message && a.Mirrors.SequenceEqual(b.Mirrors) && a.Volumes.SequenceEqual(b.Volumes)
        && a.Conditions.SequenceEqual(b.Conditions);

    private const string Ready = "Ready";

    private static (string Reason, string Message) Judge(CapturedApplication captured)
    {
        if (captured.Volumes.Count == 0)
            return ("NoVolumes", "The application has no persistent volume claims. Check its namespaces and label selectors.");
        if (captured.Volumes.FirstOrDefault(v => !v.Replicable) is { } bad)
            return ("VolumeNotReplicable", $"{bad.Namespace}/{bad.Claim} cannot be replicated: {bad.Reason}");
        var pools = captured.Volumes.Select(v => v.Pool).Distinct(StringComparer.Ordinal).ToList();
        return pools.Count > 1
            ? ("SeveralPools", $"The volumes lie on the pools {string.Join(", ", pools)}; one point in time of all of them needs a single pool.")
            : (Ready, string.Create(CultureInfo.InvariantCulture, $"{captured.Volumes.Count} volumes on {pools[0]} and {captured.Resources.Objects.Count} resources can be replicated."));
    }
}
