using System.Text.RegularExpressions;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Hooks;
using Tonari.Web.Access;
using Tonari.Web.Actions;
using Tonari.Web.Views;

namespace Tonari.Web.Reading;

/// <summary>Which running containers a hook would run in, by the very selection that runs it, in the caller's name.</summary>
internal sealed class HookMatches(IKubernetesApi api, Permissions permissions)
{
    /// <summary>Looks.</summary>
    /// <exception cref="NotAllowedException">The caller may not list the pods.</exception>
    /// <exception cref="NotUnderstoodException">The pattern of the image takes too long to look for.</exception>
    public async Task<HookMatchesView> FindAsync(Caller caller, string ns, HookRequest request, CancellationToken ct)
    {
        // What else may be missing does not matter for that.
        var problem = HookDefinitions.Check(request).FirstOrDefault(p => p.Fault is HookFault.BadLabels or HookFault.BadImage);
        if (problem is not null)
            throw new NotUnderstoodException(problem.Sentence);
        var selector = HookDefinitions.SelectorOf(request);
        var where = selector.Namespace ?? ns;
        await permissions.DemandAsync(caller, Permission.To<V1Pod>("list", where), ct);
        var pods = await api.As(caller.AsUser()).ListAsync<V1Pod>(where, ct);
        try
        {
            var images = pods.SelectMany(p => p.Spec.Containers.Select(c => (p.Metadata.Name, Container: c.Name, c.Image))).ToLookup(c => (c.Name, c.Container), c => c.Image);
            return new HookMatchesView(where, [.. HookSelection.Containers(selector, pods).Select(c => new HookMatchView(c.Pod, c.Container, images[c].FirstOrDefault()))]);
        }
        catch (RegexMatchTimeoutException)
        {
            throw new NotUnderstoodException($"containerImage: looking for '{request.ContainerImage}' takes too long.");
        }
    }
}
