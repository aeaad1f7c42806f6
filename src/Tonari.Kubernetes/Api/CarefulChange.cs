using System.Text.Json.Nodes;

namespace Tonari.Kubernetes.Api;

/// <summary>Changes an object after having looked at it: the change is made only to what was looked at, and looked at again if it has changed.</summary>
public static class CarefulChange
{
    // Conflicts come from the controller's status writes; one that goes on for so many tries is something else.
    private const int Tries = 5;

    /// <summary>Looks, decides and changes.</summary>
    /// <param name="look">Reads the object.</param>
    /// <param name="decide">The merge patch for what was read; throws to refuse.</param>
    /// <param name="change">Makes a merge patch.</param>
    /// <returns>The object as changed.</returns>
    /// <exception cref="ResourceConflictException">Somebody else was faster every time.</exception>
    public static async Task<JsonObject> RunAsync(Func<Task<JsonObject>> look, Func<JsonObject, JsonObject> decide, Func<JsonObject, Task<JsonObject>> change)
    {
        for (var left = Tries; ; left--)
        {
            var seen = await look();
            var patch = decide(seen);
            patch["metadata"] = patch["metadata"] as JsonObject ?? [];
            patch["metadata"]!["resourceVersion"] = seen.ResourceVersion();
            try
            {
                return await change(patch);
            }
            catch (ResourceConflictException) when (left > 1)
            {
                // Somebody wrote in between: look again.
            }
        }
    }
}
