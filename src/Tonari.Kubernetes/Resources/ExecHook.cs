using System.ComponentModel.DataAnnotations;
using k8s.Models;
using Tonari.Kubernetes.Json;

namespace Tonari.Kubernetes.Resources;

/// <summary>A command that Tonari runs in matching containers at a stage of its work.</summary>
[KubernetesEntity(Group = WellKnown.Group, ApiVersion = WellKnown.Version, Kind = "ExecHook", PluralName = "exechooks")]
[CustomResourceInfo("thook")]
[PrinterColumn("Application", "string", ".spec.application")]
[PrinterColumn("Stages", "string", ".spec.stages")]
[PrinterColumn("Weight", "integer", ".spec.weight")]
[PrinterColumn("On-Failure", "string", ".spec.onFailure")]
[PrinterColumn("Age", "date", ".metadata.creationTimestamp")]
public sealed class ExecHook() : CustomResource<ExecHookSpec, ExecHookStatus>("ExecHook");

/// <summary>When a hook runs.</summary>
public enum HookStage
{
    /// <summary>Before the file systems are frozen for a snapshot.</summary>
    PreSnapshot,

    /// <summary>After they are thawed, whatever happened between.</summary>
    PostSnapshot,

    /// <summary>Before the application is stopped for a planned swap.</summary>
    PreFailOver,

    /// <summary>After the application has come up where it moved to.</summary>
    PostFailOver,

    /// <summary>Before an application is put back to a snapshot.</summary>
    PreRestore,

    /// <summary>After an application has come up from a snapshot.</summary>
    PostRestore,
}

/// <summary>What a failing hook does to what it was run for.</summary>
public enum HookFailurePolicy
{
    /// <summary>End it.</summary>
    Abort,

    /// <summary>Only say so.</summary>
    Warn,
}

/// <summary>What runs, where and when.</summary>
public sealed record ExecHookSpec
{
    /// <summary>Longest program name or argument, characters: no Linux runs one of more bytes.</summary>
    private const int LongestWord = 128 * 1024;

    /// <summary>Name of the Application, in the same namespace; empty for every application of the namespace.</summary>
    [RegularExpression(NameForms.SubdomainOrEmpty), MaxLength(253)]
    public string Application { get; init; } = "";

    /// <summary>When it runs.</summary>
    [Required, MinLength(1), MaxLength(6)]
    public IReadOnlyList<HookStage> Stages { get; init; } = [];

    /// <summary>Order within a stage: lower runs first; equal weights by name.</summary>
    [Range(int.MinValue, int.MaxValue)]
    public int Weight { get; init; }

    /// <summary>In which containers.</summary>
    public HookSelector Selector { get; init; } = new();

    /// <summary>Program and arguments; no shell is involved unless named here.</summary>
    [Required, MinLength(1), MaxLength(256), Each(LongestWord)]
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>How long it may take in one container, at most 24h.</summary>
    public GoDuration Timeout { get; init; } = GoDuration.FromSeconds(30);

    /// <summary>What a failure does.</summary>
    public HookFailurePolicy OnFailure { get; init; } = HookFailurePolicy.Abort;
}

/// <summary>Which containers. Everything that is given must match; only running containers of pods that are not ending are taken.</summary>
public sealed record HookSelector
{
    /// <summary>Labels of the pods; all pods when left out.</summary>
    public V1LabelSelector? PodSelector { get; init; }

    /// <summary>Namespace of the pods; the hook's own when left out. Must be one of the application's.</summary>
    [RegularExpression(NameForms.LabelOrEmpty), MaxLength(NameForms.LongestLabel)]
    public string? Namespace { get; init; }

    /// <summary>Name of the container; every container when left out.</summary>
    [RegularExpression(NameForms.LabelOrEmpty), MaxLength(NameForms.LongestLabel)]
    public string? ContainerName { get; init; }

    /// <summary>Regular expression found anywhere in the container's image, e.g. <c>postgres</c> or <c>/postgres:1[0-9]$</c>.</summary>
    [MaxLength(253)]
    public string? ContainerImage { get; init; }
}

/// <summary>What is known of the hook.</summary>
public sealed record ExecHookStatus
{
    /// <summary>When it last ran.</summary>
    public DateTimeOffset? LastRunTime { get; init; }

    /// <summary>What came of it.</summary>
    public string? Message { get; init; }

    /// <summary>State in the form of the API conventions.</summary>
    public IReadOnlyList<Condition> Conditions { get; init; } = [];
}
