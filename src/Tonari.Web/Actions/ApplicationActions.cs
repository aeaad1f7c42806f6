using System.Globalization;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;

namespace Tonari.Web.Actions;

/// <summary>Applications and their snapshots.</summary>
internal sealed class ApplicationActions(IKubernetesApi api, Permissions permissions, TimeProvider time)
{
    public async Task<Application> DefineAsync(Caller caller, string ns, DefineRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Name))
            throw new NotUnderstoodException("Give the application a name.");
        await permissions.DemandAsync(caller, Permission.To<Application>("create", ns), ct);
        var spec = new ApplicationSpec { Namespaces = [.. (request.Namespaces ?? []).Select(n => new ApplicationNamespace { Name = n })] };
        return await api.CreateAsync(new Application { Metadata = new V1ObjectMeta { Name = request.Name, NamespaceProperty = ns }, Spec = spec }, ct);
    }

    public async Task<AppSnapshot> TakeSnapshotAsync(Caller caller, string ns, SnapshotRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Application))
            throw new NotUnderstoodException("Say of which application.");
        await permissions.DemandAsync(caller, Permission.To<AppSnapshot>("create", ns), ct);
        var name = request.Name ?? $"{request.Application}-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        return await api.CreateAsync(
            new AppSnapshot { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns }, Spec = new AppSnapshotSpec { Application = request.Application } }, ct);
    }

    public async Task DeleteSnapshotAsync(Caller caller, string ns, string name, CancellationToken ct)
    {
        await permissions.DemandAsync(caller, Permission.To<AppSnapshot>("delete", ns, name), ct);
        if (!await api.DeleteAsync<AppSnapshot>(ns, name, ct))
            throw new ResourceNotFoundException($"There is no AppSnapshot {name} in namespace {ns}.");
    }
}
