using Tonari.Kubernetes.Capture;

namespace Tonari.Kubernetes.Apply;

/// <summary>A captured volume whose data is live on this cluster, and where.</summary>
/// <param name="Volume">The claim as captured.</param>
/// <param name="Pool">StoragePool that holds it here.</param>
/// <param name="Node">The node of that pool.</param>
/// <param name="SizeBytes">Its size here, bytes.</param>
public sealed record PromotedVolume(CapturedVolume Volume, string Pool, string Node, long SizeBytes);

/// <summary>What to apply.</summary>
/// <param name="Captured">The resources of the group snapshot.</param>
/// <param name="Transform">Mappings and mirror id.</param>
/// <param name="Volumes">Its volumes, live here.</param>
public sealed record ApplyRequest(CapturedResources Captured, Transform.TransformOptions Transform, IReadOnlyList<PromotedVolume> Volumes)
{
    /// <summary>What may be written.</summary>
    public required ApplyBounds Bounds { get; init; }

    /// <summary>Delete objects that carry this mirror's label and are no longer captured.</summary>
    public bool Prune { get; init; } = true;
}

/// <summary>What was done with an object.</summary>
public enum ApplyOutcome
{
    /// <summary>It is now as captured.</summary>
    Applied,

    /// <summary>It was there already and is left as it is.</summary>
    Left,

    /// <summary>It is no longer captured and was deleted.</summary>
    Pruned,

    /// <summary>Not done yet, something has to end first: apply again.</summary>
    Waiting,

    /// <summary>It cannot be applied without overwriting what is not ours; nothing was changed.</summary>
    Refused,

    /// <summary>The server refused it.</summary>
    Failed,
}

/// <summary>What came of one object.</summary>
/// <param name="Subject"><c>Kind namespace/name</c>.</param>
/// <param name="Outcome">What was done.</param>
/// <param name="Message">Why, where it was not simply applied.</param>
public sealed record ApplyResult(string Subject, ApplyOutcome Outcome, string? Message = null);

/// <summary>What came of everything, in the order in which it was tried.</summary>
/// <param name="Results">One per object.</param>
public sealed record ApplyReport(IReadOnlyList<ApplyResult> Results)
{
    /// <summary>Everything is in place.</summary>
    public bool Succeeded => Results.All(r => r.Outcome is ApplyOutcome.Applied or ApplyOutcome.Left or ApplyOutcome.Pruned);

    /// <summary>Nothing is wrong, but something is not finished: apply again.</summary>
    public bool IsWaiting => !Succeeded && Results.All(r => r.Outcome is not (ApplyOutcome.Refused or ApplyOutcome.Failed));

    /// <summary>What is in the way, a sentence each.</summary>
    public IEnumerable<string> Problems => Results
        .Where(r => r.Outcome is ApplyOutcome.Refused or ApplyOutcome.Failed or ApplyOutcome.Waiting)
        .Select(r => $"{r.Subject}: {r.Message}");
}
