using System.Diagnostics;
using Tonari.Faults.Rows;
using Tonari.Lab;
using Tonari.Lab.Mirrors;

namespace Tonari.Faults.Checking;

/// <summary>Follows an operation through its steps by what its mirror's status says, closely enough to strike in the one that is wanted.</summary>
internal sealed class StepWatch(LabMirror mirror, LabCluster actor, Operation operation)
{
    /// <summary>What is seen instead of a step once the operation has ended.</summary>
    public const string Over = "over";

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(15);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private HashSet<string> over = [];

    /// <summary>What had ended before the operation was asked for.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        var side = await mirror.SideAsync(actor, ct);
        over = [.. side?.History.Select(record => record.Id) ?? [], .. side?.SyncName is { } sync ? [sync] : Array.Empty<string>()];
    }

    /// <summary>Waits until the operation is in a step, or beyond it.</summary>
    /// <returns>The step it was seen in; <see cref="Over"/> when it ended before.</returns>
    public async Task<string> UntilAsync(string step, CancellationToken ct)
    {
        var wanted = Index(step);
        var started = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(started) < Limit)
        {
            var seen = await SeenAsync(ct);
            if (seen == Over || Index(seen) >= wanted) return seen!;
            await Task.Delay(Pause, TimeProvider.System, ct);
        }

        throw new TimeoutException($"{operation.Name} on {actor.Name} did not come to {step} within {Limit.TotalSeconds:0} s; it is {await SeenAsync(ct) ?? "not there"}.");
    }

    /// <summary>Where a step stands among those of the operation; -1: nothing is seen of it yet.</summary>
    public int Index(string? step) => step is null ? -1 : operation.Steps.ToList().IndexOf(step);

    private async Task<string?> SeenAsync(CancellationToken ct)
    {
        MirrorView? side;
        try
        {
            side = await mirror.SideAsync(actor, ct);
        }
        catch (HttpRequestException)
        {
            // A fault before may have taken the API server away for a moment: nothing is seen then.
            return null;
        }

        if (operation.After == After.Gone) return side is null ? Over : side.Deleting ? "Deleting" : null;
        if (side is null) return null;
        if (operation.Steps.Contains("Requesting")) return side.SyncName is { } name && !over.Contains(name) ? side.SyncStage : null;
        if (side.Operation is not null) return side.PromotionStage ?? (side.OperationStage == "Promoting" ? "MakingLive" : side.OperationStage);
        return side.History.Any(record => record.Type != "Sync" && !over.Contains(record.Id)) ? Over : null;
    }
}
