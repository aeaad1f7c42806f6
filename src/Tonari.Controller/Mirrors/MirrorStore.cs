using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>The AppMirror objects behind an informer's copy and the API server.</summary>
/// <param name="api">The API server.</param>
/// <param name="cached">The informer's copy.</param>
internal sealed class MirrorStore(IKubernetesApi api, Func<IReadOnlyCollection<AppMirror>> cached) : IMirrorStore
{
    /// <inheritdoc/>
    public event Action<AppMirror>? Changed;

    /// <inheritdoc/>
    public IReadOnlyList<AppMirror> All => [.. cached()];

    /// <summary>To be called by the informer.</summary>
    public void Tell(AppMirror changed) => Changed?.Invoke(changed);

    /// <inheritdoc/>
    public async Task<AppMirror?> UpdateAsync(
        string @namespace, string name, Func<AppMirror, MirrorStatus, MirrorStatus?> change, CancellationToken ct)
    {
        while (await api.FindAsync<AppMirror>(@namespace, name, ct) is { } mirror)
        {
            var status = mirror.Status ?? new AppMirrorStatus();
            if (change(mirror, status.Mirror) is not { } next || next == status.Mirror)
                return mirror;
            mirror.Status = status with { Mirror = next };
            try
            {
                return await api.UpdateStatusAsync(mirror, ct);
            }
            catch (ResourceConflictException)
            {
                // Someone else wrote first: read again and decide again.
            }
            catch (ResourceNotFoundException)
            {
                break;
            }
        }
        return null;
    }
}
