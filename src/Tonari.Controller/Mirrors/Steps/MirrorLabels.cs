using System.Text.Json.Nodes;
using Tonari.Kubernetes;
using Tonari.Kubernetes.Api;

namespace Tonari.Controller.Mirrors.Steps;

/// <summary>
/// Takes a mirror's label off the objects that stay when the relationship ends: they are the user's from then on, and a later relationship
/// must not mistake them for another's.
/// </summary>
internal sealed class MirrorLabels(IKubernetesApi api)
{
    public async Task RemoveAsync(string mirrorId, CancellationToken ct)
    {
        var discovery = await api.DiscoverAsync(refresh: false, ct);
        var selector = new ListOptions($"{WellKnown.MirrorLabel}={mirrorId}");
        foreach (var kind in discovery.Kinds.Where(kind => kind.Verbs.Contains("list") && kind.Verbs.Contains("patch")))
        {
            foreach (var value in await ListAsync(kind, selector, ct))
            {
                var patch = new JsonObject { ["metadata"] = new JsonObject { ["labels"] = new JsonObject { [WellKnown.MirrorLabel] = null } } };
                try
                {
                    await api.PatchAsync(kind, value.Namespace(), value.Name(), new ObjectPatch.Merge(patch), null, ct);
                }
                catch (ResourceNotFoundException)
                {
                    // Gone meanwhile, its label with it.
                }
            }
        }
    }

    private async Task<IReadOnlyList<JsonObject>> ListAsync(ResourceKind kind, ListOptions selector, CancellationToken ct)
    {
        try
        {
            return (await api.ListAsync(kind, null, selector, ct)).Items;
        }
        catch (ResourceNotFoundException)
        {
            return []; // The kind is no longer served.
        }
    }
}
