using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Web.Actions;

/// <summary>A command that Tonari runs in matching containers at stages of its work.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Application">Name of the application; every one of the namespace when left out.</param>
/// <param name="Stages">When it runs, at least one stage.</param>
/// <param name="Command">Program and arguments; no shell is involved unless named here.</param>
/// <param name="Weight">Order within a stage: lower runs first, equal weights by name; 0 when left out.</param>
/// <param name="Timeout">How long it may take in one container; 30s when left out.</param>
/// <param name="OnFailure">What a failure does; Abort when left out.</param>
/// <param name="PodLabels">Only pods with these labels, as for kubectl; all when left out.</param>
/// <param name="PodNamespace">Namespace of the pods, one of the application's; the hook's own when left out.</param>
/// <param name="ContainerName">Only containers of this name.</param>
/// <param name="ContainerImage">Only containers in whose image this regular expression is found.</param>
public sealed record HookRequest(
    string? Name = null, string? Application = null, IReadOnlyList<HookStage>? Stages = null, IReadOnlyList<string>? Command = null, int Weight = 0,
    GoDuration? Timeout = null, HookFailurePolicy OnFailure = HookFailurePolicy.Abort, string? PodLabels = null, string? PodNamespace = null,
    string? ContainerName = null, string? ContainerImage = null);
