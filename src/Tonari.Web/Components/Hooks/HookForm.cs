using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;
using Tonari.Web.Actions;

namespace Tonari.Web.Components.Hooks;

/// <summary>A hook while it is being written.</summary>
public sealed class HookForm
{
    /// <summary>Its name.</summary>
    public string Name { get; set; } = "";

    /// <summary>When it runs.</summary>
    public HashSet<HookStage> Stages { get; set; } = [];

    /// <summary>Program and arguments, one a line.</summary>
    public string Command { get; set; } = "";

    /// <summary>Order within a stage.</summary>
    public int Weight { get; set; }

    /// <summary>How long it may take.</summary>
    public string Timeout { get; set; } = "30s";

    /// <summary>What a failure does.</summary>
    public HookFailurePolicy OnFailure { get; set; }

    /// <summary>Labels of the pods.</summary>
    public string PodLabels { get; set; } = "";

    /// <summary>Namespace of the pods.</summary>
    public string PodNamespace { get; set; } = "";

    /// <summary>Name of the container.</summary>
    public string ContainerName { get; set; } = "";

    /// <summary>Pattern of its image.</summary>
    public string ContainerImage { get; set; } = "";

    /// <summary>The time to wait is one.</summary>
    internal bool HasTimeout => GoDuration.TryParse(Timeout.Trim(), out _);

    /// <summary>Begins with what there is.</summary>
    internal static HookForm Of(HookRequest hook) => new()
    {
        Name = hook.Name ?? "",
        Stages = [.. hook.Stages ?? []],
        Command = string.Join('\n', hook.Command ?? []),
        Weight = hook.Weight,
        Timeout = hook.Timeout?.ToString() ?? "30s",
        OnFailure = hook.OnFailure,
        PodLabels = hook.PodLabels ?? "",
        PodNamespace = hook.PodNamespace ?? "",
        ContainerName = hook.ContainerName ?? "",
        ContainerImage = hook.ContainerImage ?? "",
    };

    /// <summary>As it is asked for.</summary>
    internal HookRequest ToRequest(string application) => new(
        Name.Trim(), application, [.. Stages.Order()], [.. Command.ReplaceLineEndings("\n").TrimEnd('\n').Split('\n')], Weight,
        GoDuration.TryParse(Timeout.Trim(), out var timeout) ? timeout : null, OnFailure, PodLabels.Trim(), PodNamespace.Trim(), ContainerName.Trim(), ContainerImage.Trim());
}
