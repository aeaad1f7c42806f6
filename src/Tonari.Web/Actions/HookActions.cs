using System.Text.Json.Nodes;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Capture;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Hosting;
using Tonari.Web.Views;

namespace Tonari.Web.Actions;

/// <summary>Hooks.</summary>
internal sealed class HookActions(UserActions users, WebSources sources)
{
    public Task<ExecHook> CreateAsync(Caller caller, string ns, HookRequest request, CancellationToken ct)
    {
        var hook = new ExecHook { Metadata = new V1ObjectMeta { Name = request.Name, NamespaceProperty = ns }, Spec = HookDefinitions.Read(request, NamespacesOf(ns, request.Application)) };
        return users.RunAsync(caller, Action(ActivityKind.CreateHook, "create", ns, hook.Name, request.Application), api => api.CreateAsync(hook, ct), ct);
    }

    /// <summary>Replaces the whole hook.</summary>
    public Task<ExecHook> ChangeAsync(Caller caller, string ns, string name, HookRequest request, CancellationToken ct)
    {
        if (request.Name is { Length: > 0 } other && other != name)
            throw new NotUnderstoodException($"A hook keeps its name: leave name out, or write {name}.");
        var spec = KubeJson.ToJson(HookDefinitions.Read(request with { Name = name }, NamespacesOf(ns, request.Application)));
        var patch = new ObjectPatch.Json([new JsonObject { ["op"] = "replace", ["path"] = "/spec", ["value"] = spec }]);
        return users.RunAsync(
            caller, Action(ActivityKind.ChangeHook, "patch", ns, name, request.Application),
            async api => KubeJson.FromJson<ExecHook>(await api.PatchAsync(ResourceKind.Of<ExecHook>(), ns, name, patch, null, ct)), ct);
    }

    public Task DeleteAsync(Caller caller, string ns, string name, CancellationToken ct) =>
        users.RunAsync(caller, Action(ActivityKind.DeleteHook, "delete", ns, name, sources.Hooks.Find(ns, name)?.Spec.Application), async api =>
        {
            if (!await api.DeleteAsync<ExecHook>(ns, name, ct))
                throw new ResourceNotFoundException($"There is no ExecHook {name} in namespace {ns}.");
        }, ct);

    /// <summary>Namespaces that a hook of an application reaches; null where the application is not defined here.</summary>
    public IReadOnlyCollection<string>? NamespacesOf(string ns, string? application) =>
        string.IsNullOrEmpty(application) || sources.Applications.Find(ns, application) is not { } found ? null : [.. ApplicationScope.Of(found).NamespaceNames];

    private static UserAction Action(ActivityKind kind, string verb, string ns, string? name, string? application) =>
        new(kind, ns, name, Permission.To<ExecHook>(verb, ns, verb == "create" ? null : name)) { Application = string.IsNullOrEmpty(application) ? null : application };
}
