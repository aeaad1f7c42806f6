using System.Globalization;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>Applications and their snapshots.</summary>
internal sealed class ApplicationActions(UserActions users, TimeProvider time)
{
    public Task<Application> DefineAsync(Caller caller, string ns, DefineRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Name))
            throw new NotUnderstoodException("Give the application a name.");
        var spec = new ApplicationSpec { Namespaces = [.. (request.Namespaces ?? []).Select(n => new ApplicationNamespace { Name = n })] };
        var application = new Application { Metadata = new V1ObjectMeta { Name = request.Name, NamespaceProperty = ns }, Spec = spec };
        var action = new UserAction(ActivityKind.DefineApplication, ns, request.Name, Permission.To<Application>("create", ns)) { Application = request.Name };
        return users.RunAsync(caller, action, api => api.CreateAsync(application, ct), ct);
    }

    public Task<AppSnapshot> TakeSnapshotAsync(Caller caller, string ns, SnapshotRequest request, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(request.Application))
            throw new NotUnderstoodException("Say of which application.");
        var name = request.Name ?? $"{request.Application}-{time.GetUtcNow().UtcDateTime.ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture)}";
        var snapshot = new AppSnapshot { Metadata = new V1ObjectMeta { Name = name, NamespaceProperty = ns }, Spec = new AppSnapshotSpec { Application = request.Application } };
        var action = new UserAction(ActivityKind.TakeSnapshot, ns, name, Permission.To<AppSnapshot>("create", ns)) { Application = request.Application };
        return users.RunAsync(caller, action, api => api.CreateAsync(snapshot, ct), ct);
    }

    public Task DeleteSnapshotAsync(Caller caller, string ns, string name, CancellationToken ct) =>
        users.RunAsync(caller, new UserAction(ActivityKind.DeleteSnapshot, ns, name, Permission.To<AppSnapshot>("delete", ns, name)), async api =>
        {
            if (!await api.DeleteAsync<AppSnapshot>(ns, name, ct))
                throw new ResourceNotFoundException($"There is no AppSnapshot {name} in namespace {ns}.");
        }, ct);
}
