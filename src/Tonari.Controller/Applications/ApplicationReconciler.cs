using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Applications;

/// <summary>Keeps the status of Applications: what they consist of, and whether it can be replicated.</summary>
internal sealed class ApplicationReconciler(IKubernetesApi api, ApplicationCapture capture, IMirrorStore mirrors, Func<IReadOnlyCollection<Application>> applications, TimeProvider time)
{
    /// <summary>Objects of any kind may come and go without an event here.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(2);

    /// <summary>The least time between two such looks of any applications, so that what they cost the API server does not grow with their number.</summary>
    private static readonly TimeSpan Apart = TimeSpan.FromSeconds(3);

    /// <summary>Looks at one Application; when to look again.</summary>
    public async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (await api.FindAsync<Application>(key.Namespace, key.Name, ct) is not { Metadata.DeletionTimestamp: null } application)
            return null;
        var status = await StatusAsync(application, ct);
        if (!ApplicationStatuses.SaysTheSame(application.Status, status))
        {
            application.Status = status;
            try
            {
                await api.UpdateStatusAsync(application, ct);
            }
            catch (ResourceConflictException)
            {
                return TimeSpan.Zero; // It has changed meanwhile: look again.
            }
            catch (ResourceNotFoundException)
            {
                return null;
            }
        }
        var round = Apart * applications().Count;
        return round > Again ? round : Again;
    }

    private async Task<ApplicationStatus> StatusAsync(Application application, CancellationToken ct)
    {
        try
        {
            return ApplicationStatuses.Of(application, await capture.CaptureAsync(application, "", ct), mirrors.All, time.GetUtcNow());
        }
        catch (ConsentMissingException e)
        {
            return ApplicationStatuses.Refused(application, e.Message, mirrors.All, time.GetUtcNow());
        }
    }
}
