using Tonari.Controller.Mirrors;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Informers;
using Tonari.Kubernetes.Resources;

namespace Tonari.Controller.Applications;

/// <summary>Keeps the status of Applications: what they consist of, and whether it can be replicated.</summary>
internal sealed class ApplicationReconciler(IKubernetesApi api, ApplicationCapture capture, IMirrorStore mirrors, TimeProvider time)
{
    /// <summary>Objects of any kind may come and go without an event here; a capture of a namespace costs the API server about a hundred lists.</summary>
    private static readonly TimeSpan Again = TimeSpan.FromMinutes(2);

    /// <summary>Looks at one Application; when to look again.</summary>
    public async Task<TimeSpan?> ReconcileAsync(ObjectKey key, CancellationToken ct)
    {
        if (await api.FindAsync<Application>(key.Namespace, key.Name, ct) is not { Metadata.DeletionTimestamp: null } application)
            return null;
        var captured = await capture.CaptureAsync(application, "", ct);
        var status = ApplicationStatuses.Of(application, captured, mirrors.All, time.GetUtcNow());
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
        return Again;
    }
}
