using System.Text.RegularExpressions;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Json;
using Tonari.Kubernetes.Resources;

namespace Tonari.Kubernetes.Hooks;

/// <summary>Which hooks run at a stage, in which order, and where. Pure.</summary>
public static class HookSelection
{
    /// <summary>How long one look for an image may take; a pattern that is worse than that matches nothing and says so.</summary>
    private static readonly TimeSpan PatternTime = TimeSpan.FromMilliseconds(100);

    /// <summary>The hooks of an application for a stage: lower weight first, equal weights by name.</summary>
    public static IReadOnlyList<ExecHook> InOrder(IEnumerable<ExecHook> hooks, string application, HookStage stage) =>
    [
        .. hooks.Where(hook => hook.Metadata.DeletionTimestamp is null && hook.Spec.Stages.Contains(stage))
            .Where(hook => hook.Spec.Application.Length == 0 || hook.Spec.Application == application)
            .OrderBy(hook => hook.Spec.Weight).ThenBy(hook => hook.Name, StringComparer.Ordinal),
    ];

    /// <summary>The running containers a hook names, by pod and container. Pods that are ending do not count.</summary>
    /// <exception cref="ArgumentException">The image pattern is not a regular expression.</exception>
    public static IReadOnlyList<(string Pod, string Container)> Containers(HookSelector selector, IEnumerable<V1Pod> pods)
    {
        var image = selector.ContainerImage is { Length: > 0 } pattern ? new Regex(pattern, RegexOptions.CultureInvariant, PatternTime) : null;
        return
        [
            .. from pod in pods
               where pod.Metadata.DeletionTimestamp is null && pod.Status?.Phase == "Running" && selector.PodSelector.Matches(KubeJson.ToJson(pod))
               orderby pod.Metadata.Name
               from container in pod.Spec.Containers
               where selector.ContainerName is null or "" || selector.ContainerName == container.Name
               where image is null || image.IsMatch(container.Image ?? "")
               where pod.Status.ContainerStatuses?.FirstOrDefault(s => s.Name == container.Name)?.State?.Running is not null
               select (pod.Metadata.Name, container.Name),
        ];
    }
}
