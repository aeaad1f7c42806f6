using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Resources;
using Tonari.Kubernetes.Workloads;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>A mirror's application as it is on this cluster.</summary>
/// <param name="Object">The Application.</param>
/// <param name="Workloads">Its scope and the claims that count.</param>
/// <param name="Volumes">Its volumes that an agent here keeps: pool and volume id.</param>
/// <param name="Stoppable">
/// As far as its namespaces consent: what has not consented is neither stopped nor run commands in. Starting what was stopped needs no consent.
/// </param>
internal sealed record LocalApplication(
    Application Object, WorkloadScope Workloads, IReadOnlyList<(string Pool, string VolumeId)> Volumes, WorkloadScope Stoppable)
{
    /// <summary>Its claims as they are now, and the volumes of agents here that they are bound to.</summary>
    public IReadOnlyList<ClaimedVolume> Claimed { get; init; } = [];

    /// <summary>Its namespaces that hooks may reach, as named here.</summary>
    public IReadOnlyCollection<string> Namespaces => [.. Stoppable.Scope.NamespaceNames];
}

/// <summary>Reads a mirror's application out of this cluster.</summary>
internal sealed class LocalApplications(IKubernetesApi api, ApplicationCapture capture)
{
    /// <summary>The application with everything that may use its volumes.</summary>
    /// <exception cref="StepFailedException">There is no such Application.</exception>
    public async Task<LocalApplication> ReadAsync(StepContext context, CancellationToken ct)
    {
        var mirror = context.Mirror;
        var application = await api.FindAsync<Application>(mirror.Namespace, mirror.Spec.Application, ct)
            ?? throw new StepFailedException(
                $"There is no Application {mirror.Namespace}/{mirror.Spec.Application}, which says what belongs together; create it again.");

        // Both what is there now and what the newest group held: a claim that was made or removed since is in use all the same.
        var found = await capture.DescribeVolumesAsync(application, ct);
        var claims = found.Select(volume => (volume.Namespace, volume.Claim)).Concat(context.Claims).Distinct();
        var kept = found.Where(volume => volume is { VolumeId: not null, Pool: not null }).Select(volume => (volume.Pool!, volume.VolumeId!))
            .Concat(context.Status.Volumes.Select(volume => (volume.Pool, volume.VolumeId))).Distinct();
        var scope = ApplicationScope.Of(application);
        var missing = await ApplicationConsent.MissingAsync(api, application, ct);
        var consenting = scope with { Namespaces = [.. scope.Namespaces.Where(ns => !missing.ContainsKey(ns.Name))] };
        return new LocalApplication(
            application, new WorkloadScope(scope, [.. claims]), [.. kept], new WorkloadScope(consenting, [.. claims.Where(claim => !missing.ContainsKey(claim.Namespace))]))
        {
            Claimed = [.. found.Where(volume => volume is { VolumeId: not null, Pool: not null })
                .Select(volume => new ClaimedVolume(volume.Namespace, volume.Claim, volume.Pool!, volume.VolumeId!))],
        };
    }
}
