using Tonari.Web.Actions;
using Tonari.Web.Reading;
using Tonari.Web.Views;

namespace Tonari.Web.Api;

/// <summary>The part of the REST API that changes hooks.</summary>
internal static class RestHooks
{
    /// <summary>Maps it.</summary>
    public static void Map(RouteGroupBuilder api)
    {
        var hooks = api.MapGroup("/namespaces/{namespace}/hooks").WithTags("Hooks");
        hooks.MapPost("", async (Asked asked, HookActions actions, string @namespace, HookRequest body, CancellationToken ct) =>
                TypedResults.Created((string?)null, HookView.Of(await actions.CreateAsync(await asked.CallerAsync(ct), @namespace, body, ct))))
            .WithName("createHook").WithSummary("Run a command in matching containers at stages of Tonari's work");
        hooks.MapPost("/preview", async (Asked asked, HookMatches matches, string @namespace, HookRequest body, CancellationToken ct) =>
                await matches.FindAsync(await asked.CallerAsync(ct), @namespace, body, ct))
            .WithName("previewHook").WithSummary("In which running containers a hook would run now; nothing is changed");
        hooks.MapPut("/{name}", async (Asked asked, HookActions actions, string @namespace, string name, HookRequest body, CancellationToken ct) =>
                HookView.Of(await actions.ChangeAsync(await asked.CallerAsync(ct), @namespace, name, body, ct)))
            .WithName("changeHook").WithSummary("Replace a hook");
        hooks.MapDelete("/{name}", async (Asked asked, HookActions actions, string @namespace, string name, CancellationToken ct) =>
        {
            await actions.DeleteAsync(await asked.CallerAsync(ct), @namespace, name, ct);
            return TypedResults.NoContent();
        }).WithName("deleteHook").WithSummary("Delete a hook");
    }
}
