using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Access;
using Tonari.Web.Changes;
using Tonari.Web.Hosting;

namespace Tonari.Web.Api;

/// <summary>
/// <c>GET /api/v1/events</c>: server-sent events. <c>change</c> names an object to look at anew, <c>reset</c> says that some were missed and
/// everything is to be listed anew (also the first event), <c>alive</c> comes when nothing else does.
/// </summary>
internal static class EventStream
{
    // Browsers pass over events without data.
    private static readonly EventView Nothing = new();

    private static readonly ResourceKind Journal = ResourceKind.Of<V1ConfigMap>();

    private static readonly Dictionary<ResourceKind, string> Lists = new()
    {
        [ResourceKind.Of<AppMirror>()] = "mirrors",
        [ResourceKind.Of<Application>()] = "applications",
        [ResourceKind.Of<AppSnapshot>()] = "snapshots",
        [ResourceKind.Of<ExecHook>()] = "hooks",
        [ResourceKind.Of<ClusterPeer>()] = "peers",
        [ResourceKind.Of<StoragePool>()] = "pools",
        [ResourceKind.Of<V1StorageClass>()] = "storageclasses",
        [Journal] = "activity",
    };

    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder api) =>
        api.MapGet("/events", (Asked asked, ChangeFeed feed, Permissions permissions, TimeProvider time, string? @namespace, CancellationToken ct) =>
                TypedResults.ServerSentEvents(EventsAsync(asked, feed, permissions, time, @namespace, ct)))
            .WithName("streamEvents").WithSummary("Changes as they happen (server-sent events)").WithTags("Overview");

    private static async IAsyncEnumerable<SseItem<EventView>> EventsAsync(
        Asked asked, ChangeFeed feed, Permissions permissions, TimeProvider time, string? ns, [EnumeratorCancellation] CancellationToken ct)
    {
        using var queue = new ChangeQueue(feed);
        yield return new SseItem<EventView>(Nothing, "reset");
        Task<ObjectChange?>? next = null;
        while (true)
        {
            next ??= queue.NextAsync(ct);
            if (!await IsReadyAsync(next, time, ct))
            {
                // Whoever is signed out hears nothing more.
                if (!await IsStillKnownAsync(asked, ct))
                    yield break;
                yield return new SseItem<EventView>(Nothing, "alive");
                continue;
            }
            var change = await next;
            next = null;
            if (change is null)
                yield return new SseItem<EventView>(Nothing, "reset");
            else if (change.Kind == Journal)
                yield return new SseItem<EventView>(new EventView(Lists[Journal]), "change"); // Names nothing: what there is to see, the list judges.
            else if ((ns is null || change.Namespace == ns) && await MaySeeAsync(asked, permissions, change, ct))
                yield return new SseItem<EventView>(new EventView(Lists[change.Kind], change.Namespace, change.Name, change.Gone), "change");
        }
    }

    private static async Task<bool> IsReadyAsync(Task<ObjectChange?> next, TimeProvider time, CancellationToken ct)
    {
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var heartbeat = Task.Delay(WebLimits.EventHeartbeat, time, ending.Token);
        var first = await Task.WhenAny(next, heartbeat);
        await ending.CancelAsync();
        ct.ThrowIfCancellationRequested();
        return first == next;
    }

    private static async Task<bool> IsStillKnownAsync(Asked asked, CancellationToken ct)
    {
        try
        {
            await asked.CallerAsync(ct);
            return true;
        }
        catch (NotSignedInException)
        {
            return false;
        }
    }

    private static async Task<bool> MaySeeAsync(Asked asked, Permissions permissions, ObjectChange change, CancellationToken ct)
    {
        if (!await IsStillKnownAsync(asked, ct))
            return false;
        var ns = change.Kind.Namespaced ? change.Namespace : null;
        return await permissions.AllowsAsync(await asked.CallerAsync(ct), new Permission("watch", change.Kind.Group, change.Kind.Plural, ns), ct);
    }
}
