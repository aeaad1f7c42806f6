using System.Text.RegularExpressions;
using Tonari.Kubernetes.Api;
using Tonari.Kubernetes.Resources;

namespace Tonari.Web.Actions;

/// <summary>What is wrong with a part of a hook.</summary>
internal enum HookFault
{
    /// <summary>It has no name, or one that Kubernetes does not take.</summary>
    BadName,

    /// <summary>It would never run.</summary>
    NoStage,

    /// <summary>It does not say what is run.</summary>
    NoCommand,

    /// <summary>A time of zero or less, or of more than an hour.</summary>
    BadTimeout,

    /// <summary>That is no label selector.</summary>
    BadLabels,

    /// <summary>That is no regular expression.</summary>
    BadImage,

    /// <summary>A hook reaches only its application's namespaces.</summary>
    ForeignNamespace,
}

/// <summary>A fault and where it is.</summary>
/// <param name="Field">Of the request.</param>
/// <param name="Fault">What is wrong.</param>
/// <param name="Part">What was written there.</param>
internal sealed record HookProblem(string Field, HookFault Fault, string Part)
{
    /// <summary>In words, for programs.</summary>
    public string Sentence => Field + ": " + Fault switch
    {
        HookFault.BadName => "Give the hook a name of lower-case letters, digits and dashes, at most 63.",
        HookFault.NoStage => "Choose at least one stage.",
        HookFault.NoCommand => "Give the program to run, and its arguments.",
        HookFault.BadTimeout => $"{Part} is no time to wait: use more than zero and at most 1h.",
        HookFault.BadLabels => $"'{Part}' is not understood. Write it like app=shop,tier in (db,web),!test.",
        HookFault.BadImage => $"'{Part}' is not a regular expression.",
        _ => $"{Part} is not one of the application's namespaces; a hook reaches no other.",
    };
}

/// <summary>Between hooks as people write them and as they are kept. Pure.</summary>
internal static partial class HookDefinitions
{
    /// <summary>The application waits for it, and with it whatever the hook belongs to.</summary>
    private static readonly TimeSpan LongestTimeout = TimeSpan.FromHours(1);

    /// <summary>Everything that is wrong with a hook.</summary>
    /// <param name="request">The hook.</param>
    /// <param name="namespaces">Namespaces of its application; null where they are not known.</param>
    public static IReadOnlyList<HookProblem> Check(HookRequest request, IReadOnlyCollection<string>? namespaces = null)
    {
        var problems = new List<HookProblem>();
        void Unless(bool good, string field, HookFault fault, string? part = null)
        {
            if (!good)
                problems.Add(new HookProblem(field, fault, part ?? ""));
        }

        Unless(Label().IsMatch(request.Name ?? ""), "name", HookFault.BadName, request.Name);
        Unless(request.Stages is { Count: > 0 }, "stages", HookFault.NoStage);
        Unless(request.Command is [{ Length: > 0 }, ..], "command", HookFault.NoCommand);
        Unless(request.Timeout is not { } timeout || (timeout.Value > TimeSpan.Zero && timeout.Value <= LongestTimeout), "timeout", HookFault.BadTimeout, request.Timeout?.ToString());
        Unless(LabelSelectorText.TryParse(request.PodLabels ?? "", out _, out var part), "podLabels", HookFault.BadLabels, part.Length == 0 ? request.PodLabels : part);
        Unless(IsPattern(request.ContainerImage), "containerImage", HookFault.BadImage, request.ContainerImage);
        Unless(
            string.IsNullOrEmpty(request.PodNamespace) || namespaces is null || namespaces.Contains(request.PodNamespace), "podNamespace", HookFault.ForeignNamespace,
            request.PodNamespace);
        return problems;
    }

    /// <summary>A hook as it is kept.</summary>
    /// <exception cref="NotUnderstoodException">Something is wrong with it.</exception>
    public static ExecHookSpec Read(HookRequest request, IReadOnlyCollection<string>? namespaces = null)
    {
        if (Check(request, namespaces) is [var problem, ..])
            throw new NotUnderstoodException(problem.Sentence);
        return new ExecHookSpec
        {
            Application = request.Application ?? "",
            Stages = [.. request.Stages!.Distinct().Order()],
            Weight = request.Weight,
            Command = request.Command!,
            Timeout = request.Timeout ?? new ExecHookSpec().Timeout,
            OnFailure = request.OnFailure,
            Selector = SelectorOf(request),
        };
    }

    /// <summary>In which containers it would run.</summary>
    public static HookSelector SelectorOf(HookRequest request) => new()
    {
        PodSelector = LabelSelectorText.TryParse(request.PodLabels ?? "", out var labels, out _) ? labels : null,
        Namespace = NullIfEmpty(request.PodNamespace),
        ContainerName = NullIfEmpty(request.ContainerName),
        ContainerImage = NullIfEmpty(request.ContainerImage),
    };

    /// <summary>A kept hook as people write it.</summary>
    public static HookRequest Write(ExecHook hook) => new(
        hook.Name, NullIfEmpty(hook.Spec.Application), hook.Spec.Stages, hook.Spec.Command, hook.Spec.Weight, hook.Spec.Timeout, hook.Spec.OnFailure,
        hook.Spec.Selector.PodSelector.ToQuery(), hook.Spec.Selector.Namespace, hook.Spec.Selector.ContainerName, hook.Spec.Selector.ContainerImage);

    private static bool IsPattern(string? text)
    {
        try
        {
            _ = new Regex(text ?? "", RegexOptions.CultureInvariant);
            return true;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();

    [GeneratedRegex("^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex Label();
}
