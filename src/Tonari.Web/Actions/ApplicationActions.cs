using System.Globalization;
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

/// <summary>Applications and their snapshots.</summary>
internal sealed class ApplicationActions(UserActions users, WebSources sources, TimeProvider time)
{
    public Task<Application> DefineAsync(Caller caller, string ns, DefineRequest request, CancellationToken ct)
    {
        var application = new Application { Spec = Definitions.Read(request), Metadata = new V1ObjectMeta { Name = request.Name, NamespaceProperty = ns } };
        var needs = Reach(ns, application.Spec).Select(n => Permission.To<Application>("create", n));
        var action = new UserAction(ActivityKind.DefineApplication, ns, request.Name, [.. needs]) { Application = request.Name };
        return users.RunAsync(caller, action, async api =>
        {
            await ConsentAsync(api, ns, application.Spec, ct);
            return await api.CreateAsync(application, ct);
        }, ct);
    }

    /// <summary>Replaces the whole definition; a mirror replicates by the new one from its next sync on.</summary>
    public Task<Application> RedefineAsync(Caller caller, string ns, string name, DefineRequest request, CancellationToken ct)
    {
        if (request.Name is { Length: > 0 } other && other != name)
            throw new NotUnderstoodException($"An application keeps its name: leave name out, or write {name}.");
        var spec = Definitions.Read(request with { Name = name });
        // A merge patch leaves alone what it does not name; lists it replaces as a whole.
        var patch = new JsonObject { ["spec"] = KubeJson.ToJson(spec) };
        var others = Reach(ns, spec).Where(n => n != ns).Select(n => Permission.To<Application>("create", n));
        var action = new UserAction(ActivityKind.ChangeApplication, ns, name, [Permission.To<Application>("patch", ns, name), .. others]) { Application = name };
        return users.RunAsync(caller, action, async api =>
        {
            await ConsentAsync(api, ns, spec, ct);
            return await api.MergeAsync<Application>(ns, name, patch, ct);
        }, ct);
    }

    /// <summary>Forgets what an application is; its objects stay.</summary>
    public Task ForgetAsync(Caller caller, string ns, string name, CancellationToken ct)
    {
        var action = new UserAction(ActivityKind.DeleteApplication, ns, name, Permission.To<Application>("delete", ns, name)) { Application = name };
        return users.RunAsync(caller, action, async api =>
        {
            if (sources.Mirrors.Items.FirstOrDefault(m => m.Namespace == ns && m.Spec.Application == name) is { } mirror)
                throw new RefusedException($"{name} is replicated by the mirror {mirror.Name}.", "End that replication first.");
            if (!await api.DeleteAsync<Application>(ns, name, ct))
                throw new ResourceNotFoundException($"There is no Application {name} in namespace {ns}.");
        }, ct);
    }

    // Capture reads with Tonari's own rights, Secrets included: whoever takes a namespace into an application must be one who may define one there.
    private static IEnumerable<string> Reach(string ns, ApplicationSpec spec) =>
        spec.Namespaces.Select(n => n.Name).Prepend(ns).Distinct(StringComparer.Ordinal);

    /// <summary>
    /// Gives the consent that captures demand. Who may define applications in a namespace may let others take it, so for namespaces that is done
    /// with Tonari's own rights; what belongs to the cluster he must be able to change himself.
    /// </summary>
    private async Task ConsentAsync(IKubernetesApi acting, string ns, ApplicationSpec spec, CancellationToken ct)
    {
        foreach (var other in Reach(ns, spec).Where(other => other != ns))
        {
            if (await sources.Api.FindAsync(ResourceKind.Of<V1Namespace>(), null, other, ct) is { } found && !ApplicationConsent.IsGiven(found, ns))
                await sources.Api.MergeAsync<V1Namespace>(null, other, ApplicationConsent.Patch(found.Annotation(ApplicationConsent.Annotation), ns), ct);
        }
        var discovery = spec.ClusterResources.Count > 0 ? await sources.Api.DiscoverAsync(refresh: false, ct) : null;
        foreach (var choice in spec.ClusterResources.Where(choice => choice.Kind != "CustomResourceDefinition"))
        {
            if (discovery!.Find(choice.Group, choice.Kind) is not { Namespaced: false } kind)
                continue;
            IEnumerable<JsonObject> chosen = choice.Name is { } name
                ? await acting.FindAsync(kind, null, name, ct) is { } one ? [one] : []
                : (await acting.ListAsync(kind, null, new ListOptions(choice.Selector.ToQuery()), ct)).Items;
            foreach (var value in chosen.Where(value => !ApplicationConsent.IsGiven(value, ns)))
                await acting.PatchAsync(kind, null, value.Name(), new ObjectPatch.Merge(ApplicationConsent.Patch(value.Annotation(ApplicationConsent.Annotation), ns)), null, ct);
        }
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
