using System.Text;
using System.Text.RegularExpressions;
using k8s.Models;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;
using Tonari.Mirroring;

namespace Tonari.Kubernetes.Hooks;

/// <summary>What came of a stage.</summary>
/// <param name="Records">One per container that a hook ran in, in order.</param>
/// <param name="Abort">A hook failed whose policy is to abort; later hooks of the stage were not run.</param>
public sealed record HookOutcome(IReadOnlyList<HookRecord> Records, bool Abort)
{
    /// <summary>Why to abort, in words; null when there is no reason to.</summary>
    public string? Problem => Abort ? $"Hook {Records[^1].Hook} failed in {Records[^1].Container}: {Records[^1].Output}" : null;
}

/// <summary>
/// Runs the hooks of a stage. A hook without a matching running container is recorded as succeeded with that remark: an application that is stopped has none.
/// </summary>
public sealed class HookRunner(IKubernetesApi api)
{
    /// <summary>How much of a hook's output is kept, bytes.</summary>
    public const int OutputLimit = 4 * 1024;

    /// <summary>Longest a hook may take: an application that is stopped for it is away for as long.</summary>
    public static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(24);

    /// <summary>Runs them.</summary>
    /// <param name="ns">Namespace of the Application and its hooks, as named here.</param>
    /// <param name="application">Name of the Application.</param>
    /// <param name="namespaces">The application's namespaces, as named here; hooks reach no other.</param>
    /// <param name="stage">The stage.</param>
    /// <param name="ct">Ends our side; a command that runs goes on in its container.</param>
    public async Task<HookOutcome> RunAsync(string ns, string application, IReadOnlyCollection<string> namespaces, HookStage stage, CancellationToken ct)
    {
        var records = new List<HookRecord>();
        foreach (var hook in HookSelection.InOrder(await api.ListAsync<ExecHook>(ns, ct), application, stage))
        {
            var failed = false;
            await foreach (var record in RunAsync(hook, namespaces, stage, ct))
            {
                records.Add(record);
                failed |= !record.Succeeded;
                if (failed && hook.Spec.OnFailure == HookFailurePolicy.Abort)
                    return new HookOutcome(records, Abort: true);
            }
        }
        return new HookOutcome(records, Abort: false);
    }

    private async IAsyncEnumerable<HookRecord> RunAsync(
        ExecHook hook, IReadOnlyCollection<string> namespaces, HookStage stage, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var ns = hook.Spec.Selector.Namespace is { Length: > 0 } named ? named : hook.Namespace;
        if (!namespaces.Contains(ns))
        {
            yield return Record(hook, stage, ns, false, $"The namespace {ns} is not one of the application's; a hook reaches no other.");
            yield break;
        }
        if (hook.Spec.Timeout.Value <= TimeSpan.Zero || hook.Spec.Timeout.Value > LongestTimeout)
        {
            yield return Record(hook, stage, ns, false, $"spec.timeout is {hook.Spec.Timeout}; a hook may take more than nothing and at most {LongestTimeout.TotalHours:0}h. It was not run.");
            yield break;
        }
        IReadOnlyList<(string Pod, string Container)> containers = [];
        string? problem = null;
        try
        {
            containers = HookSelection.Containers(hook.Spec.Selector, await api.ListAsync<V1Pod>(ns, ct));
        }
        catch (Exception e) when (e is ArgumentException or RegexMatchTimeoutException)
        {
            problem = $"The selector cannot be used: {e.Message}";
        }
        if (problem is not null || containers.Count == 0)
        {
            yield return Record(hook, stage, ns, problem is null, problem ?? "No running container matches.");
            yield break;
        }
        foreach (var (pod, container) in containers)
            yield return await RunAsync(hook, stage, ns, pod, container, ct);
    }

    private async Task<HookRecord> RunAsync(ExecHook hook, HookStage stage, string ns, string pod, string container, CancellationToken ct)
    {
        var where = $"{ns}/{pod}/{container}";
        try
        {
            var request = new ExecRequest(ns, pod, container, hook.Spec.Command, hook.Spec.Timeout.Value) { OutputLimit = OutputLimit };
            var result = await api.ExecAsync(request, ct);
            var parts = new[]
            {
                result.Problem,
                result.ExitCode is null or 0 ? null : $"It ended with exit code {result.ExitCode}.",
                result.StandardOutput.TrimEnd(),
                result.StandardError.TrimEnd(),
            };
            var output = string.Join('\n', parts.Where(part => !string.IsNullOrEmpty(part)));
            // Never an empty string: API servers before 1.21 built with a newer Go take one for null and refuse the whole status.
            return Record(hook, stage, where, result.Succeeded, output.Length == 0 ? "No output." : output);
        }
        catch (KubernetesApiException e)
        {
            return Record(hook, stage, where, false, e.Message);
        }
    }

    private static HookRecord Record(ExecHook hook, HookStage stage, string where, bool succeeded, string output) =>
        new(hook.Name, stage.ToString(), where, succeeded, Cut(output));

    private static string Cut(string text)
    {
        if (Encoding.UTF8.GetByteCount(text) <= OutputLimit)
            return text;
        var bytes = Encoding.UTF8.GetBytes(text);
        // Not in the middle of a character.
        var length = OutputLimit;
        while ((bytes[length] & 0xC0) == 0x80)
            length--;
        return Encoding.UTF8.GetString(bytes, 0, length);
    }
}
