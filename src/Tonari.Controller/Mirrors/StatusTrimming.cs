using System.Text.Json;
using Tonari.Kubernetes.Json;
using Tonari.Mirroring;

namespace Tonari.Controller.Mirrors;

/// <summary>
/// Keeps a status small whatever hooks and errors have to say. Only what is told to people is cut; what the planner decides by stays as it is.
/// </summary>
internal static class StatusTrimming
{
    /// <summary>The status, small enough to be written: messages cut, then the outputs of old hooks, then the oldest history.</summary>
    public static MirrorStatus Fit(MirrorStatus status)
    {
        status = ShortMessages(status);
        if (Fits(status)) return status;

        // The newest entry is what the user looks for; it keeps its outputs.
        status = status with { History = [.. status.History.SkipLast(1).Select(record => record with { Hooks = [] }), .. status.History.TakeLast(1)] };
        while (!Fits(status) && status.History.Count > 1) status = status with { History = [.. status.History.Skip(1)] };
        if (Fits(status)) return status;

        status = status with { History = [.. status.History.Select(record => record with { Hooks = Outputless(record.Hooks) })] };
        return status.Operation is { } operation && !Fits(status)
            ? status with { Operation = operation with { Hooks = Outputless(operation.Hooks) } }
            : status;
    }

    private static bool Fits(MirrorStatus status) =>
        JsonSerializer.SerializeToUtf8Bytes(status, KubeJson.Options).Length <= MirrorWorkerLimits.StatusBytes - DerivedBytes;

    private static MirrorStatus ShortMessages(MirrorStatus status)
    {
        if (status.Retries.Any(retry => IsLong(retry.Message)))
            status = status with { Retries = [.. status.Retries.Select(retry => retry with { Message = Short(retry.Message) })] };
        if (status.History.Any(record => IsLong(record.Message)))
            status = status with { History = [.. status.History.Select(record => record with { Message = Short(record.Message) })] };
        if (status.Problems.Any(problem => IsLong(problem.Message)))
            status = status with { Problems = [.. status.Problems.Select(problem => problem with { Message = Short(problem.Message) })] };
        if (status.Damage is { Failure: { } failure } && IsLong(failure))
            status = status with { Damage = status.Damage with { Failure = Short(failure) } };
        return status.Operation is { Message: { } message } operation && IsLong(message)
            ? status with { Operation = operation with { Message = Short(message) } }
            : status;
    }

    // A dozen of outputs is as much as one entry should hold; beyond that the hook's own logs are the place to look.
    private static IReadOnlyList<HookRecord> Outputless(IReadOnlyList<HookRecord> hooks) =>
        [.. hooks.TakeLast(MostHookRecords).Select(hook => hook with { Output = "Left out." })];

    private static bool IsLong(string text) => text.Length > MirrorWorkerLimits.MessageLength;

    private static string Short(string text) => IsLong(text) ? string.Concat(text.AsSpan(0, MirrorWorkerLimits.MessageLength - 1), "…") : text;

    private const int MostHookRecords = 50;

    // Room for what is derived: conditions, peer, transfers.
    private const int DerivedBytes = 16 * 1024;
}
